import { describe, expect, test } from "bun:test";
import type { UpstreamConfig } from "../config/config.ts";
import type { UpstreamAnswer } from "./ask-upstream.ts";
import { CountSupport } from "./count-support.ts";

const UPSTREAM = { id: "a" } as UpstreamConfig;
const signal = new AbortController().signal;
const answered = (status: number): UpstreamAnswer => ({ type: "answer", status, body: {} });
const none: UpstreamAnswer = { type: "none" };

function setUp() {
  let nowMs = 0;
  const support = new CountSupport(() => nowMs);
  let calls = 0;
  return {
    support,
    calls: () => calls,
    ask: (answer: UpstreamAnswer | Promise<UpstreamAnswer>, upstream = UPSTREAM, from = signal) =>
      support.ask(upstream, from, () => {
        calls += 1;
        return Promise.resolve(answer);
      }),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

describe("CountSupport", () => {
  for (const status of [404, 405, 501]) {
    test(`leaves an upstream that answers ${status} alone for ten minutes`, async () => {
      const { support, ask, calls, pass } = setUp();
      await ask(answered(status));
      pass(10 * 60_000 - 1);
      expect(support.isUseless(UPSTREAM)).toBe(true);
      expect(await ask(answered(200))).toBeNull();
      pass(1);
      expect(await ask(answered(200))).toEqual(answered(200));
      expect(calls()).toBe(2);
    });
  }

  test("leaves a silent upstream alone for half a minute, unless the client left first", async () => {
    const { support, ask, pass } = setUp();
    const gone = new AbortController();
    gone.abort();
    await ask(none, UPSTREAM, gone.signal);
    expect(support.isUseless(UPSTREAM)).toBe(false);
    await ask(none);
    expect(support.isUseless(UPSTREAM)).toBe(true);
    pass(30_000);
    expect(support.isUseless(UPSTREAM)).toBe(false);
  });

  for (const status of [200, 400, 401, 429, 500]) {
    test(`goes on asking an upstream that answers ${status}`, async () => {
      const { support, ask } = setUp();
      await ask(answered(status));
      expect(support.isUseless(UPSTREAM)).toBe(false);
    });
  }

  test("a burst costs an upstream without the endpoint one call", async () => {
    const { ask, calls } = setUp();
    const results = await Promise.all(Array.from({ length: 50 }, () => ask(answered(404))));
    expect(calls()).toBe(1);
    expect(results.filter((result) => result === null)).toHaveLength(49);
  });

  test("a burst is let through once the first call was answered", async () => {
    const { ask, calls } = setUp();
    const results = await Promise.all(Array.from({ length: 50 }, () => ask(answered(200))));
    expect(calls()).toBe(50);
    expect(results.every((result) => result?.type === "answer")).toBe(true);
  });

  test("upstreams are known one by one", async () => {
    const { support, ask } = setUp();
    await ask(answered(404));
    expect(support.isUseless({ id: "a" } as UpstreamConfig)).toBe(false);
  });

  test("lets a call that may be the first one itself, come round, not wait for it", async () => {
    const { support } = setUp();
    const ask = (call: () => Promise<UpstreamAnswer | null>, hasHops: boolean) =>
      support.ask(UPSTREAM, signal, async () => (await call()) ?? none, hasHops);
    expect(await ask(() => ask(async () => answered(508), true), false)).toEqual(answered(508));
  });
});
