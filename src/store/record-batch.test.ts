import { expect, test } from "bun:test";
import type { RequestRecord } from "../core/request-record.ts";
import { facetValues } from "./facets.ts";
import { type PackedBatch, packRecords, RecordBatch, unpackFacets } from "./record-batch.ts";
import { fullRecord, leastRecord } from "./request-log-contract.ts";

test("gives its records back as the log would, the newest first", () => {
  const batch = new RecordBatch();
  for (const record of [fullRecord("one"), leastRecord("two"), fullRecord("three")]) batch.add(record);
  expect(batch.newest(2)).toEqual([fullRecord("three"), leastRecord("two")]);
  expect(batch.newest(10).map((record) => record.id)).toEqual(["three", "two", "one"]);
  expect(batch.newest(0)).toEqual([]);
  expect(batch.find("one")).toEqual(fullRecord("one"));
  expect(batch.find("four")).toBeUndefined();
});

test("holds what records have in common once, and survives as JSON", () => {
  const packed = packRecords([fullRecord("one"), leastRecord("two"), fullRecord("three")]);
  expect(unpackFacets(packed)).toEqual([facetValues(fullRecord("one")), facetValues(leastRecord("two"))]);
  expect(packed.rowFacets).toEqual([0, 1, 0]);
  expect(JSON.parse(JSON.stringify(packed)) as PackedBatch).toEqual(packed);
});

test("takes one byte per character for ordinary requests, whatever letters their keys and models hold", () => {
  const odd = packRecords([fullRecord("one", { model: "größe 日本 😀", upstreamModel: "模型" })]);
  expect(JSON.stringify(packRecords([fullRecord("two")]))).toMatch(/^[\0-\xff]*$/);
  expect(unpackFacets(odd)[0]?.slice(3, 5)).toEqual(["größe 日本 😀", "模型"]);
});

test("is as before when it is given what is no record", () => {
  const batch = new RecordBatch();
  batch.add(leastRecord("one"));
  const before = JSON.stringify(batch.packed());
  expect(() => batch.add({ ...leastRecord("bad"), id: null } as unknown as RequestRecord)).toThrow(TypeError);
  expect(() => batch.add({ ...leastRecord("bad"), model: null } as unknown as RequestRecord)).toThrow(TypeError);
  expect(JSON.stringify(batch.packed())).toBe(before);
});

test("adds up what its requests have used, those that were answered apart", () => {
  const [first, second] = fullRecord("x").attempts;
  const failed = fullRecord("failed", { outcome: "upstream-timeout", attempts: first ? [first] : [] });
  const { usage } = packRecords([fullRecord("one"), fullRecord("two"), failed]);
  const sums = usage.map(({ upstreamId, isAnswered, sums: { requests, attempts, errors, outputTokens } }) => ({
    ...{ upstreamId, isAnswered, requests, attempts, errors, outputTokens },
  }));
  expect(sums).toEqual([
    {
      ...{ upstreamId: "upstream-b", isAnswered: true, requests: 2, attempts: 2, errors: 0 },
      outputTokens: 2 * (second?.usage?.outputTokens ?? 0),
    },
    { upstreamId: "upstream-a", isAnswered: true, requests: 0, attempts: 2, errors: 0, outputTokens: 2 },
    { upstreamId: "upstream-b", isAnswered: false, requests: 1, attempts: 0, errors: 1, outputTokens: 0 },
    { upstreamId: "upstream-a", isAnswered: false, requests: 0, attempts: 1, errors: 0, outputTokens: 1 },
  ]);
  expect(usage[0]?.sums.firstContent).toEqual([[67, 2]]);
});
