// Counters, gauges and histograms in memory, each a family of series told apart by labels. The number of series is
// bounded; what goes beyond is counted and left out.

/** Series of one family. */
const MAX_SERIES = 5000;

export type LabelValues = readonly string[];

/** One series as exporters see it. */
export interface Point {
  readonly labels: LabelValues;
  readonly value: number;
}

export interface HistogramPoint {
  readonly labels: LabelValues;
  /** Of each bucket alone, one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

interface FamilyFacts {
  /** Prometheus name, with unit and `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export type Family =
  | (FamilyFacts & { readonly type: "counter" | "gauge"; collect(): readonly Point[] })
  | (FamilyFacts & {
      readonly type: "histogram";
      readonly bounds: readonly number[];
      collect(): readonly HistogramPoint[];
    });

/** Hears of a series that was left out. */
export type OnOverflow = () => void;

/** A number that only grows. */
export class Counter {
  readonly type = "counter";
  readonly #series = new Map<string, { readonly labels: LabelValues; value: number }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly string[] = [],
    readonly onOverflow: OnOverflow = () => undefined,
  ) {}

  /** `labels` in the order of `labelNames`; not kept. */
  add(amount: number, ...labels: string[]): void {
    const key = labels.join("\u0000");
    const series = this.#series.get(key);
    if (series) series.value += amount;
    else if (this.#series.size < MAX_SERIES) this.#series.set(key, { labels, value: amount });
    else this.onOverflow();
  }

  collect(): readonly Point[] {
    return [...this.#series.values()];
  }
}

/** A number as it is when somebody looks. */
export class Gauge {
  readonly type = "gauge";

  constructor(
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly string[],
    readonly collect: () => readonly Point[],
  ) {}

  /** A gauge without labels. */
  static of(name: string, help: string, value: () => number): Gauge {
    return new Gauge(name, help, [], () => [{ labels: [], value: value() }]);
  }
}

/** Numbers counted by size. */
export class Histogram {
  readonly type = "histogram";
  readonly #series = new Map<string, { readonly labels: LabelValues; counts: number[]; sum: number; count: number }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly bounds: readonly number[],
    readonly labelNames: readonly string[] = [],
    readonly onOverflow: OnOverflow = () => undefined,
  ) {}

  observe(value: number, ...labels: string[]): void {
    const key = labels.join("\u0000");
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= MAX_SERIES) {
        this.onOverflow();
        return;
      }
      series = { labels, counts: new Array<number>(this.bounds.length + 1).fill(0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at += 1;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
    series.count += 1;
  }

  collect(): readonly HistogramPoint[] {
    return [...this.#series.values()];
  }
}
