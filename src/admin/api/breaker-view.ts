// A circuit breaker as the console shows it.

import type { Config } from "../../config/config.ts";
import type { BreakerRow as Breaker } from "../../resilience/breakers.ts";
import type { BreakerRow } from "../contract/upstreams.ts";

/** One breaker; keys are shown masked, never by fingerprint alone. */
export function breakerView(breaker: Breaker, config: Config): BreakerRow {
  return {
    scope: breaker.scope,
    id: breaker.id,
    upstream_id: breaker.upstreamId,
    subject: subjectOf(breaker, config),
    state: breaker.state,
    failures: breaker.failures,
    remaining_ms: breaker.remainingMs,
    last_error: breaker.lastError ?? null,
    times_opened: breaker.timesOpened,
  };
}

function subjectOf({ scope, upstreamId, subject }: Breaker, config: Config): string | null {
  if (scope === "upstream") return null;
  if (scope === "model") return subject;
  const upstream = config.upstreams.find(({ id }) => id === upstreamId);
  return upstream?.keys.find(({ id }) => id === subject)?.secret.masked() ?? "";
}
