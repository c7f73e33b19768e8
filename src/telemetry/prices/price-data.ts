// The shape of price-table.json, short because it is part of the program. Made by scripts/import-prices.ts.

/** US dollars per million tokens: one rate, or a base and the rates above so many input tokens, which then hold for all. */
export type PackedRate = number | readonly [base: number, ...tiers: (readonly [aboveTokens: number, rate: number])[]];

/** What is absent has no price of its own. */
export interface PackedPrice {
  /** Input, and output with reasoning. */
  readonly i?: PackedRate;
  readonly o?: PackedRate;
  /** Cache read, cache write, cache write for an hour. */
  readonly r?: PackedRate;
  readonly w?: PackedRate;
  readonly w1?: PackedRate;
  /** Reasoning, where it costs other than output. */
  readonly t?: PackedRate;
  /** Per thousand web searches. */
  readonly s?: PackedRate;
  /** Holds from this day in UTC on. */
  readonly from?: string;
  /** Holds between these minutes of each day in UTC, the second exclusive. */
  readonly daily?: readonly [from: number, to: number];
}

/** `=` whole, `^` beginning, `$` end, `~` part, `/` regular expression; or a list of them after `|` (any) or `&` (all). */
export type PackedMatch = string | PackedMatchList;
export interface PackedMatchList extends ReadonlyArray<PackedMatch> {}

export interface PackedModel {
  readonly id: string;
  readonly match: PackedMatch;
  /** The last one that holds at the time counts. */
  readonly prices: readonly PackedPrice[];
  /** What differs by service tier. */
  readonly tiers?: Readonly<Record<string, PackedPrice>>;
}

export interface PackedProvider {
  readonly id: string;
  /** Regular expression for the beginning of base URLs. */
  readonly api: string;
  /** Models that this provider makes itself. */
  readonly vendorOf?: PackedMatch;
  readonly models: readonly PackedModel[];
}

export interface PackedTable {
  readonly source: string;
  readonly licence: string;
  /** Day of the data, `2026-11-10`. */
  readonly date: string;
  readonly providers: readonly PackedProvider[];
}
