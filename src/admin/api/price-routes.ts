// Prices: the bundled table to look through, and the operator's own, which win over it.

import type { z } from "zod";
import { isJsonObject, type JsonObject, ownValue } from "../../config/json-path.ts";
import type { PackedPrice, PackedRate } from "../../telemetry/prices/price-data.ts";
import { bundledPrices, priceAt } from "../../telemetry/prices/price-table.ts";
import { saved } from "../contract/common.ts";
import { type PriceRow, priceList, priceOverrideInput, priceOverrideQuery, priceQuery } from "../contract/usage.ts";
import { AdminError } from "./admin-error.ts";
import { changeConfig, withFields } from "./change-config.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

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
