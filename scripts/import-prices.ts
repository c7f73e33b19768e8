// Makes the bundled price table from the data of pydantic/genai-prices (MIT licence): its `prices/data.json`, or the same
// taken from its Python package. Run: bun scripts/import-prices.ts DATA.json YYYY-MM-DD. The second argument is the
// date of that data. What is no text model, and providers that the gateway does not talk to, are left out.

import { join } from "node:path";
import type {
  PackedMatch,
  PackedModel,
  PackedPrice,
  PackedProvider,
  PackedRate,
} from "../src/telemetry/prices/price-data.ts";

const TARGET = join(import.meta.dir, "../src/telemetry/prices/price-table.json");
const EXTRA = join(import.meta.dir, "prices-extra.json");
const PROVIDERS = new Set([
  ...[
    "anthropic",
    "openai",
    "google",
    "deepseek",
    "moonshotai",
    "zai",
    "zhipuai",
    "minimax",
    "x-ai",
    "mistral",
    "groq",
  ],
  ...[
    "cerebras",
    "cohere",
    "aws",
    "azure",
    "databricks",
    "openrouter",
    "together",
    "fireworks",
    "novita",
    "perplexity",
  ],
  ...["github-copilot", "cloudflare", "baseten", "ovhcloud", "meta", "arcee"],
]);

interface SourceClause {
  readonly equals?: string;
  readonly starts_with?: string;
  readonly ends_with?: string;
  readonly contains?: string;
  readonly regex?: string;
  readonly or?: readonly SourceClause[];
  readonly and?: readonly SourceClause[];
}
type SourceRate = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };
type SourcePrice = Readonly<Record<string, SourceRate>>;
interface SourceConditional {
  readonly constraint?: { readonly start_date?: string; readonly start_time?: string; readonly end_time?: string };
  readonly prices: SourcePrice;
}
interface SourceModel {
  readonly id: string;
  readonly match: SourceClause;
  readonly prices: SourcePrice | readonly SourceConditional[];
  readonly price_variants?: readonly {
    readonly when: Readonly<Record<string, string>>;
    readonly prices: SourcePrice;
  }[];
}
interface SourceProvider {
  readonly id: string;
  readonly api_pattern: string;
  readonly model_match?: SourceClause;
  readonly models: readonly SourceModel[];
}

const FIELDS: Readonly<Record<string, keyof PackedPrice>> = {
  input_mtok: "i",
  output_mtok: "o",
  cache_read_mtok: "r",
  cache_write_mtok: "w",
  cache_write_1h_mtok: "w1",
  output_reasoning_mtok: "t",
  web_searches_kcount: "s",
};
const TIERS = new Set(["priority", "flex"]);

function packMatch(clause: SourceClause): PackedMatch {
  if (clause.or)
    return clause.or.length === 1 ? packMatch(clause.or[0] as SourceClause) : ["|", ...clause.or.map(packMatch)];
  if (clause.and) return ["&", ...clause.and.map(packMatch)];
  if (clause.equals !== undefined) return `=${clause.equals}`;
  if (clause.starts_with !== undefined) return `^${clause.starts_with}`;
  if (clause.ends_with !== undefined) return `$${clause.ends_with}`;
  if (clause.contains !== undefined) return `~${clause.contains}`;
  if (clause.regex !== undefined) return `/${clause.regex}`;
  throw new Error(`a clause that is not known: ${JSON.stringify(clause)}`);
}

function packRate(rate: SourceRate): PackedRate {
  return typeof rate === "number"
    ? rate
    : [rate.base, ...rate.tiers.map(({ start, price }): [number, number] => [start, price])];
}

function packPrice(prices: SourcePrice): PackedPrice {
  const packed: Record<string, PackedRate> = {};
  for (const [name, field] of Object.entries(FIELDS)) {
    const rate = prices[name];
    if (rate !== undefined) packed[field] = packRate(rate);
  }
  return packed as PackedPrice;
}

function packConditional({ constraint, prices }: SourceConditional): PackedPrice {
  const packed: Record<string, unknown> = { ...packPrice(prices) };
  if (constraint?.start_date) packed["from"] = constraint.start_date;
  if (constraint?.start_time && constraint.end_time)
    packed["daily"] = [minuteOf(constraint.start_time), minuteOf(constraint.end_time)];
  return packed as PackedPrice;
}

function minuteOf(time: string): number {
  const match = /^(\d\d):(\d\d):\d\d(?:\+00:00|Z)$/.exec(time);
  if (!match) throw new Error(`a time that is not in UTC: ${time}`);
  return Number(match[1]) * 60 + Number(match[2]);
}

function packModel(model: SourceModel): PackedModel | undefined {
  const prices = Array.isArray(model.prices)
    ? (model.prices as readonly SourceConditional[]).map(packConditional)
    : [packPrice(model.prices as SourcePrice)];
  // Pictures, speech and embeddings are priced by units that the gateway does not count.
  if (!prices.some((price) => price.i !== undefined && price.o !== undefined)) return undefined;
  const tiers = (model.price_variants ?? []).flatMap(({ when, prices: variant }) => {
    const tier = when["service_tier"];
    const isAlone = Object.keys(when).length === 1;
    return tier !== undefined && isAlone && TIERS.has(tier) ? [[tier, packPrice(variant)] as const] : [];
  });
  return {
    id: model.id,
    match: packMatch(model.match),
    prices,
    ...(tiers.length > 0 && { tiers: Object.fromEntries(tiers) }),
  };
}

function packProvider(provider: SourceProvider): PackedProvider {
  return {
    id: provider.id,
    api: provider.api_pattern,
    ...(provider.model_match && { vendorOf: packMatch(provider.model_match) }),
    models: provider.models.flatMap((model) => packModel(model) ?? []),
  };
}

const [source, date] = process.argv.slice(2);
if (!source || !/^\d{4}-\d{2}-\d{2}$/.test(date ?? ""))
  throw new Error("expected: import-prices.ts DATA.json YYYY-MM-DD");
const data = (await Bun.file(source).json()) as SourceProvider[];
const extra = (await Bun.file(EXTRA).json()) as { providers: SourceProvider[] };
const table = {
  source: "pydantic/genai-prices; Alibaba from models.dev",
  licence: "MIT",
  date,
  providers: [...data.filter(({ id }) => PROVIDERS.has(id)), ...extra.providers].map(packProvider),
};
// One model per line, so that a change of prices reads as one.
const lines = table.providers.map(
  ({ models, ...provider }) =>
    `{${JSON.stringify(provider).slice(1, -1)},"models":[\n${models.map((model) => JSON.stringify(model)).join(",\n")}\n]}`,
);
const head = JSON.stringify({ source: table.source, licence: table.licence, date: table.date }).slice(0, -1);
await Bun.write(TARGET, `${head},"providers":[\n${lines.join(",\n")}\n]}\n`);
console.log(
  `${table.providers.reduce((sum, { models }) => sum + models.length, 0)} models of ${lines.length} providers`,
);
