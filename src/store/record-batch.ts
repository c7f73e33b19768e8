// Records on their way to the log's thread. They are made into rows as they come: rows are a third of the text that the
// records would be, what records have in common goes once, and the records themselves need not be kept.

import type { RequestRecord } from "../core/request-record.ts";
import { UsageCollector } from "./collect-usage.ts";
import { type FacetValues, facetValues, toFacet } from "./facets.ts";
import { asStoredRow, fromRow, ID_AT, type RowValue, toRow } from "./request-row.ts";
import type { CollectedUsage } from "./usage-sums.ts";

/** A batch as JSON holds it. */
export interface PackedBatch {
  /** A JSON list of `FacetValues`, in ASCII. */
  readonly facets: string;
  /** Per row the place of its facet in `facets`. */
  readonly rowFacets: readonly number[];
  /** As `toRow` makes them. */
  readonly rows: readonly (readonly RowValue[])[];
  /** What the rows add to the sums of usage. */
  readonly usage: readonly CollectedUsage[];
}

export class RecordBatch {
  readonly #facetPlaces = new Map<string, number>();
  readonly #facets: FacetValues[] = [];
  readonly #rowFacets: number[] = [];
  readonly #rows: RowValue[][] = [];
  readonly #usage = new UsageCollector();

  get size(): number {
    return this.#rows.length;
  }

  /** Throws a TypeError for what is no record, and is then as before. */
  add(record: RequestRecord): void {
    const row = toRow(record);
    const values = facetValues(record);
    const key = JSON.stringify(values);
    let place = this.#facetPlaces.get(key);
    if (place === undefined) {
      place = this.#facets.push(values) - 1;
      this.#facetPlaces.set(key, place);
    }
    this.#rowFacets.push(place);
    this.#rows.push(row);
    this.#usage.add(record);
  }

  packed(): PackedBatch {
    return {
      facets: inAscii(JSON.stringify(this.#facets)),
      rowFacets: this.#rowFacets,
      rows: this.#rows,
      usage: this.#usage.collected(),
    };
  }

  /** At most `limit` records, the newest first, as the log would give them back. */
  newest(limit: number): RequestRecord[] {
    const count = Math.max(0, Math.min(limit, this.size));
    return Array.from({ length: count }, (_, back) => this.#record(this.size - 1 - back));
  }

  find(id: string): RequestRecord | undefined {
    const at = this.#rows.findIndex((row) => row[ID_AT] === id);
    return at < 0 ? undefined : this.#record(at);
  }

  #record(at: number): RequestRecord {
    const values = this.#facets[this.#rowFacets[at] as number] as FacetValues;
    return fromRow(asStoredRow(this.#rows[at] as RowValue[]), toFacet(0, values));
  }
}

/** Masked keys hold a `…`: one such letter in a message and each of its characters takes two bytes. */
function inAscii(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The facets of a packed batch. */
export function unpackFacets({ facets }: PackedBatch): FacetValues[] {
  return JSON.parse(facets) as FacetValues[];
}

/** A batch of these records. Throws a TypeError for what is no record. */
export function packRecords(records: readonly RequestRecord[]): PackedBatch {
  const batch = new RecordBatch();
  for (const record of records) batch.add(record);
  return batch.packed();
}
