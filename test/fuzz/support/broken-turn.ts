// An answer over several attempts through the gateway's own relay, as `gateway/attempt.ts` and `attempt-loop.ts` go on
// after a break: each attempt has a format of its own and breaks where its bytes end. No sockets.

import type { GatewayError } from "../../../src/core/errors.ts";
import type { IrEvent } from "../../../src/core/event.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import { ClientReply } from "../../../src/gateway/client-reply.ts";
import { type StreamEnd, StreamRelay } from "../../../src/gateway/relay-stream.ts";
import { StreamReply } from "../../../src/gateway/stream-reply.ts";
import { MAX_RESTARTS, TurnGuard } from "../../../src/gateway/turn-guard.ts";
import type { Protocol, StreamFraming } from "../../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";
import { createMint, decodeContextFor, replyContextFor } from "./contexts.ts";
import { listening, MAX_EVENT_BYTES, refusal, textOf } from "./relay-stream.ts";

/** One attempt's body. */
export interface TurnAttempt {
  readonly from: ProtocolId;
  readonly framing: StreamFraming;
  readonly chunks: readonly Uint8Array[];
  /** The connection broke behind the last byte, rather than being closed in order. */
  readonly isBroken: boolean;
}

export interface TurnCase {
  readonly to: ProtocolId;
  readonly request: IrRequest;
  readonly clientFraming: StreamFraming;
  readonly attempts: readonly TurnAttempt[];
  readonly opensEarly: boolean;
  /** A keep-alive goes out between two attempts. */
  readonly keepsAlive: boolean;
}

/** What came of one attempt. */
export interface PlayedAttempt {
  readonly end: StreamEnd;
  /** What its decoder gave. */
  readonly events: readonly IrEvent[];
  /** Set where its own bytes went out: how many of the events each event of the wire had led to. */
  readonly readTo: readonly number[] | undefined;
  /** The client has content of it. */
  readonly isCommitted: boolean;
}

export interface TurnResult {
  /** All that the client got; undefined when its stream was never opened. */
  readonly text: string | undefined;
  /** `closed`: broken off behind a delivered call and closed in form. `reset`: the connection was reset. */
  readonly end: "complete" | "closed" | "failed" | "reset";
  readonly attempts: readonly PlayedAttempt[];
}

/** Plays attempts until one is complete, the answer is closed, or nothing is left. */
export async function playTurn(options: TurnCase): Promise<TurnResult> {
  const reply = new ClientReply(new AbortController().signal);
  const guard = new TurnGuard(true);
  const replyContext = replyContextFor(options.request, [], options.clientFraming);
  const stream = new StreamReply({
    reply,
    protocol: PROTOCOLS[options.to],
    replyContext: () => replyContext,
    guard,
    nowMs: 0,
  });
  if (options.opensEarly) stream.openEarly(() => ({}));
  const attempts: PlayedAttempt[] = [];
  const end = goThrough(options, stream, guard, attempts);
  const text = await textOf(reply).catch(() => undefined);
  return { text, end: text === undefined && stream.isOpen === false && end === "failed" ? "reset" : end, attempts };
}

function goThrough(
  options: TurnCase,
  stream: StreamReply,
  guard: TurnGuard,
  attempts: PlayedAttempt[],
): "complete" | "closed" | "failed" {
  let error: GatewayError | undefined;
  for (const attempt of options.attempts) {
    if (attempts.length > 0 && options.keepsAlive && stream.isOpen) stream.keepAlive();
    const events: IrEvent[] = [];
    const readTo = attempt.from === options.to && !stream.encodes ? [] : undefined;
    const relay = playAttempt(options, attempt, stream, listening(PROTOCOLS[attempt.from], events, readTo));
    const end = relay.outcome as StreamEnd;
    attempts.push({ end, events, readTo, isCommitted: relay.isCommitted });
    if (end.type === "complete") {
      stream.finish();
      return "complete";
    }
    error = refusal(attempt.from, end);
    if (!relay.isCommitted) continue;
    const canGoOn = !guard.isGivenUp && stream.canGoOn(guard);
    if (canGoOn && guard.hasDeliveredCall) {
      stream.closeAfterCall(guard, relay.usage);
      return "closed";
    }
    if (!canGoOn || guard.restarts >= MAX_RESTARTS.agent) break;
  }
  if (error && stream.isOpen) stream.fail(error);
  return "failed";
}

function playAttempt(
  options: TurnCase,
  attempt: TurnAttempt,
  stream: StreamReply,
  upstreamProtocol: Protocol,
): StreamRelay {
  const { from, framing, chunks } = attempt;
  const isPassThrough = from === options.to;
  const { origin, quirks, ...converted } = decodeContextFor(from, options.request);
  const relay = new StreamRelay({
    stream,
    upstreamProtocol,
    // Nothing was encoded for an upstream of the client's own format.
    decodeContext: isPassThrough
      ? { origin, quirks, mintId: createMint(), loss: () => undefined }
      : { origin, quirks, ...converted },
    isPassThrough,
    framing,
    maxEventBytes: MAX_EVENT_BYTES,
    headers: () => ({}),
  });
  for (const chunk of chunks) {
    relay.push(chunk);
    if (relay.outcome) return relay;
  }
  relay.end(attempt.isBroken);
  return relay;
}
