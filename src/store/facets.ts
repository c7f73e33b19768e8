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

type Values = (string | number | null)[];

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
      const [no, ...values] = row as [number, ...Values];
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

  /** The facet of a record, made when it is new. Belongs into the transaction that writes the row. */
  of(record: RequestRecord): Facet {
    const known = this.#byKey.get(JSON.stringify(valuesOf(record, false)));
    if (known) return known;
    const values = valuesOf(record, this.#byNo.size >= this.#maxFacets);
    return this.#byKey.get(JSON.stringify(values)) ?? this.#add(values);
  }

  /** Reads everything anew: after a transaction that was undone, or rows that went. */
  reload(): FacetTable {
    this.#insert.finalize();
    return new FacetTable(this.#database, this.#maxFacets);
  }

  close(): void {
    this.#insert.finalize();
  }

  #add(values: Values): Facet {
    const row = this.#insert.get(...(values as [string])) as { no: number };
    return this.#remember(row.no, values);
  }

  #remember(no: number, values: Values): Facet {
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

function valuesOf(record: RequestRecord, isOpen: boolean): Values {
  return [
    isOpen ? 1 : 0,
    cut(record.method, 16),
    record.clientProtocol,
    isOpen ? null : cut(record.model, MAX_NAME),
    isOpen ? null : cutOptional(record.upstreamModel, MAX_NAME),
    record.stream ? 1 : 0,
    record.status,
    cut(record.outcome, MAX_NAME),
    record.upstreamId ?? null,
    JSON.stringify(triedUpstreams(record)),
    record.keyMasked ?? null,
    record.clientKeyLabel ?? null,
    record.clientKeyId ?? null,
    isOpen ? null : cutOptional(record.userAgent, MAX_NAME),
    record.attempts.length > 1 ? 1 : 0,
  ];
}

/** Sorted, so that the order of a fail-over does not make a facet of its own. */
function triedUpstreams(record: RequestRecord): string[] {
  const { attempts } = record;
  if (attempts.length === 0) return record.upstreamId === undefined ? [] : [record.upstreamId];
  if (attempts.length === 1) return [attempts[0]?.upstreamId ?? ""];
  return [...new Set(attempts.map((attempt) => attempt.upstreamId))].sort();
}

function toFacet(no: number, values: Values): Facet {
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
