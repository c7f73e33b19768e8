import { expect, test } from "bun:test";
import { createCachingFetcher } from "./caching-fetcher.ts";
import type { MediaError, MediaFetcher, MediaRequest, MediaResult } from "./media-fetcher.ts";

const SIGNAL = new AbortController().signal;

function setUp(answer: (request: MediaRequest) => MediaResult, maxBytes?: number) {
  const asked: string[] = [];
  let nowMs = 0;
  const inner: MediaFetcher = {
    fetch: async (request) => {
      asked.push(request.url);
      return answer(request);
    },
  };
  const fetcher = createCachingFetcher(inner, { monotonicMs: () => nowMs, wallMs: () => 0 }, maxBytes);
  return {
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
    get: (url: string, over: Partial<MediaRequest> = {}) =>
      fetcher.fetch({ url, kind: "image", maxBytes: 1000, timeoutMs: 1000, ...over }, SIGNAL),
  };
}

function file(base64 = "AAAA"): MediaResult {
  return { ok: true, mediaType: "image/png", base64, bytes: (base64.length / 4) * 3 };
}

function failure(error: MediaError): MediaResult {
  return { ok: false, error };
}

test("a file is fetched once in sixty seconds", async () => {
  const { asked, get, pass } = setUp(() => file());
  expect(await get("a")).toEqual(file());
  pass(59_999);
  expect(await get("a")).toEqual(file());
  expect(asked).toEqual(["a"]);
  pass(1);
  await get("a");
  expect(asked).toEqual(["a", "a"]);
});

test("an image and a document of the same URL are two entries", async () => {
  const { asked, get } = setUp(({ kind }) => (kind === "image" ? file() : failure("wrong-type")));
  expect(await get("a")).toEqual(file());
  expect(await get("a", { kind: "document" })).toEqual(failure("wrong-type"));
  expect(asked).toEqual(["a", "a"]);
});

test("a failure is remembered for ten seconds, one that says nothing about the URL not at all", async () => {
  const { asked, get, pass } = setUp(({ url }) => failure(url as MediaError));
  await get("not-public");
  pass(9_999);
  await get("not-public");
  expect(asked).toEqual(["not-public"]);
  pass(1);
  await get("not-public");
  for (const url of ["aborted", "aborted", "busy", "busy"]) await get(url);
  expect(asked).toEqual(["not-public", "not-public", "aborted", "aborted", "busy", "busy"]);
});

test("the oldest files make room for new ones", async () => {
  const { asked, get } = setUp(() => file("A".repeat(4000)), 10_000);
  for (const url of ["a", "b", "c", "c", "b", "a"]) await get(url);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});

test("a file larger than the whole cache pushes nothing out", async () => {
  const { asked, get } = setUp(({ url }) => file("A".repeat(url === "big" ? 12_000 : 400)), 10_000);
  for (const url of ["a", "big", "a", "big"]) await get(url);
  expect(asked).toEqual(["a", "big", "big"]);
});

test("long URLs and failures count too, and there are never more than a thousand entries", async () => {
  const small = setUp(() => failure("redirect"), 10_000);
  const long = "x".repeat(6000);
  for (const url of [`${long}1`, `${long}2`, `${long}1`]) await small.get(url);
  expect(small.asked).toHaveLength(3);

  const many = setUp(() => failure("redirect"));
  for (let i = 0; i <= 1000; i++) await many.get(String(i));
  await many.get("1");
  expect(many.asked).toHaveLength(1001);
  await many.get("0");
  expect(many.asked).toHaveLength(1002);
});

test("a limit that was lowered since holds for remembered files", async () => {
  const { asked, get } = setUp(() => file("A".repeat(400)));
  await get("a");
  expect(await get("a", { maxBytes: 299 })).toEqual(failure("too-large"));
  expect(await get("a", { maxBytes: 300 })).toMatchObject({ ok: true });
  expect(asked).toHaveLength(1);
});
