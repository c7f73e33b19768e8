// How each request log answers filters, as tests beside request-log-contract.ts.

import { describe, expect, test } from "bun:test";
import type { RequestRecord } from "../core/request-record.ts";
import type { LogFilter, RequestLog } from "./request-log.ts";
import { fullRecord, leastRecord } from "./request-log-contract.ts";

const BASE_MS = 1_790_000_000_000;

/** Records that differ in what can be asked for, a second apart, oldest first. */
export function variedRecords(): RequestRecord[] {
  const ok = (id: string, at: number, changes: Partial<RequestRecord> = {}): RequestRecord =>
    fullRecord(id, { startedAt: BASE_MS + at * 1000, error: undefined, ...changes });
  const [first, last] = fullRecord("x").attempts;
  const single = [last as NonNullable<typeof last>];
  return [
    ok("plain", 1, { attempts: single }),
    ok("retried", 2, { attempts: [first as NonNullable<typeof first>, ...single] }),
    ok("other-model", 3, { attempts: single, model: "gemini-3-pro", upstreamModel: "models/gemini-3-pro" }),
    ok("failed", 4, { attempts: single, status: 502, outcome: "upstream-timeout", error: "100% of it_was lost" }),
    ok("left", 5, { attempts: single, status: 499, outcome: "client_closed" }),
    ok("keyed", 6, { attempts: single, clientKeyLabel: "sk-other…key", clientKeyId: "00ff", keyMasked: "sk-b…b" }),
    ok("session", 7, { attempts: single, sessionId: "conversation-7", userAgent: "codex_cli_rs/0.60" }),
    { ...leastRecord("nothing"), startedAt: BASE_MS + 8000 },
  ];
}

const FILTERS: readonly { name: string; filter: LogFilter; expected: readonly string[] }[] = [
  {
    name: "nothing",
    filter: {},
    expected: ["nothing", "session", "keyed", "left", "failed", "other-model", "retried", "plain"],
  },
  { name: "an upstream that any attempt went to", filter: { upstreamId: "upstream-a" }, expected: ["retried"] },
  { name: "a model that was asked for", filter: { model: "GEMINI-3-pro" }, expected: ["other-model"] },
  { name: "a model that was sent", filter: { model: "models/*" }, expected: ["other-model"] },
  { name: "a part of a model", filter: { model: "*mini*" }, expected: ["other-model"] },
  { name: "a model without a star as a whole", filter: { model: "gemini" }, expected: [] },
  {
    name: "good ends",
    filter: { status: "ok" },
    expected: ["session", "keyed", "other-model", "retried", "plain"],
  },
  { name: "errors", filter: { status: "error" }, expected: ["nothing", "failed"] },
  { name: "a class of status", filter: { status: "5xx" }, expected: ["nothing", "failed"] },
  { name: "one status", filter: { status: "499" }, expected: ["left"] },
  { name: "a status that is none", filter: { status: "%" }, expected: [] },
  { name: "an outcome", filter: { outcome: "upstream-timeout" }, expected: ["failed"] },
  { name: "a client key by label", filter: { clientKeys: ["sk-other…key"] }, expected: ["keyed"] },
  { name: "a client key by id", filter: { clientKeys: ["00ff", "none"] }, expected: ["keyed"] },
  { name: "an upstream's key", filter: { keyMasked: "sk-b…b" }, expected: ["keyed"] },
  { name: "a session", filter: { sessionId: "conversation-7" }, expected: ["session"] },
  { name: "retries", filter: { isRetried: true }, expected: ["retried"] },
  {
    name: "a time",
    filter: { fromMs: BASE_MS + 3000, toMs: BASE_MS + 5000 },
    expected: ["failed", "other-model"],
  },
  { name: "a search in models", filter: { search: "Gemini" }, expected: ["other-model"] },
  { name: "a search in user agents", filter: { search: "CODEX" }, expected: ["session"] },
  { name: "a search in errors", filter: { search: "was LOST" }, expected: ["failed"] },
  { name: "a search in outcomes", filter: { search: "no-upstream" }, expected: ["nothing"] },
  { name: "the beginning of a session", filter: { search: "conversation" }, expected: ["session"] },
  { name: "wildcards as plain characters", filter: { search: "%_%" }, expected: [] },
  { name: "a per cent sign as itself", filter: { search: "100% of it_" }, expected: ["failed"] },
  { name: "an exclamation mark as itself", filter: { search: "!" }, expected: [] },
  { name: "a search and an outcome", filter: { search: "lost", outcome: "ok" }, expected: [] },
  { name: "a search and a status", filter: { search: "lost", status: "5xx" }, expected: ["failed"] },
  {
    name: "a search within its session",
    filter: { search: "conver", sessionId: "conversation-7" },
    expected: ["session"],
  },
  {
    name: "a search within another session",
    filter: { search: "lost", sessionId: "0b7c4c1e" },
    expected: ["failed"],
  },
];

/** Registers the tests of pages; `open` gives a new, empty log and the test closes it. */
export function describeLogPages(name: string, open: () => RequestLog): void {
  describe(`${name} as a log to look through`, () => {
    async function withRecords(
      records: readonly RequestRecord[],
      use: (log: RequestLog) => Promise<void>,
    ): Promise<void> {
      const log = open();
      try {
        for (const record of records) log.append(record);
        await use(log);
      } finally {
        await log.close();
      }
    }

    for (const { name: what, filter, expected } of FILTERS) {
      test(`finds by ${what}`, () =>
        withRecords(variedRecords(), async (log) => {
          const page = await log.page(filter, { limit: 50 });
          expect(page.entries.map((entry) => entry.id)).toEqual([...expected]);
          expect(page.nextCursor).toBeNull();
        }));
    }

    test("gives page after page without a gap or a repeat, also where many came at once", () =>
      withRecords(
        Array.from({ length: 95 }, (_, index) =>
          fullRecord(`r${String(index).padStart(2, "0")}`, {
            startedAt: BASE_MS + Math.floor(index / 30),
            outcome: index % 5 === 0 ? "upstream-timeout" : "ok",
          }),
        ),
        async (log) => {
          for (const filter of [{}, { status: "ok" }, { search: "really" }, { sessionId: "0b7c4c1e" }]) {
            const seen: string[] = [];
            let cursor: string | undefined;
            do {
              const page = await log.page(filter, { limit: 10, cursor });
              seen.push(...page.entries.map((entry) => entry.id));
              expect(page.entries.length).toBeLessThanOrEqual(10);
              cursor = page.nextCursor ?? undefined;
            } while (cursor !== undefined);
            const whole = await log.page(filter, { limit: 1000 });
            expect(seen).toEqual(whole.entries.map((entry) => entry.id));
            expect(new Set(seen).size).toBe(seen.length);
          }
        },
      ));

    test("shows entries with their counts, and finds the whole record by its id", () =>
      withRecords(variedRecords(), async (log) => {
        const [entry] = (await log.page({ isRetried: true }, { limit: 1 })).entries;
        expect(entry).toMatchObject({ id: "retried", attemptCount: 2, lossCount: 1, model: "claude-opus-4-6" });
        const wanted = variedRecords().find((record) => record.id === "retried");
        expect(await log.find("retried")).toEqual(wanted);
        expect(await log.find("absent")).toBeUndefined();
        expect(await log.count()).toBe(8);
      }));

    test("takes a cursor that makes no sense for none", () =>
      withRecords(variedRecords(), async (log) => {
        expect((await log.page({}, { limit: 3, cursor: "' OR 1=1" })).entries).toHaveLength(3);
      }));
  });
}
