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

type Branch<Series> = Map<string, Branch<Series> | Series>;

/** The series of a family: a tree with a level per label, as a joined key would cost each count a text of its own. */
class SeriesTree<Series extends { readonly labels: LabelValues }> {
  readonly #root: Branch<Series> = new Map();
  readonly #all: Series[] = [];

  get size(): number {
    return this.#all.length;
  }

  all(): readonly Series[] {
    return this.#all;
  }

  find(labels: LabelValues): Series | undefined {
    let node: Branch<Series> | Series | undefined = this.#root.get(labels[0] ?? "");
    for (let at = 1; at < labels.length && node instanceof Map; at++) node = node.get(labels[at] as string);
    return node instanceof Map ? undefined : node;
  }

  /** `series` is new. */
  add(series: Series): void {
    const { labels } = series;
    let branch = this.#root;
    for (const label of labels.slice(0, -1)) {
      let next = branch.get(label);
      if (!(next instanceof Map)) {
        next = new Map();
        branch.set(label, next);
      }
      branch = next;
    }
    branch.set(labels[labels.length - 1] ?? "", series);
    this.#all.push(series);
  }
}

/** A number that only grows. */
export class Counter {
  readonly type = "counter";
  readonly #series = new SeriesTree<{ readonly labels: LabelValues; value: number }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly labelNames: readonly string[] = [],
    readonly onOverflow: OnOverflow = () => undefined,
  ) {}

  /** `labels` in the order of `labelNames`; not kept. */
  add(amount: number, ...labels: string[]): void {
    const series = this.#series.find(labels);
    if (series) series.value += amount;
    else if (this.#series.size < MAX_SERIES) this.#series.add({ labels, value: amount });
    else this.onOverflow();
  }

  collect(): readonly Point[] {
    return this.#series.all();
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
  readonly #series = new SeriesTree<{
    readonly labels: LabelValues;
    readonly counts: number[];
    sum: number;
    count: number;
  }>();

  constructor(
    readonly name: string,
    readonly help: string,
    readonly bounds: readonly number[],
    readonly labelNames: readonly string[] = [],
    readonly onOverflow: OnOverflow = () => undefined,
  ) {}

  observe(value: number, ...labels: string[]): void {
    let series = this.#series.find(labels);
    if (!series) {
      if (this.#series.size >= MAX_SERIES) {
        this.onOverflow();
        return;
      }
      series = { labels, counts: new Array<number>(this.bounds.length + 1).fill(0), sum: 0, count: 0 };
      this.#series.add(series);
    }
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at += 1;
    series.counts[at] = (series.counts[at] ?? 0) + 1;
    series.sum += value;
    series.count += 1;
  }

  collect(): readonly HistogramPoint[] {
    return this.#series.all();
  }
}
