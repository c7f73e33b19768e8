// Prices: the bundled table to look through, and the operator's own, which win over it.

import type { z } from "zod";
import { isJsonObject, type JsonObject, ownValue } from "../../config/json-path.ts";
import { mapModel } from "../../routing/model-map.ts";
import { OTHER_MODEL, type UsageFilter, type UsageGroup } from "../../store/usage-sums.ts";
import type { PackedPrice, PackedRate } from "../../telemetry/prices/price-data.ts";
import { bundledPrices, priceAt } from "../../telemetry/prices/price-table.ts";
import { saved } from "../contract/common.ts";
import {
  type PriceRow,
  priceList,
  priceOverrideInput,
  priceOverrideQuery,
  priceQuery,
  type UnpricedList,
  unpricedList,
  unpricedQuery,
} from "../contract/usage.ts";
import { AdminError } from "./admin-error.ts";
import { changeConfig, withFields } from "./change-config.ts";
import { readLog } from "./log-routes.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

const DEFAULT_RANGE_MS = 30 * 24 * 3_600_000;
/** Upstreams that are looked at, each with a question to the log. */
const MAX_UNPRICED_UPSTREAMS = 20;
const MAX_UNPRICED = 50;
const CHANGES = ["conflict", "file-invalid", "storage"] as const;

export function priceRoutes(parts: AdminParts): Route[] {
  const { configFile } = parts;

  return [
    route({
      method: "GET",
      path: "/prices",
      summary: "prices per million tokens: the operator's own first, then the bundled table",
      query: priceQuery,
      answer: json(priceList),
      handle: ({ query }) => {
        const table = bundledPrices();
        const own = configFile.current().prices.map(
          ({ model, upstreamId, input, output, cacheRead, cacheWrite, reasoning }): PriceRow => ({
            model,
            provider: upstreamId ?? null,
            price: { input, output, cache_read: cacheRead, cache_write: cacheWrite, reasoning },
            is_override: true,
          }),
        );
        const now = parts.gateway.clock.wallMs();
        const bundled = table.providers.flatMap(({ id, models }) =>
          models.map(
            (model): PriceRow => ({
              model: model.id,
              provider: id,
              price: toPrice(priceAt(model, now, undefined)),
              is_override: false,
            }),
          ),
        );
        const search = query.search?.toLowerCase() ?? "";
        const rows = [...own, ...bundled].filter(({ model, provider }) =>
          `${provider ?? ""} ${model}`.toLowerCase().includes(search),
        );
        return {
          source: table.source,
          licence: table.licence,
          date: table.date,
          rows: rows.slice(0, query.limit),
          version: configFile.revision(),
        };
      },
    }),
    route({
      method: "GET",
      path: "/prices/unpriced",
      summary: "models that were used without a known price and still have none, the most used first; the last 30 days",
      query: unpricedQuery,
      answer: json(unpricedList),
      errors: ["storage"],
      handle: async ({ query }) => {
        const toMs = parts.gateway.clock.wallMs() + 1;
        const fromMs = query.from === undefined ? toMs - DEFAULT_RANGE_MS : Date.parse(query.from);
        return { models: await unpricedModels(parts, { fromMs, toMs, bucket: "total" }) };
      },
    }),
    route({
      method: "PUT",
      path: "/prices/overrides",
      summary: "sets the operator's price of a model, for one upstream or for all",
      body: priceOverrideInput,
      answer: json(saved),
      errors: CHANGES,
      handle: (call) => {
        const { model, upstream, price } = call.body;
        const entry = withFields({ model, ...(upstream != null && { upstream }) }, knownOnly(price));
        return changeConfig(configFile, call, {
          mutate: (document) => {
            const prices = pricesIn(document);
            const at = prices.findIndex((other) => isFor(other, model, upstream ?? undefined));
            const changed = at < 0 ? [...prices, entry] : prices.with(at, entry);
            return withFields(document, { prices: changed });
          },
          relative: (path) =>
            path.replace(/^prices\[\d+\]\.(model|upstream)$/, "$1").replace(/^prices\[\d+\]\.?/, "price."),
        });
      },
    }),
    route({
      method: "DELETE",
      path: "/prices/overrides",
      summary: "removes the operator's price of a model; the bundled one holds again",
      query: priceOverrideQuery,
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate: (document) => {
            const prices = pricesIn(document);
            const kept = prices.filter((entry) => !isFor(entry, call.query.model, call.query.upstream));
            if (kept.length === prices.length) throw new AdminError("not-found", "there is no such price of your own");
            return withFields(document, { prices: kept.length === 0 ? undefined : kept });
          },
        }),
    }),
  ];
}

/**
 * The sums know what clients asked for; what an upstream was asked for is what its map makes of that now. Upstreams that
 * are gone need no price any more.
 */
async function unpricedModels(
  { usage, prices, configFile }: AdminParts,
  time: Pick<UsageFilter, "fromMs" | "toMs" | "bucket">,
): Promise<UnpricedList["models"]> {
  const byUpstream = await readLog(usage({ ...time, groupBy: "upstream" }));
  const found = new Map<string, UnpricedList["models"][number]>();
  for (const { group: id } of mostUnpriced(byUpstream).slice(0, MAX_UNPRICED_UPSTREAMS)) {
    const upstream = configFile.current().upstreams.find((entry) => entry.id === id);
    if (!upstream) continue;
    const byModel = await readLog(usage({ ...time, groupBy: "model", upstreamId: id }));
    for (const { group, sums } of mostUnpriced(byModel)) {
      const model = mapModel(upstream.modelMap, group);
      if (model === "" || group === OTHER_MODEL || prices.find(id, upstream.baseUrl, model)) continue;
      const key = JSON.stringify([id, model]);
      const requests = (found.get(key)?.requests ?? 0) + sums.unpricedRequests;
      found.set(key, { model, upstream: id, requests });
    }
  }
  return [...found.values()].toSorted((a, b) => b.requests - a.requests).slice(0, MAX_UNPRICED);
}

function mostUnpriced(groups: readonly UsageGroup[]): UsageGroup[] {
  return groups
    .filter(({ sums }) => sums.unpricedRequests > 0)
    .toSorted((a, b) => b.sums.unpricedRequests - a.sums.unpricedRequests);
}

function pricesIn(document: JsonObject): readonly unknown[] {
  const list = ownValue(document, "prices");
  return Array.isArray(list) ? list : [];
}

function isFor(entry: unknown, model: string, upstream: string | undefined): boolean {
  return (
    isJsonObject(entry) && ownValue(entry, "model") === model && (ownValue(entry, "upstream") ?? undefined) === upstream
  );
}

function knownOnly(price: z.output<typeof priceOverrideInput>["price"]): JsonObject {
  return Object.fromEntries(Object.entries(price).filter(([, rate]) => rate !== null));
}

/** The rates of small prompts; where they grow with the prompt, the table knows more than this shows. */
function toPrice({ i, o, r, w, t }: PackedPrice): PriceRow["price"] {
  return { input: baseOf(i), output: baseOf(o), cache_read: baseOf(r), cache_write: baseOf(w), reasoning: baseOf(t) };
}

function baseOf(rate: PackedRate | undefined): number | null {
  if (rate === undefined) return null;
  return typeof rate === "number" ? rate : rate[0];
}
