// What the parts of one request share.

import type { GatewayError } from "../core/errors.ts";
import type { Loss } from "../core/loss.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Protocol, ReplyContext } from "../protocols/protocol.ts";
import type { Breakers } from "../resilience/breakers.ts";
import type { RetryBudget } from "../resilience/retry-budget.ts";
import type { Affinity } from "../routing/affinity.ts";
import type { Candidate } from "../routing/plan-attempts.ts";
import type { MediaFetcher } from "../upstream/media/media-fetcher.ts";
import type { Transport } from "../upstream/transport.ts";
import type { ClientReply } from "./client-reply.ts";
import type { DecodedRequest, InboundRequest } from "./inbound.ts";
import type { InflightCounter, RunningRequest } from "./inflight.ts";
import type { KeyLimiter } from "./key-limiter.ts";
import type { LearntQuirks } from "./learnt-quirks.ts";
import type { LoadGuard } from "./load-guard.ts";
import type { BodyFacts } from "./read-body.ts";
import type { StreamReply } from "./stream-reply.ts";
import type { Ticker } from "./ticker.ts";
import type { UpstreamLoad } from "./upstream-load.ts";

/** What the gateway is built from; one per process. */
export interface GatewayDeps {
  readonly transport: Transport;
  readonly protocols: Readonly<Record<ProtocolId, Protocol>>;
  readonly breakers: Breakers;
  readonly retryBudget: RetryBudget;
  readonly upstreamLoad: UpstreamLoad;
  readonly ticker: Ticker;
  /** Fetches remote media, where the operator has switched that on. */
  readonly media: MediaFetcher;
  readonly inflight: InflightCounter;
  readonly loadGuard: LoadGuard;
  readonly affinity: Affinity;
  readonly learntQuirks: LearntQuirks;
  readonly keyLimiter: KeyLimiter;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes the finished request for the log; must not block. */
  readonly record: (record: RequestRecord) => void;
  /** Runs a task whose failure is logged, not thrown. */
  readonly background: (task: Promise<void>) => void;
}

/** One request under way. */
export interface RequestContext extends RunningRequest {
  readonly deps: GatewayDeps;
  readonly inbound: InboundRequest;
  readonly facts: BodyFacts;
  readonly decoded: () => DecodedRequest;
  readonly reply: ClientReply;
  /** The client's stream; undefined when it asked for a whole answer. */
  readonly stream: StreamReply | undefined;
  readonly replyContext: () => ReplyContext;
  /** 24 characters of `[0-9A-Za-z]`. */
  readonly mintId: () => string;
  /** A known coding agent asks: its turn is kept alive by all means. */
  readonly isAgent: boolean;
  /** When the client must have been told something, by its own words; infinite when it says nothing. Monotonic. */
  readonly deadlineMs: number;
  /** Losses of the attempt that answered, on the way of the request and in what the upstream said. */
  losses: Loss[];
  /** Losses on the answer's way to the client. */
  readonly replyLosses: Loss[];
  readonly attempts: AttemptRecord[];
  /** Model that the latest attempt asked for. */
  upstreamModel: string | undefined;
  attempt: number;
  candidate: Candidate | undefined;
  phase: RunningRequest["phase"];
  /** What `stop` was called with first: no further attempt is made. */
  stopped: GatewayError | undefined;
  /** Ends the attempt under way, or the wait before the next, with this error; undefined in between. */
  interrupt: ((error: GatewayError) => void) | undefined;
  /** Hears of the first content of the attempt under way. */
  onContent: (() => void) | undefined;
  /** Why no further attempt was made although candidates were left. */
  stoppedBy: RequestRecord["stoppedBy"];
  /** First content that the client got, milliseconds after the request came in. */
  firstContentMs: number | undefined;
  firstByteMs: number | undefined;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | { readonly type: "done" }
  /** Broke off behind a delivered tool call; the answer was ended in form, the upstream failed all the same. */
  | { readonly type: "closed"; readonly error: GatewayError }
  /**
   * `delivered`: the client has seen content of it. `isRestartable`: another attempt may go on inside the answer;
   * always so while nothing was delivered.
   */
  | {
      readonly type: "failed";
      readonly error: GatewayError;
      readonly delivered: boolean;
      readonly isRestartable: boolean;
    }
  | { readonly type: "client-gone" };
