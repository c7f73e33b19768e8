// The bundled prices: which provider a URL belongs to, and what a model costs there. The table is read when the first
// price is asked for, so that starting costs nothing.

import type { PackedMatch, PackedModel, PackedPrice, PackedProvider, PackedTable } from "./price-data.ts";
import tableText from "./price-table.json" with { type: "text" };

/** A model of the table with the provider whose price it is. */
export interface TableEntry {
  readonly provider: string;
  readonly model: PackedModel;
}

export interface PriceTable {
  readonly source: string;
  readonly licence: string;
  /** Day of the data, `2026-11-10`. */
  readonly date: string;
  readonly providers: readonly PackedProvider[];
  /**
   * The model as this URL's provider prices it. Hosts that the table does not know are taken for resellers of the
   * maker's model at the maker's price; private addresses for free or private ones, without a price.
   */
  find(url: string, model: string): TableEntry | undefined;
}

/** Providers that also offer other makers' models at the makers' prices. */
const CLOUDS = new Set(["google", "aws", "azure", "databricks"]);
const MAX_MODEL_LENGTH = 256;

let parsed: PriceTable | undefined;

/** The table; parsed once, as it never changes. */
export function bundledPrices(): PriceTable {
  parsed ??= createPriceTable(JSON.parse(tableText as unknown as string) as PackedTable);
  return parsed;
}

export function createPriceTable(table: PackedTable): PriceTable {
  const patterns = table.providers.map((provider) => ({ provider, api: new RegExp(`^(?:${provider.api})`, "i") }));

  function providerOf(url: string): PackedProvider | undefined {
    return patterns.find(({ api }) => api.test(url))?.provider;
  }

  function atMaker(names: readonly string[]): TableEntry | undefined {
    for (const name of names) {
      for (const provider of table.providers) {
        if (provider.vendorOf === undefined || !matches(provider.vendorOf, name)) continue;
        const model = provider.models.find((entry) => matches(entry.match, name));
        if (model) return { provider: provider.id, model };
      }
    }
    return undefined;
  }

  return {
    source: table.source,
    licence: table.licence,
    date: table.date,
    providers: table.providers,
    find(url, model) {
      if (model === "" || model.length > MAX_MODEL_LENGTH) return undefined;
      const names = spellings(model);
      const provider = providerOf(url);
      if (provider) {
        for (const name of names) {
          const found = provider.models.find((entry) => matches(entry.match, name));
          if (found) return { provider: provider.id, model: found };
        }
        return CLOUDS.has(provider.id) ? atMaker(names) : undefined;
      }
      return isPrivate(url) ? undefined : atMaker(names);
    },
  };
}

/** The price of a model at a moment, for a service tier. */
export function priceAt(model: PackedModel, wallMs: number, serviceTier: string | undefined): PackedPrice {
  const date = new Date(wallMs);
  const day = date.toISOString().slice(0, 10);
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
  const price = model.prices.findLast(
    ({ from, daily }) =>
      (from === undefined || day >= from) && (daily === undefined || (minute >= daily[0] && minute < daily[1])),
  );
  const tier = serviceTier === undefined ? undefined : model.tiers?.[serviceTier];
  return tier ? { ...price, ...tier } : (price ?? {});
}

/**
 * The ways in which a model is written: as it is, in lower case, without the path of Gemini and Vertex, without the
 * maker in front (`anthropic/`), without Bedrock's region and maker (`us.anthropic.`), without Vertex's `@date`.
 */
function spellings(model: string): string[] {
  const lower = model.toLowerCase();
  const last = lower.slice(lower.lastIndexOf("/") + 1);
  const bare = last
    .replace(
      /^(?:(?:us|eu|apac|global|au|jp|ca|sa|us-gov)\.)?(?:anthropic|amazon|meta|mistral|deepseek|qwen|openai)\./,
      "",
    )
    .replace(/-v\d+(?::\d+)?$/, "")
    .replace(/@.*$/, "")
    .replace(/:(?:free|beta|thinking|nitro|floor|online|exacto)$/, "");
  return [...new Set([model, lower, lower.replace(/^models\//, ""), last, bare])];
}

function matches(match: PackedMatch, name: string): boolean {
  if (typeof match !== "string") {
    const parts = match.slice(1);
    return match[0] === "&" ? parts.every((part) => matches(part, name)) : parts.some((part) => matches(part, name));
  }
  const text = match.slice(1);
  switch (match[0]) {
    case "=":
      return name.toLowerCase() === text.toLowerCase();
    case "^":
      return name.toLowerCase().startsWith(text.toLowerCase());
    case "$":
      return name.toLowerCase().endsWith(text.toLowerCase());
    case "~":
      return name.toLowerCase().includes(text.toLowerCase());
    default:
      return new RegExp(text).test(name);
  }
}

function isPrivate(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return (
    host === "" ||
    !host.includes(".") ||
    /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|0\.)/.test(
      host,
    ) ||
    /\.(?:local|localhost|internal|lan|home|test|example|invalid)$/.test(host)
  );
}
