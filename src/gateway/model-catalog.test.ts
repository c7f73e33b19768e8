import { describe, expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { DEFAULT_BREAKER } from "../config/defaults.ts";
import { parseConfig } from "../config/parse-config.ts";
import { PROTOCOLS } from "../protocols/registry.ts";
import { createBreakers } from "../resilience/breakers.ts";
import type { ExchangeHandlers, Transport, TransportRequest } from "../upstream/transport.ts";
import { createModelCatalog } from "./model-catalog.ts";

/** A transport whose answers the test gives, call by call. */
function scriptedTransport() {
  const calls: { request: TransportRequest; answer(status: number, body: unknown): void; fail(): void }[] = [];
  const transport: Transport = {
    send(request: TransportRequest, handlers: ExchangeHandlers) {
      let isOver = false;
      calls.push({
        request,
        answer(status, body) {
          if (isOver) return;
          handlers.onHead({ status, headers: new Map() });
          handlers.onData(Buffer.from(JSON.stringify(body)));
          handlers.onEnd();
        },
        fail: () =>
          handlers.onFailure({ code: "connect_refused", detail: "", requestSent: false, reusedConnection: false }),
      });
      return {
        pause: () => undefined,
        resume: () => undefined,
        progress: () => ({ unsentBytes: 0, headStarted: false }),
        abort: () => {
          isOver = true;
        },
      };
    },
    releaseIdle: () => undefined,
    close: () => undefined,
  };
  return { transport, calls };
}

function configOf(upstreams: readonly object[]): Config {
  const parsed = parseConfig(JSON.stringify({ upstreams }), { version: 1, env: {} });
  if (!("config" in parsed) || !parsed.config) throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

function setUp(upstreams: readonly object[], patienceMs = 20) {
  const { transport, calls } = scriptedTransport();
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const changes: string[] = [];
  const breakers = createBreakers(
    () => ({ ...DEFAULT_BREAKER, failureThreshold: 1 }),
    ({ id }) => changes.push(id),
  );
  const catalog = createModelCatalog({ transport, protocols: PROTOCOLS, breakers, clock }, patienceMs);
  const config = configOf(upstreams);
  return {
    catalog,
    calls,
    changes,
    breakers,
    config,
    list: async () => (await catalog.list(config)).map(({ id }) => id),
    find: async (id: string) => (await catalog.find(config, id))?.id,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

const upstream = (id: string, extra: object = {}) => ({
  id,
  base_url: `http://127.0.0.1:1/${id}`,
  api_format: "openai",
  keys: ["key-one"],
  ...extra,
});
const listOf = (...ids: string[]) => ({ data: ids.map((id) => ({ id })) });
const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the model catalog", () => {
  test("puts names of the maps first, then lists, in order of priority, each id once", async () => {
    const { calls, list } = setUp([
      upstream("second", { priority: 2, model_map: { shared: "x", "claude-*": "y", own: "z" } }),
      upstream("first", { priority: 1, model_map: { fast: "a", shared: "b" } }),
      upstream("off", { enabled: false, model_map: { hidden: "h" } }),
    ]);
    const listing = list();
    expect(calls.map(({ request }) => request.url.href)).toEqual([
      "http://127.0.0.1:1/first/models",
      "http://127.0.0.1:1/second/models",
    ]);
    expect(calls[0]?.request.headers["authorization"]).toBe("Bearer key-one");
    calls[1]?.answer(200, listOf("late", "fast", "m"));
    calls[0]?.answer(200, listOf("m", "early"));
    expect(await listing).toEqual(["fast", "shared", "own", "m", "early", "late"]);
  });

  test("keeps a list for five minutes and hands out the old one while it asks again", async () => {
    const { calls, list, pass } = setUp([upstream("a")]);
    const first = list();
    calls[0]?.answer(200, listOf("one"));
    expect(await first).toEqual(["one"]);
    pass(5 * 60_000 - 1);
    expect(await list()).toEqual(["one"]);
    expect(calls).toHaveLength(1);
    pass(1);
    expect(await list()).toEqual(["one"]);
    expect(calls).toHaveLength(2);
    calls[1]?.answer(200, listOf("two"));
    await tick();
    expect(await list()).toEqual(["two"]);
  });

  test("waits no longer than its caller wants to, and has the list that came too late the next time", async () => {
    const { catalog, calls, config } = setUp([upstream("a", { model_map: { alias: "x" } })], 60_000);
    const ids = async () => (await catalog.list(config, 5)).map(({ id }) => id);
    expect(await ids()).toEqual(["alias"]);
    calls[0]?.answer(200, listOf("late"));
    await tick();
    expect(await ids()).toEqual(["alias", "late"]);
    expect(calls).toHaveLength(1);
  });

  test("asks once for all who ask at the same time", async () => {
    const { calls, list } = setUp([upstream("a")]);
    const listings = [list(), list(), list()];
    calls[0]?.answer(200, listOf("one"));
    expect(await Promise.all(listings)).toEqual([["one"], ["one"], ["one"]]);
    expect(calls).toHaveLength(1);
  });

  for (const [name, answer] of [
    ["an error status", [500, { error: "no" }]],
    ["a body that is no list", [200, "<html>"]],
    ["a refused key", [401, {}]],
  ] as const) {
    test(`remembers ${name} for 30 s, keeps the maps, and blames no breaker`, async () => {
      const { calls, changes, breakers, list, pass } = setUp([upstream("a", { model_map: { alias: "x" } })]);
      const first = list();
      calls[0]?.answer(answer[0], answer[1]);
      expect(await first).toEqual(["alias"]);
      pass(29_999);
      expect(await list()).toEqual(["alias"]);
      expect(calls).toHaveLength(1);
      pass(1);
      void list();
      expect(calls).toHaveLength(2);
      expect(changes).toEqual([]);
      expect(breakers.rows(0)).toEqual([]);
    });
  }

  test("keeps the last list while the upstream is down", async () => {
    const { calls, list, pass } = setUp([upstream("a")]);
    const first = list();
    calls[0]?.answer(200, listOf("one"));
    await first;
    pass(5 * 60_000);
    await list();
    calls[1]?.fail();
    await tick();
    expect(await list()).toEqual(["one"]);
    expect(calls).toHaveLength(2);
  });

  test("does not wait longer than its patience, and has the late list next time", async () => {
    const { calls, list } = setUp([upstream("quick"), upstream("slow")]);
    const first = list();
    calls[0]?.answer(200, listOf("one"));
    expect(await first).toEqual(["one"]);
    calls[1]?.answer(200, listOf("two"));
    await tick();
    expect(await list()).toEqual(["one", "two"]);
  });

  test("a new configuration starts afresh", async () => {
    const { calls, catalog, list } = setUp([upstream("a")]);
    const first = list();
    calls[0]?.answer(200, listOf("one"));
    await first;
    const second = catalog.list(configOf([upstream("a")]));
    calls[1]?.answer(200, listOf("two"));
    expect((await second).map(({ id }) => id)).toEqual(["two"]);
    expect(await list()).toEqual(["one"]);
  });

  test("takes a key whose breaker is closed", async () => {
    const { breakers, calls, config, list } = setUp([upstream("a", { keys: ["key-bad", "key-good"] })]);
    const keyId = config.upstreams[0]?.keys[0]?.id ?? "";
    const decision = { retry: "next-upstream", breaker: "key", openAtOnceMs: 60_000, hintCapMs: 0 } as never;
    breakers.record({ upstreamId: "a", model: "m", keyId }, 0, 0, {
      type: "failure",
      code: "upstream-key-invalid",
      decision,
      retryAfterMs: undefined,
    });
    void list();
    expect(calls[0]?.request.headers["authorization"]).toBe("Bearer key-good");
    calls[0]?.fail();
  });

  describe("finding one model", () => {
    test("asks nobody for names and patterns of the maps", async () => {
      const { calls, find } = setUp([upstream("a", { model_map: { alias: "x", "claude-*": "y" } })]);
      expect(await find("alias")).toBe("alias");
      expect(await find("claude-anything")).toBe("claude-anything");
      expect(calls).toHaveLength(0);
    });

    test("looks into the lists for the rest, slashes and all", async () => {
      const { calls, find } = setUp([upstream("a")]);
      const finding = find("openai/gpt-5");
      calls[0]?.answer(200, listOf("openai/gpt-5"));
      expect(await finding).toBe("openai/gpt-5");
      expect(await find("openai/gpt-6")).toBeUndefined();
    });
  });
});
