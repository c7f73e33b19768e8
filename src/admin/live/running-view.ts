// A request under way as the console shows it.

import type { RunningRequest } from "../../gateway/inflight.ts";
import type { RunningRequest as RunningView } from "../contract/live.ts";

/** Characters of how clients name themselves and their models; the rest is noise. */
const MAX_TEXT = 200;

/** How a request stands at `nowMs` of the monotonic clock. */
export function runningView(request: RunningRequest, nowMs: number): RunningView {
  const { inbound, facts } = request;
  return {
    id: inbound.id,
    at: new Date(inbound.startedWallMs).toISOString(),
    protocol: inbound.protocol.id,
    model: facts.model.slice(0, MAX_TEXT),
    stream: facts.stream,
    client_key: inbound.clientKeyLabel ?? null,
    user_agent: inbound.headers.get("user-agent")?.slice(0, MAX_TEXT) ?? null,
    attempt: request.attempt,
    upstream_id: request.candidate?.upstream.id ?? null,
    phase: request.phase,
    elapsed_ms: Math.max(0, Math.round(nowMs - inbound.startedMs)),
  };
}
