// Pages against a plain look at every record: the same answer for any filter, few facets or many, open ones too.

import type { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "../core/request-record.ts";
import { createGlob } from "../lib/glob.ts";
import { createPooledRandom } from "../lib/random.ts";
import { timedId } from "../lib/timed-id.ts";
import { FacetTable, facetValues } from "./facets.ts";
import { LogReader } from "./log-page.ts";
import type { LogFilter } from "./request-log.ts";
import { fullRecord } from "./request-log-contract.ts";
import { openDatabase } from "./request-log-database.ts";
import { COLUMNS, type RowValue, storedRow, toRow } from "./request-row.ts";

const BASE_MS = 1_790_000_000_000;
const ROWS = 2400;
const MODELS = ["claude-opus", "gpt-5", "gemini-pro", "odd%name_"];
const UPSTREAMS = ["a", "b", "c"];
const OUTCOMES = ["ok", "ok", "ok", "upstream-timeout", "client_closed"];

const cleanups: (() => void)[] = [];
afterAll(() => {
  for (const cleanup of cleanups) cleanup();
});

/** Varied and repeatable: each property changes with another stride. */
function makeRecords(): RequestRecord[] {
  const random = createPooledRandom((bytes) => bytes.fill(11));
  return Array.from({ length: ROWS }, (_, index) => {
    const at = <T>(list: readonly T[], stride: number): T => list[Math.floor(index / stride) % list.length] as T;
    const outcome = at(OUTCOMES, 3);
    const startedAt = BASE_MS + Math.floor(index / 4) * 1000;
    const [first, second] = fullRecord("x").attempts;
    const last = { ...(second ?? first), upstreamId: at(UPSTREAMS, 5) } as NonNullable<typeof first>;
    return fullRecord(`req_${timedId(random, startedAt)}${index}`, {
      startedAt,
      model: at(MODELS, 7),
      upstreamModel: at(MODELS, 11),
      outcome,
      status: outcome === "ok" ? 200 : 502,
      error: outcome === "ok" ? undefined : `broke at step ${index % 50}`,
      upstreamId: at(UPSTREAMS, 5),
      sessionId: `session-${index % 97}`,
      userAgent: `agent/${index % 13}`,
      clientKeyLabel: `sk-${index % 17}`,
      keyMasked: `k-${index % 3}`,
      attempts: index % 10 === 0 && first ? [first, last] : [last],
    });
  });
}

function matches(record: RequestRecord, filter: LogFilter): boolean {
  const glob = filter.model === undefined ? () => true : createGlob(filter.model);
  const search = filter.search?.toLowerCase();
  const texts = [record.model, record.upstreamModel, record.userAgent, record.outcome, record.error];
  const isFound =
    search === undefined ||
    texts.some((text) => text?.toLowerCase().includes(search)) ||
    (search.length >= 6 && record.sessionId?.startsWith(search) === true);
  const status = { ok: record.outcome === "ok", error: record.outcome === "upstream-timeout" }[filter.status ?? ""];
  return (
    isFound &&
    (filter.status === undefined || (status ?? String(record.status) === filter.status)) &&
    (glob(record.model) || glob(record.upstreamModel ?? "")) &&
    record.startedAt >= (filter.fromMs ?? 0) &&
    record.startedAt < (filter.toMs ?? Number.POSITIVE_INFINITY) &&
    (filter.upstreamId === undefined || record.attempts.some((attempt) => attempt.upstreamId === filter.upstreamId)) &&
    (filter.outcome === undefined || record.outcome === filter.outcome) &&
    (filter.keyMasked === undefined || record.keyMasked === filter.keyMasked) &&
    (filter.sessionId === undefined || record.sessionId === filter.sessionId) &&
    (filter.isRetried === undefined || record.attempts.length > 1 === filter.isRetried) &&
    (filter.clientKeys === undefined || filter.clientKeys.includes(record.clientKeyLabel ?? ""))
  );
}

const PARTS: readonly LogFilter[] = [
  { upstreamId: "b" },
  { model: "gpt*" },
  { model: "odd%name_" },
  { status: "ok" },
  { status: "error" },
  { status: "502" },
  { outcome: "client_closed" },
  { clientKeys: ["sk-3", "sk-4"] },
  { keyMasked: "k-1" },
  { sessionId: "session-5" },
  { isRetried: true },
  { search: "agent/1" },
  { search: "step 7" },
  { search: "GEMINI" },
  { search: "%" },
  { search: "session-5" },
  { search: "nothing like it" },
  { fromMs: BASE_MS + 100_000, toMs: BASE_MS + 600_000 },
];

function open(records: readonly RequestRecord[], maxFacets: number): { database: Database; facets: FacetTable } {
  const dir = mkdtempSync(join(tmpdir(), "apirouter-pages-"));
  const { database } = openDatabase(dir, BASE_MS);
  const facets = new FacetTable(database, maxFacets);
  const insert = database.prepare(
    `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
  );
  database.transaction(() => {
    for (const record of records) {
      const values = facetValues(record);
      insert.run(...(storedRow(facets.of(values), values, toRow(record)) as [RowValue]));
    }
  })();
  cleanups.push(() => {
    database.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { database, facets };
}

const RECORDS = makeRecords();
const NEWEST_FIRST = RECORDS.map((record, index) => ({ record, index }))
  .sort((a, b) => b.record.startedAt - a.record.startedAt || b.index - a.index)
  .map(({ record }) => record);

for (const maxFacets of [20_000, 40]) {
  describe(`pages with at most ${maxFacets} facets`, () => {
    const { database, facets } = open(RECORDS, maxFacets);
    // A clock that stands still: nothing is cut short.
    const reader = new LogReader(database, () => 0);

    test("have the facets that this is about", () => {
      expect([...facets.all()].some((facet) => facet.isOpen)).toBe(maxFacets === 40);
      expect(facets.size).toBeGreaterThan(maxFacets === 40 ? 39 : 500);
    });

    test("hold what a look at every record finds, for each filter and each pair", () => {
      for (const first of PARTS)
        for (const second of PARTS) {
          const filter = { ...first, ...second };
          const expected = NEWEST_FIRST.filter((record) => matches(record, filter)).map((record) => record.id);
          const page = reader.page(facets, filter, 1000, undefined);
          expect([filter, page.entries.map((entry) => entry.id)]).toEqual([filter, expected.slice(0, 1000)]);
          expect(page.nextCursor === null).toBe(expected.length <= 1000);
        }
    });

    test("are cut short by the clock and go on where they were", () => {
      let now = 0;
      const hurried = new LogReader(database, () => {
        now += 40;
        return now;
      });
      for (const filter of [
        {},
        { search: "step 7" },
        { status: "ok", search: "nothing like it" },
        { isRetried: true },
      ]) {
        const expected = NEWEST_FIRST.filter((record) => matches(record, filter)).map((record) => record.id);
        const seen: string[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = hurried.page(facets, filter, 200, cursor);
          seen.push(...page.entries.map((entry) => entry.id));
          if (page.nextCursor === null) break;
          expect(page.nextCursor).not.toBe(cursor ?? "");
          cursor = page.nextCursor;
        }
        expect([filter, seen]).toEqual([filter, expected]);
      }
    });

    test("find a record by its id", () => {
      const wanted = RECORDS[1234] as RequestRecord;
      expect(reader.find(facets, wanted.id)).toEqual(wanted);
      expect(reader.find(facets, "req_0000000nobody")).toBeUndefined();
    });
  });
}
