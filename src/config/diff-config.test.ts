import { describe, expect, test } from "bun:test";
import { diffConfig, summarizeDiff } from "./diff-config.ts";

const UPSTREAM = {
  id: "a",
  base_url: "https://a.example",
  keys: ["sk-first-0123456789abcdef"],
  timeouts: { idle_ms: 5 },
};

describe("diffConfig", () => {
  test("finds nothing between equal documents", () => {
    expect(diffConfig({ upstreams: [UPSTREAM], x: 1 }, { upstreams: [{ ...UPSTREAM }], x: 1 })).toEqual([]);
  });

  test("names settings by path, also in sections", () => {
    expect(diffConfig({ breaker: { open_ms: 1 }, debug_mode: true }, { breaker: { open_ms: 2 }, limits: {} })).toEqual([
      { path: "breaker.open_ms", before: 1, after: 2 },
      { path: "debug_mode", before: true, after: undefined },
      { path: "limits", before: undefined, after: {} },
    ]);
  });

  test("names upstreams by id, wherever they stand", () => {
    const before = { upstreams: [UPSTREAM, { id: "gone" }] };
    const after = { upstreams: [{ id: "new one" }, { ...UPSTREAM, timeouts: { idle_ms: 6 } }] };
    expect(diffConfig(before, after)).toEqual([
      { path: "upstreams.gone", before: { id: "gone" }, after: undefined },
      { path: 'upstreams["new one"]', before: undefined, after: { id: "new one" } },
      { path: "upstreams.a.timeouts.idle_ms", before: 5, after: 6 },
    ]);
  });

  test("tells another order of the same upstreams", () => {
    const [a, b] = [{ id: "a" }, { id: "b" }];
    expect(diffConfig({ upstreams: [a, b] }, { upstreams: [b, a] })).toEqual([
      { path: "upstreams", before: ["a", "b"], after: ["b", "a"] },
    ]);
  });

  test("masks secrets, and says so where they look alike", () => {
    const change = (keys: string[]) => diffConfig({ upstreams: [UPSTREAM] }, { upstreams: [{ ...UPSTREAM, keys }] })[0];
    expect(change(["sk-other-0123456789abcdef"])).toEqual({
      path: "upstreams.a.keys",
      before: ["sk-first…cdef"],
      after: ["sk-other…cdef"],
    });
    expect(change(["sk-first-XXXXXXXXXXXXcdef"])).toMatchObject({
      before: ["sk-first…cdef"],
      after: "(another value)",
    });
    expect(diffConfig({ admin_password_hash: "a" }, { admin_password_hash: "b" })).toEqual([
      { path: "admin_password_hash", before: "***", after: "(another value)" },
    ]);
  });

  test("names client keys by their label, also those in clear", () => {
    const entry = { hash: "ab".repeat(32), label: "sk-abcde…wxyz", enabled: true };
    expect(diffConfig({ client_keys: [entry] }, { client_keys: [{ ...entry, enabled: false }] })).toEqual([
      { path: 'client_keys["sk-abcde…wxyz"].enabled', before: true, after: false },
    ]);
    const text = JSON.stringify(diffConfig({}, { client_keys: [{ key: "sk-clear-0123456789abcdef" }] }));
    expect(text).toContain("sk-clear…cdef");
    expect(text).not.toContain("0123456789");
  });
});

describe("summarizeDiff", () => {
  test("has one line per upstream and says what became of it", () => {
    const before = { upstreams: [UPSTREAM, { id: "gone" }], debug_mode: false };
    const after = { upstreams: [{ ...UPSTREAM, base_url: "x", keys: [] }, { id: "a b" }], debug_mode: true };
    expect(summarizeDiff(diffConfig(before, after))).toEqual([
      "upstreams.gone: removed",
      "upstreams.a: changed",
      'upstreams["a b"]: added',
      "debug_mode: changed",
    ]);
  });

  test("has 20 lines at most", () => {
    const upstreams = Array.from({ length: 30 }, (_, index) => ({ id: `u${index}` }));
    const lines = summarizeDiff(diffConfig({ upstreams: [] }, { upstreams }));
    expect(lines).toHaveLength(20);
    expect(lines[19]).toBe("11 more");
  });
});
