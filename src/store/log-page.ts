// One page of the request log: newest first, by any filter. Each facet that may hold wanted rows, and each index that
// answers a part of the search, is a stream of positions; the streams are merged, so a page costs what it shows and
// not what the log holds. Where texts of single rows have to be read (errors), a time budget ends the page early.

import type { Database, Statement } from "bun:sqlite";
import { timeOfId } from "../lib/timed-id.ts";
import type { Facet, FacetTable } from "./facets.ts";
import { createLogMatcher, type FacetVerdict, type LogMatcher, type RowTexts } from "./log-matcher.ts";
import type { LogEntry, LogFilter, LogPage } from "./request-log.ts";
import { COLUMNS, ENTRY_COLUMNS, fromRow, type StoredRow, toEntry } from "./request-row.ts";

/** Milliseconds after which a page is given out as far as it has come. */
const BUDGET_MS = 50;
/** Positions after which the clock is looked at. */
const CHECK_EVERY = 256;
/** Positions that a stream reads at once, at first and later. */
const FIRST_CHUNK = 64;
const SMALL_FIRST_CHUNK = 4;
const LAST_CHUNK = 1024;
/** Rows with texts that are looked through at once. */
const TEXT_CHUNK = 10_000;
/** Facets beyond which the newest rows are looked through first, and then each stream reads little at a time. */
const FEW_FACETS = 64;
const MAX_TRIED_ROWS = 20_000;
const MIN_SESSION_PREFIX = 6;
const MAX_SESSION_ROWS = 50_000;
const ID_PREFIX = "req_";

/** A place in the log's order: by arrival, then by writing. */
interface Position {
  readonly at: number;
  readonly seq: number;
}

interface Found extends Position {
  readonly facet: number;
  /** How much of the filter the row has passed already. */
  readonly kind: StreamKind;
  readonly texts: RowTexts | undefined;
}

/**
 * `checked`: rows of a facet that passes the filter whole; `facet`: rows of any facet; `texts`: texts of the row decide;
 * `id`: the row was found by its session or request id; `session`: all rows of the session that was asked for; `gap`: no
 * wanted row at all, but the place up to which a stream has looked for one.
 */
type StreamKind = "checked" | "facet" | "texts" | "id" | "session" | "gap";

interface PageStatements {
  byTime: Statement;
  byFacet: Statement;
  byTexts: Statement;
  textsEnd: Statement;
  bySession: Statement;
  bySessionRange: Statement;
  entry: Statement;
}

const TEXTS = "error, open_model, open_upstream_model, open_user_agent";
/** Rows with texts of their own: those that failed, and those of open facets. */
const WITH_TEXTS = "INDEXED BY requests_with_texts WHERE (error IS NOT NULL OR open_model IS NOT NULL)";
const NO_TEXTS: RowTexts = { error: null, openModel: null, openUpstreamModel: null, openUserAgent: null };
const WINDOW = "started_at >= ?2 AND (started_at, seq) < (?3, ?4)";
const ORDER = "ORDER BY started_at DESC, seq DESC LIMIT ?5";

/** Pages and single records of one open database. */
export class LogReader {
  readonly #database: Database;
  readonly #nowMs: () => number;
  #statements: PageStatements | undefined;

  constructor(database: Database, nowMs: () => number = () => performance.now()) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  page(facets: FacetTable, filter: LogFilter, limit: number, cursor: string | undefined): LogPage {
    const end = parseCursor(cursor) ?? { at: filter.toMs ?? Number.MAX_SAFE_INTEGER, seq: 0 };
    const window: Window = {
      fromMs: filter.fromMs ?? 0,
      before: filter.toMs !== undefined && filter.toMs < end.at ? { at: filter.toMs, seq: 0 } : end,
    };
    const walk = this.#walk(facets, filter, window, limit + 1);
    const isMore = walk.found.length > limit;
    const shown = isMore ? walk.found.slice(0, limit) : walk.found;
    const last = shown[shown.length - 1];
    const next = isMore ? last : walk.stoppedAt;
    return {
      entries: shown.flatMap((position) => this.#entry(facets, position.seq)),
      nextCursor: next === undefined ? null : formatCursor(next),
    };
  }

  find(facets: FacetTable, id: string): StoredFind | undefined {
    const time = id.startsWith(ID_PREFIX) ? timeOfId(id.slice(ID_PREFIX.length)) : undefined;
    const columns = COLUMNS.join(", ");
    const row =
      (time === undefined
        ? null
        : this.#database
            .query<StoredRow, [number, string]>(`SELECT ${columns} FROM requests WHERE started_at = ? AND id = ?`)
            .get(time, id)) ??
      // Ids of earlier versions hold no time: rare enough for a look at each row.
      this.#database.query<StoredRow, [string]>(`SELECT ${columns} FROM requests WHERE id = ? LIMIT 1`).get(id);
    return row ? fromRow(row, facets.byNo(Number(row.facet))) : undefined;
  }

  close(): void {
    for (const statement of Object.values(this.#statements ?? {})) (statement as Statement).finalize();
    this.#statements = undefined;
  }

  #entry(facets: FacetTable, seq: number): LogEntry[] {
    const row = this.#prepared().entry.get(seq) as StoredRow | null;
    return row ? [toEntry(row, facets.byNo(Number(row.facet)))] : [];
  }

  #walk(facets: FacetTable, filter: LogFilter, window: Window, wanted: number): Walk {
    const plan = this.#plan(facets, filter, window);
    // What many facets share is frequent as a rule: then the newest rows hold a page of it.
    if (plan.all.length > FEW_FACETS) {
      const walk = this.#merge(plan, [plan.byTime()], wanted, MAX_TRIED_ROWS);
      if (walk.stoppedAt === undefined || walk.found.length >= wanted) return walk;
    }
    const chunk = plan.all.length > FEW_FACETS ? SMALL_FIRST_CHUNK : FIRST_CHUNK;
    const streams = plan.all.map(
      ({ no }) => new Stream(this.#prepared().byFacet, no, window, { chunk, kind: "checked" }),
    );
    return this.#merge(plan, streams, wanted, Number.POSITIVE_INFINITY);
  }

  #plan(facets: FacetTable, filter: LogFilter, window: Window): Plan {
    const statements = this.#prepared();
    const matcher = createLogMatcher(filter);
    const verdicts = new Map<number, FacetVerdict>();
    const all: Facet[] = [];
    const look: number[] = [];
    for (const facet of facets.all()) {
      const verdict = matcher.facet(facet);
      verdicts.set(facet.no, verdict);
      if (verdict === "all") all.push(facet);
      else if (verdict === "look") look.push(facet.no);
    }
    const options = { chunk: FIRST_CHUNK };
    return {
      matcher,
      facets,
      verdicts,
      sessionIsSearched: filter.search !== undefined && filter.sessionId?.startsWith(filter.search) === true,
      all: filter.sessionId === undefined ? all : [],
      byTime: () => new Stream(statements.byTime, null, window, { ...options, kind: "facet" }),
      others: () => {
        if (filter.sessionId !== undefined)
          return [new Stream(statements.bySession, filter.sessionId, window, { ...options, kind: "session" })];
        const streams = filter.search === undefined ? [] : this.#idStreams(filter.search, window);
        if (look.length > 0) streams.push(new TextStream(statements, look, filter.search, window));
        return streams;
      },
    };
  }

  #merge(plan: Plan, sources: readonly Stream[], wanted: number, maxSteps: number): Walk {
    const deadline = this.#nowMs() + BUDGET_MS;
    const merge = new Merge();
    for (const stream of [...sources, ...plan.others()]) merge.add(stream);
    const found: Found[] = [];
    for (let steps = 1; found.length < wanted; steps += 1) {
      const next = merge.take();
      if (next === undefined) break;
      // Two streams may hold the same row.
      const isKnown = found[found.length - 1]?.seq === next.seq;
      if (!isKnown && isWanted(plan, next)) found.push(next);
      const isCheck = steps % CHECK_EVERY === 0 || next.kind === "gap";
      if (steps >= maxSteps || (isCheck && this.#nowMs() > deadline)) return { found, stoppedAt: next };
    }
    return { found, stoppedAt: undefined };
  }

  /** Rows whose session or request id begins with the text. */
  #idStreams(search: string, window: Window): Stream[] {
    const streams: Stream[] = [];
    const bare = search.startsWith(ID_PREFIX) ? search.slice(ID_PREFIX.length) : search;
    const time = timeOfId(bare);
    if (time !== undefined) {
      const rows = this.#database
        .query<unknown[], [number, string]>(
          `SELECT started_at, seq, facet, ${TEXTS} FROM requests
           WHERE started_at = ? AND substr(id, 1, length(?2)) = ?2 ORDER BY seq DESC LIMIT 1000`,
        )
        .values(time, ID_PREFIX + bare);
      streams.push(Stream.of(rows, window, "id"));
    }
    if (search.length >= MIN_SESSION_PREFIX) {
      const rows = this.#prepared().bySessionRange.values(search, `${search}\u{10ffff}`, MAX_SESSION_ROWS);
      streams.push(Stream.of(rows, window, "id"));
    }
    return streams;
  }

  #prepared(): PageStatements {
    if (this.#statements) return this.#statements;
    const database = this.#database;
    const positions = (source: string, texts: boolean): Statement =>
      database.prepare(`SELECT started_at, seq, facet${texts ? `, ${TEXTS}` : ""} FROM requests ${source} ${ORDER}`);
    this.#statements = {
      byTime: positions(`INDEXED BY requests_by_time WHERE ?1 IS NULL AND ${WINDOW}`, false),
      byFacet: positions(`INDEXED BY requests_by_facet WHERE facet = ?1 AND ${WINDOW}`, false),
      byTexts: database.prepare(
        `SELECT started_at, seq, facet, ${TEXTS} FROM (
           SELECT started_at, seq, facet, ${TEXTS} FROM requests ${WITH_TEXTS} AND ${WINDOW} ${ORDER})
         WHERE facet IN (SELECT value FROM json_each(?1)) AND (?6 IS NULL OR error LIKE ?6 ESCAPE '!'
           OR open_model LIKE ?6 ESCAPE '!' OR open_upstream_model LIKE ?6 ESCAPE '!'
           OR open_user_agent LIKE ?6 ESCAPE '!')`,
      ),
      textsEnd: database.prepare(
        `SELECT started_at, seq FROM requests ${WITH_TEXTS} AND ?1 IS NULL AND ${WINDOW}
         ORDER BY started_at DESC, seq DESC LIMIT 1 OFFSET ?5`,
      ),
      bySession: positions(`INDEXED BY requests_by_session WHERE session_id = ?1 AND ${WINDOW}`, true),
      bySessionRange: database.prepare(
        `SELECT started_at, seq, facet, ${TEXTS} FROM requests INDEXED BY requests_by_session
         WHERE session_id >= ?1 AND session_id < ?2 LIMIT ?3`,
      ),
      entry: database.prepare(`SELECT ${ENTRY_COLUMNS.join(", ")} FROM requests WHERE seq = ?`),
    };
    return this.#statements;
  }
}

type StoredFind = ReturnType<typeof fromRow>;

interface Window {
  readonly fromMs: number;
  /** Exclusive. */
  readonly before: Position;
}

interface Walk {
  readonly found: Found[];
  /** The last position that was looked at, when there may be more behind it. */
  readonly stoppedAt: Position | undefined;
}

/** What a filter comes to. */
interface Plan {
  readonly matcher: LogMatcher;
  readonly facets: FacetTable;
  readonly verdicts: ReadonlyMap<number, FacetVerdict>;
  /** The session that is asked for is itself what the search says. */
  readonly sessionIsSearched: boolean;
  /** Facets all of whose rows are wanted. */
  readonly all: readonly Facet[];
  /** All rows. */
  readonly byTime: () => Stream;
  /** What else may hold wanted rows. */
  readonly others: () => Stream[];
}

function isWanted(plan: Plan, found: Found): boolean {
  if (found.kind === "checked") return true;
  if (found.kind === "gap") return false;
  const verdict = plan.verdicts.get(found.facet);
  if (found.kind === "facet") return verdict === "all";
  const facet = plan.facets.byNo(found.facet);
  if (facet === undefined || verdict === undefined) return false;
  const texts = found.texts ?? NO_TEXTS;
  if (found.kind === "texts") return verdict === "look" && plan.matcher.row(facet, texts);
  if (found.kind === "id" || plan.sessionIsSearched) return plan.matcher.passesWithoutSearch(facet, texts);
  return verdict === "all" || (verdict === "look" && plan.matcher.row(facet, texts));
}

/** Positions of one source, newest first, read in growing chunks. */
class Stream {
  readonly kind: StreamKind;
  protected rows: unknown[][] = [];
  protected isLast = false;
  readonly #statement: Statement | undefined;
  readonly #argument: string | number | null;
  readonly #window: Window;
  #chunk: number;
  #at = 0;

  constructor(
    statement: Statement | undefined,
    argument: string | number | null,
    window: Window,
    options: { readonly chunk: number; readonly kind: StreamKind },
  ) {
    this.#statement = statement;
    this.#argument = argument;
    this.#window = window;
    this.#chunk = options.chunk;
    this.kind = options.kind;
    if (statement) this.read(window.before);
  }

  /** Of rows at hand, in any order. */
  static of(rows: unknown[][], window: Window, kind: StreamKind): Stream {
    const stream = new Stream(undefined, null, window, { chunk: 0, kind });
    stream.isLast = true;
    stream.rows = rows
      .filter(([at, seq]) => Number(at) >= window.fromMs && isBefore(Number(at), Number(seq), window.before))
      .sort((a, b) => Number(b[0]) - Number(a[0]) || Number(b[1]) - Number(a[1]));
    return stream;
  }

  get at(): number {
    return (this.rows[this.#at]?.[0] as number | undefined) ?? -1;
  }

  get seq(): number {
    return (this.rows[this.#at]?.[1] as number | undefined) ?? -1;
  }

  get isEmpty(): boolean {
    return this.#at >= this.rows.length;
  }

  take(): Found {
    const row = this.rows[this.#at] as unknown[];
    this.#at += 1;
    const isGap = row.length === 2;
    const found = {
      at: row[0] as number,
      seq: row[1] as number,
      facet: row[2] as number,
      kind: isGap ? ("gap" as const) : this.kind,
    };
    if (this.isEmpty && !this.isLast) {
      this.#at = 0;
      this.read(found);
    }
    if (row.length <= 3) return { ...found, texts: undefined };
    const [error, openModel, openUpstreamModel, openUserAgent] = row.slice(3) as (string | null)[];
    return {
      ...found,
      texts: {
        error: error ?? null,
        openModel: openModel ?? null,
        openUpstreamModel: openUpstreamModel ?? null,
        openUserAgent: openUserAgent ?? null,
      },
    };
  }

  protected read(before: Position): void {
    const rows = this.#statement?.values(this.#argument, this.#window.fromMs, before.at, before.seq, this.#chunk) ?? [];
    this.rows = rows as unknown[][];
    this.isLast = this.rows.length < this.#chunk;
    this.#chunk = Math.min(this.#chunk * 2, LAST_CHUNK);
  }
}

/** Rows of some facets whose own texts may hold what is searched for. */
class TextStream extends Stream {
  readonly #statements: PageStatements;
  readonly #facets: string;
  readonly #pattern: string | null;
  readonly #fromMs: number;

  constructor(statements: PageStatements, facets: readonly number[], search: string | undefined, window: Window) {
    super(undefined, null, window, { chunk: 0, kind: "texts" });
    this.#statements = statements;
    this.#facets = JSON.stringify(facets);
    this.#pattern = search === undefined ? null : `%${search.replace(/[!%_]/g, "!$&")}%`;
    this.#fromMs = window.fromMs;
    this.read(window.before);
  }

  protected override read({ at, seq }: Position): void {
    const { byTexts, textsEnd } = this.#statements;
    this.rows = byTexts.values(this.#facets, this.#fromMs, at, seq, TEXT_CHUNK, this.#pattern) as unknown[][];
    const end = textsEnd.values(null, this.#fromMs, at, seq, TEXT_CHUNK - 1)[0] as unknown[] | undefined;
    this.isLast = end === undefined;
    if (end && this.rows[this.rows.length - 1]?.[1] !== end[1]) this.rows.push(end);
  }
}

function isBefore(at: number, seq: number, before: Position): boolean {
  return at < before.at || (at === before.at && seq < before.seq);
}

/** Streams as a heap with the newest position on top. */
class Merge {
  readonly #heap: Stream[] = [];

  add(stream: Stream): void {
    if (stream.isEmpty) return;
    const heap = this.#heap;
    let at = heap.push(stream) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isNewer(heap[at] as Stream, heap[parent] as Stream)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  take(): Found | undefined {
    const top = this.#heap[0];
    if (top === undefined) return undefined;
    const found = top.take();
    if (top.isEmpty) {
      const last = this.#heap.pop();
      if (this.#heap.length === 0 || last === undefined) return found;
      this.#heap[0] = last;
    }
    this.#sink();
    return found;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let newest = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isNewer(heap[child] as Stream, heap[newest] as Stream)) newest = child;
      }
      if (newest === at) return;
      this.#swap(at, newest);
      at = newest;
    }
  }

  #swap(a: number, b: number): void {
    const other = this.#heap[a] as Stream;
    this.#heap[a] = this.#heap[b] as Stream;
    this.#heap[b] = other;
  }
}

function isNewer(a: Stream, b: Stream): boolean {
  return a.at > b.at || (a.at === b.at && a.seq > b.seq);
}

/** `started_at` and `seq` of the last entry, base 36. */
function formatCursor({ at, seq }: Position): string {
  return `${at.toString(36)}-${seq.toString(36)}`;
}

function parseCursor(cursor: string | undefined): Position | undefined {
  const match = /^([0-9a-z]{1,11})-([0-9a-z]{1,11})$/.exec(cursor ?? "");
  if (!match) return undefined;
  const at = Number.parseInt(match[1] as string, 36);
  const seq = Number.parseInt(match[2] as string, 36);
  return Number.isSafeInteger(at) && Number.isSafeInteger(seq) ? { at, seq } : undefined;
}
