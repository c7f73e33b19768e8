// What requests have in common: model, upstream, status, client and so on, as numbered combinations. There are few of
// them however many requests there are, so that any filter is a look at each facet and then a walk through an index.
// Clients choose models and user agents freely; beyond a number of facets those go into the row (an open facet).

import type { Database, Statement } from "bun:sqlite";
import type { RequestRecord } from "../core/request-record.ts";
import { cut, cutOptional, MAX_NAME } from "./cut-text.ts";

/** Facets with all their texts; further combinations share open ones, of which configured ids bound the number. */
const MAX_FACETS = 20_000;

export interface Facet {
  readonly no: number;
  /** Model, upstream's model and user agent stand in the row. */
  readonly isOpen: boolean;
  readonly method: string;
  readonly clientProtocol: string;
  readonly model: string;
  readonly upstreamModel: string | null;
  readonly stream: boolean;
  readonly status: number;
  readonly outcome: string;
  readonly upstreamId: string | null;
  /** Ids of all upstreams that were tried. */
  readonly tried: readonly string[];
  readonly keyMasked: string | null;
  readonly clientKeyLabel: string | null;
  readonly clientKeyId: string | null;
  readonly userAgent: string | null;
  readonly isRetried: boolean;
}

/** The columns of a facet whose texts all stand in it. */
export type FacetValues = readonly (string | number | null)[];

/** Places of what clients choose freely. */
const MODEL = 3;
const UPSTREAM_MODEL = 4;
const USER_AGENT = 13;

const COLUMNS =
  "is_open, method, client_protocol, model, upstream_model, stream, status, outcome, upstream_id, tried, key_masked, " +
  "client_key_label, client_key_id, user_agent, is_retried";

/** The facets of one open database, all of them in memory. Only one process and one writer may use a database. */
export class FacetTable {
  readonly #byKey = new Map<string, Facet>();
  readonly #byNo = new Map<number, Facet>();
  readonly #insert: Statement;
  readonly #database: Database;
  readonly #maxFacets: number;

  constructor(database: Database, maxFacets = MAX_FACETS) {
    this.#database = database;
    this.#maxFacets = maxFacets;
    for (const row of database.query<unknown[], []>(`SELECT no, ${COLUMNS} FROM facets`).values()) {
      const [no, ...values] = row as [number, ...FacetValues];
      this.#remember(no, values);
    }
    this.#insert = database.prepare(
      `INSERT INTO facets (${COLUMNS}) VALUES (${COLUMNS.split(",").map(() => "?")}) RETURNING no`,
    );
  }

  get size(): number {
    return this.#byNo.size;
  }

  all(): IterableIterator<Facet> {
    return this.#byNo.values();
  }

  byNo(no: number): Facet | undefined {
    return this.#byNo.get(no);
  }

  /** The facet with these values, made when it is new. Belongs into the transaction that writes the row. */
  of(values: FacetValues): Facet {
    const known = this.#byKey.get(JSON.stringify(values));
    if (known) return known;
    const kept = this.#byNo.size >= this.#maxFacets ? openValues(values) : values;
    return this.#byKey.get(JSON.stringify(kept)) ?? this.#add(kept);
  }

  /** Reads everything anew: after a transaction that was undone, or rows that went. */
  reload(): FacetTable {
    this.#insert.finalize();
    return new FacetTable(this.#database, this.#maxFacets);
  }

  close(): void {
    this.#insert.finalize();
  }

  #add(values: FacetValues): Facet {
    const row = this.#insert.get(...(values as [string])) as { no: number };
    return this.#remember(row.no, values);
  }

  #remember(no: number, values: FacetValues): Facet {
    const facet = toFacet(no, values);
    this.#byKey.set(JSON.stringify(values), facet);
    this.#byNo.set(no, facet);
    return facet;
  }
}

/** Forgets facets that no row uses any more; returns how many. */
export function deleteUnusedFacets(database: Database): number {
  return database
    .query("DELETE FROM facets WHERE NOT EXISTS (SELECT 1 FROM requests WHERE requests.facet = facets.no)")
    .run().changes;
}

/** What a record has in common with others. */
export function facetValues(record: RequestRecord): FacetValues {
  return [
    0,
    cut(record.method, 16),
    record.clientProtocol,
    cut(record.model, MAX_NAME),
    cutOptional(record.upstreamModel, MAX_NAME),
    record.stream ? 1 : 0,
    record.status,
    cut(record.outcome, MAX_NAME),
    record.upstreamId ?? null,
    JSON.stringify(triedUpstreams(record)),
    record.keyMasked ?? null,
    record.clientKeyLabel ?? null,
    record.clientKeyId ?? null,
    cutOptional(record.userAgent, MAX_NAME),
    record.attempts.length > 1 ? 1 : 0,
  ];
}

/** What stands in the row where its facet is open: model, upstream's model, user agent. */
export function freeTexts(values: FacetValues): readonly (string | number | null)[] {
  return [values[MODEL] ?? null, values[UPSTREAM_MODEL] ?? null, values[USER_AGENT] ?? null];
}

/** The facet of the given values, as it is kept in memory. */
export function toFacet(no: number, values: FacetValues): Facet {
  const [isOpen, method, clientProtocol, model, upstreamModel, stream, status, outcome, upstreamId, tried, ...rest] =
    values;
  const [keyMasked, clientKeyLabel, clientKeyId, userAgent, isRetried] = rest;
  return {
    no,
    isOpen: isOpen === 1,
    method: String(method),
    clientProtocol: String(clientProtocol),
    model: text(model) ?? "",
    upstreamModel: text(upstreamModel),
    stream: stream === 1,
    status: Number(status),
    outcome: String(outcome),
    upstreamId: text(upstreamId),
    tried: parseTried(tried),
    keyMasked: text(keyMasked),
    clientKeyLabel: text(clientKeyLabel),
    clientKeyId: text(clientKeyId),
    userAgent: text(userAgent),
    isRetried: isRetried === 1,
  };
}

function openValues(values: FacetValues): FacetValues {
  const open = [...values];
  open[0] = 1;
  for (const place of [MODEL, UPSTREAM_MODEL, USER_AGENT]) open[place] = null;
  return open;
}

/** Sorted, so that the order of a fail-over does not make a facet of its own. */
function triedUpstreams(record: RequestRecord): string[] {
  const { attempts } = record;
  if (attempts.length === 0) return record.upstreamId === undefined ? [] : [record.upstreamId];
  if (attempts.length === 1) return [attempts[0]?.upstreamId ?? ""];
  return [...new Set(attempts.map((attempt) => attempt.upstreamId))].sort();
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function parseTried(value: unknown): string[] {
  try {
    const list: unknown = JSON.parse(String(value));
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return []; // a damaged cell must not hide the rest of the log
  }
}
