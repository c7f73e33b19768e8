// Makes the log's record of a finished request.

import type { GatewayError } from "../core/errors.ts";
import type { RequestRecord } from "../core/request-record.ts";
import { addUsage } from "../core/usage.ts";
import { spendOf } from "../telemetry/key-spend.ts";
import type { RequestOutcome } from "./attempt-loop.ts";
import type { GatewayDeps, RequestContext } from "./context.ts";
import type { InboundRequest } from "./inbound.ts";

/** What the record of a request is made from. */
export type RecordedRequest = Pick<
  RequestContext,
  | "deps"
  | "inbound"
  | "facts"
  | "attempts"
  | "upstreamModel"
  | "reply"
  | "firstByteMs"
  | "firstContentMs"
  | "stream"
  | "stoppedBy"
  | "losses"
  | "replyLosses"
>;

/** Record of a request that went through the attempts. */
export function recordOf(context: RecordedRequest, outcome: RequestOutcome): RequestRecord {
  const { deps, inbound, facts, attempts } = context;
  const last = attempts[attempts.length - 1];
  return {
    id: inbound.id,
    startedAt: inbound.startedWallMs,
    method: inbound.method,
    path: inbound.path,
    clientProtocol: inbound.protocol.id,
    model: facts.model,
    upstreamModel: context.upstreamModel,
    stream: facts.stream,
    status: outcome.type === "client-gone" ? 499 : context.reply.status,
    outcome: outcome.type === "done" ? "ok" : outcome.type === "failed" ? outcome.error.code : "client_closed",
    error: outcome.type === "failed" ? outcome.error.message : undefined,
    durationMs: deps.clock.monotonicMs() - inbound.startedMs,
    firstByteMs: context.firstByteMs,
    firstContentMs: context.firstContentMs,
    upstreamId: last?.upstreamId,
    keyMasked: last?.keyMasked,
    usage: addUsage(context.stream?.guard?.continuedUsage, last?.usage),
    usageEstimated: last?.usageEstimated,
    stoppedBy: outcome.type === "failed" ? context.stoppedBy : undefined,
    restartCount: context.stream?.guard?.restarts || undefined,
    sessionId: facts.sessionId,
    clientKeyLabel: inbound.clientKeyLabel,
    clientKeyId: inbound.clientKeyId,
    trace: inbound.trace,
    losses: context.replyLosses.length === 0 ? context.losses : [...context.losses, ...context.replyLosses],
    userAgent: inbound.headers.get("user-agent") ?? undefined,
    attempts,
  };
}

/** What a request has cost; undefined when attempts were made whose cost nobody knows. */
export function tokensOf(record: RequestRecord): number | undefined {
  const { tokens } = spendOf(record);
  return tokens === 0 && record.attempts.some(({ mayHaveBilled }) => mayHaveBilled) ? undefined : tokens;
}

/** Record of a request that was refused before any attempt. */
export function refusedRecord(
  deps: GatewayDeps,
  inbound: InboundRequest,
  error: GatewayError,
  status: number,
): RequestRecord {
  return {
    id: inbound.id,
    startedAt: inbound.startedWallMs,
    method: inbound.method,
    path: inbound.path,
    clientProtocol: inbound.protocol.id,
    model: "",
    stream: false,
    status,
    outcome: error.code,
    error: error.message,
    durationMs: deps.clock.monotonicMs() - inbound.startedMs,
    clientKeyLabel: inbound.clientKeyLabel,
    clientKeyId: inbound.clientKeyId,
    trace: inbound.trace,
    losses: [],
    userAgent: inbound.headers.get("user-agent") ?? undefined,
    attempts: [],
  };
}
