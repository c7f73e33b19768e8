// Prices finished requests: the operator's own prices first, then the bundled table. Runs when a request has ended.

import type { Config, PriceOverride } from "../../config/config.ts";
import type { AttemptRecord, RequestRecord } from "../../core/request-record.ts";
import type { IrUsage } from "../../core/usage.ts";
import { createGlob } from "../../lib/glob.ts";
import type { PackedPrice } from "./price-data.ts";
import { bundledPrices, type PriceTable, priceAt, type TableEntry } from "./price-table.ts";
import { priceUsage } from "./price-usage.ts";

/** Pairs of upstream and model whose price is remembered; clients can make up any number. */
const MAX_REMEMBERED = 2000;

export interface Pricer {
  /**
   * The record with its costs: 0 for attempts that used nothing, null for those that cost something of unknown price.
   * Never throws; the given record stays as it is.
   */
  price(record: RequestRecord): RequestRecord;
  /** What of a model costs what at an upstream's URL, before time and tier; undefined when nothing is known. */
  find(upstreamId: string, url: string, model: string): PriceSource | undefined;
  /** Takes the prices of a changed configuration. */
  setConfig(config: Pick<Config, "prices">): void;
}

export type PriceSource =
  | { readonly type: "override"; readonly override: PriceOverride; readonly price: PackedPrice }
  | { readonly type: "table"; readonly entry: TableEntry };

export function createPricer(config: Pick<Config, "prices">, table: () => PriceTable = bundledPrices): Pricer {
  let overrides = compile(config.prices);
  const remembered = new Map<string, PriceSource | null>();

  function find(upstreamId: string, url: string, model: string): PriceSource | undefined {
    const override = overrides.find(
      (candidate) =>
        (candidate.override.upstreamId === undefined || candidate.override.upstreamId === upstreamId) &&
        candidate.matches(model),
    );
    if (override) return { type: "override", override: override.override, price: override.price };
    const entry = table().find(url, model);
    return entry && { type: "table", entry };
  }

  function sourceFor(attempt: AttemptRecord, model: string): PriceSource | null {
    // Requests of one upstream differ in their paths only.
    const key = `${attempt.upstreamId}\n${model}`;
    let source = remembered.get(key);
    if (source === undefined) {
      source = find(attempt.upstreamId, attempt.url, model) ?? null;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, source);
    }
    return source;
  }

  function costOf(attempt: AttemptRecord, record: RequestRecord): number | null {
    const { usage, costUsd } = attempt;
    if (costUsd !== undefined) return costUsd;
    if (!usage || !hasCounts(usage)) return attempt.outcome === "ok" || attempt.mayHaveBilled ? null : 0;
    const source = sourceFor(attempt, attempt.model ?? record.upstreamModel ?? record.model);
    if (source === null) return null;
    const price =
      source.type === "override"
        ? source.price
        : priceAt(source.entry.model, record.startedAt + attempt.startedMs, usage.serviceTier);
    return priceUsage(price, usage);
  }

  return {
    find,
    setConfig(changed) {
      overrides = compile(changed.prices);
      remembered.clear();
    },
    price(record) {
      let total: number | null = 0;
      const attempts = record.attempts.map((attempt) => {
        const costUsd = costOf(attempt, record);
        total = total === null || costUsd === null ? null : total + costUsd;
        return { ...attempt, costUsd };
      });
      return { ...record, attempts, costUsd: total };
    },
  };
}

function hasCounts(usage: IrUsage): boolean {
  return usage.inputTokens !== undefined || usage.outputTokens !== undefined || usage.cacheReadTokens !== undefined;
}

interface CompiledOverride {
  readonly override: PriceOverride;
  readonly price: PackedPrice;
  readonly matches: (model: string) => boolean;
}

/** Whole names before patterns, one upstream's before all upstreams', then file order. */
function compile(overrides: readonly PriceOverride[]): CompiledOverride[] {
  const rank = ({ model, upstreamId }: PriceOverride): number =>
    (model.includes("*") ? 2 : 0) + (upstreamId === undefined ? 1 : 0);
  return overrides
    .toSorted((a, b) => rank(a) - rank(b))
    .map((override) => ({ override, price: toPackedPrice(override), matches: createGlob(override.model) }));
}

function toPackedPrice(override: PriceOverride): PackedPrice {
  const { input, output, cacheRead, cacheWrite, reasoning } = override;
  return {
    ...(input !== null && { i: input }),
    ...(output !== null && { o: output }),
    ...(cacheRead !== null && { r: cacheRead }),
    ...(cacheWrite !== null && { w: cacheWrite }),
    ...(reasoning !== null && { t: reasoning }),
  };
}
