// What the gateway remembers about one client request: the row of the request log and the line on the console.
// Holds neither keys nor prompts; bodies appear only as `capture`, which debug mode fills, masked and capped.

import type { Loss } from "./loss.ts";
import type { ProtocolId } from "./protocol-id.ts";
import type { TraceContext } from "./trace-context.ts";
import type { IrUsage } from "./usage.ts";

/** What debug mode adds to an attempt; credentials masked and bodies cut to a cap by whoever fills it. */
export interface AttemptCapture {
  /** Request headers as sent, lower case, credentials masked. */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined;
  readonly requestBody?: string | undefined;
  readonly responseBody?: string | undefined;
}

/** One try at one upstream with one key. Times are milliseconds. */
export interface AttemptRecord {
  readonly upstreamId: string;
  /** `sk-ant-a…wxyz`; "" for an upstream without keys. */
  readonly keyMasked: string;
  readonly protocol: ProtocolId;
  /** As sent to the upstream. */
  readonly model?: string | undefined;
  /** Without credentials in its query. */
  readonly url: string;
  readonly lane: "pass-through" | "converted";
  /** HTTP status of the upstream; 0 when there was no answer. */
  readonly status: number;
  /** `ok`, or the outcome of the fail-over table: `rate_limited`, `connect_refused`. */
  readonly outcome: string;
  /** One sentence for operators. */
  readonly error?: string | undefined;
  /** When it started, counted from the start of the request. */
  readonly startedMs: number;
  /** Counted from the start of the attempt, like the next two. */
  readonly firstByteMs?: number | undefined;
  readonly firstContentMs?: number | undefined;
  readonly totalMs: number;
  readonly usage?: IrUsage | undefined;
  /** The upstream broke off before it told all of `usage`: what is missing was estimated from what came. */
  readonly usageEstimated?: boolean | undefined;
  /**
   * What it cost in US dollars; null when it cost something whose price is not known, absent before it was priced. Who
   * knows that an attempt is on no bill sets 0 from the start.
   */
  readonly costUsd?: number | null | undefined;
  /** Sizes of both bodies, of routes that are passed on unread; not kept in the log. */
  readonly requestBytes?: number | undefined;
  readonly answerBytes?: number | undefined;
  /** How many things the conversion of this attempt could not carry. */
  readonly lossCount: number;
  /** The request had been sent whole, so that a failed attempt may be on the bill all the same. */
  readonly mayHaveBilled?: boolean | undefined;
  readonly capture?: AttemptCapture | undefined;
  /** Of its span, where requests are traced and it was sent; not kept in the log. */
  readonly spanId?: string | undefined;
}

/** One client request, from its arrival to its end. */
export interface RequestRecord {
  /** The id that the client got as `x-request-id`. */
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly clientProtocol: ProtocolId;
  /** As the client asked for; "" where the route has none. */
  readonly model: string;
  /** As sent to the upstream of the last attempt. */
  readonly upstreamModel?: string | undefined;
  readonly stream: boolean;
  /** Status that the client got; 499 when it left before. */
  readonly status: number;
  /** `ok`, `client_closed`, or an error code. */
  readonly outcome: string;
  /** One sentence for operators. */
  readonly error?: string | undefined;
  readonly durationMs: number;
  readonly firstByteMs?: number | undefined;
  readonly firstContentMs?: number | undefined;
  /** Upstream and key of the last attempt. */
  readonly upstreamId?: string | undefined;
  readonly keyMasked?: string | undefined;
  /** Of the last attempt; of all that one continued answer was made of. */
  readonly usage?: IrUsage | undefined;
  readonly usageEstimated?: boolean | undefined;
  /** Why no further attempt was made although candidates were left. */
  readonly stoppedBy?: "max_attempts" | "window" | "deadline" | "budget_exhausted" | undefined;
  /** All attempts together, as `AttemptRecord.costUsd`. */
  readonly costUsd?: number | null | undefined;
  /** How often another attempt went on inside the answer that the client already saw. */
  readonly restartCount?: number | undefined;
  readonly sessionId?: string | undefined;
  readonly clientKeyLabel?: string | undefined;
  /** First 16 hex digits of the client key's SHA-256: stays when the key is renamed. */
  readonly clientKeyId?: string | undefined;
  readonly losses: readonly Loss[];
  readonly userAgent?: string | undefined;
  /** Where requests are traced; not kept in the log. */
  readonly trace?: TraceContext | undefined;
  /** In the order they were made; empty when none was. */
  readonly attempts: readonly AttemptRecord[];
}
