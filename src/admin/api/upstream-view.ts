// An upstream as the console shows it: its definition with masked keys, and how it is doing.

import { upstreamKeyId } from "../../config/build-upstreams.ts";
import type { Config, ConfigProblem, UpstreamConfig } from "../../config/config.ts";
import { isJsonObject, type JsonObject, ownValue } from "../../config/json-path.ts";
import { parseKeyReference } from "../../config/key-reference.ts";
import { maskConfig } from "../../config/redact.ts";
import type { BreakerRow as Breaker } from "../../resilience/breakers.ts";
import type { UpstreamInput, UpstreamKeyView, UpstreamView } from "../contract/upstreams.ts";
import { breakerView } from "./breaker-view.ts";
import { listIn } from "./change-config.ts";

export type UpstreamStats = UpstreamView["last_hour"];

export const NO_STATS: UpstreamStats = {
  attempts: 0,
  failures: 0,
  first_content_p50_ms: null,
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: null,
  last_used_at: null,
};

/** What is going on at the upstreams, collected once for all of them. */
export interface UpstreamFacts {
  readonly breakers: readonly Breaker[];
  readonly stats: ReadonlyMap<string, UpstreamStats>;
  /** Attempts under way at an upstream. */
  readonly running: (upstreamId: string) => number;
  readonly warnings: readonly ConfigProblem[];
}

/** All upstreams in file order. */
export function upstreamViews(document: JsonObject, config: Config, facts: UpstreamFacts): UpstreamView[] {
  const shown = listIn(maskConfig(document), "upstreams");
  const entries = listIn(document, "upstreams");
  return config.upstreams.map((upstream, index) => {
    const entry = entries[index];
    const keys = isJsonObject(entry) ? keyViews(entry, upstream, facts.breakers) : [];
    const breakers = facts.breakers.filter(({ upstreamId }) => upstreamId === upstream.id);
    const stats = facts.stats.get(upstream.id) ?? NO_STATS;
    return {
      // The file was checked before it was taken up.
      definition: shown[index] as UpstreamInput,
      health: healthOf(upstream, keys, breakers, stats),
      keys,
      breakers: breakers.map((breaker) => breakerView(breaker, config)),
      running: facts.running(upstream.id),
      last_hour: stats,
      warnings: facts.warnings
        .filter(({ path }) => path === `upstreams[${index}]` || path.startsWith(`upstreams[${index}].`))
        .map(({ path, message }) => `${path.replace(/^upstreams\[\d+\]\.?/, "")}: ${message}`),
    };
  });
}

/** One row per text of `keys`, blank ones included, so that they stand beside the definition's. */
function keyViews(entry: JsonObject, upstream: UpstreamConfig, breakers: readonly Breaker[]): UpstreamKeyView[] {
  const texts = ownValue(entry, "keys");
  const shown = ownValue(entry, "keys") === undefined ? [] : ownValue(maskConfig({ keys: texts }), "keys");
  if (!Array.isArray(texts) || !Array.isArray(shown)) return [];
  return texts.map((text, position) => {
    const reference = parseKeyReference(String(text).trim());
    const plainId = reference.type === "plain" && reference.value !== "" ? upstreamKeyId(reference.value) : undefined;
    const id = upstream.keys.find((key) => key.position === position)?.id ?? plainId;
    const breaker = breakers.find((row) => row.scope === "key" && row.upstreamId === upstream.id && row.subject === id);
    return {
      id: id ?? "",
      masked: String(shown[position]),
      source: reference.type,
      state: id === undefined ? "missing" : keyState(breaker),
      remaining_ms: breaker?.remainingMs ?? 0,
      last_error: breaker?.lastError ?? null,
    };
  });
}

/** Limits pass by themselves; a refused key has to be looked at. */
const COOLING: ReadonlySet<string> = new Set(["upstream-rate-limited", "upstream-quota-exhausted"]);

function keyState(breaker: Breaker | undefined): UpstreamKeyView["state"] {
  if (!breaker || breaker.state === "closed") return "ok";
  return COOLING.has(breaker.lastError ?? "") ? "cooling" : "failing";
}

function healthOf(
  upstream: UpstreamConfig,
  keys: readonly UpstreamKeyView[],
  breakers: readonly Breaker[],
  stats: UpstreamStats,
): UpstreamView["health"] {
  if (!upstream.enabled) return "disabled";
  const isOpen = (breaker: Breaker) => breaker.state !== "closed";
  const usable = keys.filter(({ state }) => state === "ok");
  if (breakers.some((breaker) => breaker.scope === "upstream" && isOpen(breaker))) return "down";
  if (keys.length > 0 && usable.length === 0) return "down";
  if (usable.length < keys.length || breakers.some(isOpen)) return "degraded";
  return stats.last_used_at === null && breakers.length === 0 ? "unused" : "healthy";
}
