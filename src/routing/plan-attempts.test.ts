import { describe, expect, test } from "bun:test";
import { parseConfig } from "../config/parse-config.ts";
import { AttemptQueue, planAttempts } from "./plan-attempts.ts";

function configOf(upstreams: unknown[]) {
  const result = parseConfig(JSON.stringify({ upstreams }), { version: 1, env: {} });
  if (!("config" in result) || !result.config) throw new Error(JSON.stringify(result));
  return result.config;
}

const upstream = (id: string, extra: object = {}) => ({
  id,
  base_url: `http://127.0.0.1:1/${id}`,
  api_format: "anthropic",
  keys: ["key-one"],
  ...extra,
});
const names = (candidates: readonly { upstream: { id: string }; key: { secret: { reveal(): string } } | null }[]) =>
  candidates.map((candidate) => `${candidate.upstream.id}/${candidate.key?.secret.reveal() ?? "-"}`);

describe("planAttempts", () => {
  test("orders by priority, ties as in the file, keys in order, without disabled upstreams", () => {
    const config = configOf([
      upstream("late", { priority: 5 }),
      upstream("first", { priority: 1, keys: ["k1", "k2"] }),
      upstream("off", { priority: 0, enabled: false }),
      upstream("tie", { priority: 1, keys: [] }),
      upstream("unset"),
    ]);
    expect(names(planAttempts(config, "m"))).toEqual([
      "first/k1",
      "first/k2",
      "tie/-",
      "late/key-one",
      "unset/key-one",
    ]);
  });

  test("maps the model per upstream", () => {
    const config = configOf([upstream("a", { model_map: { m: "mapped" } }), upstream("b")]);
    expect(planAttempts(config, "m").map((candidate) => candidate.model)).toEqual(["mapped", "m"]);
  });

  test("can be held to one upstream, even a disabled one", () => {
    const config = configOf([upstream("a"), upstream("b", { enabled: false })]);
    expect(names(planAttempts(config, "m", { onlyUpstreamId: "b" }))).toEqual(["b/key-one"]);
  });
});

describe("AttemptQueue", () => {
  const plan = () =>
    planAttempts(configOf([upstream("a", { keys: ["1", "2", "3"] }), upstream("b", { keys: ["4"] })]), "m");
  const drain = (queue: AttemptQueue) => {
    const taken = [];
    for (let next = queue.take(() => true); next; next = queue.take(() => true)) taken.push(next);
    return names(taken);
  };

  test("knows whether one more key of an upstream may still go first", () => {
    const queue = new AttemptQueue(plan());
    const all = () => true;
    queue.take(all);
    expect(queue.hasOneMoreKey("a", all)).toBe(true);
    expect(queue.hasOneMoreKey("a", ({ upstream: { id } }) => id !== "a")).toBe(false);
    queue.deferUpstreamAfterOneMoreKey("a");
    expect(queue.hasOneMoreKey("a", all)).toBe(false);
    queue.take(({ upstream: { id } }) => id === "b");
    expect(queue.hasOneMoreKey("b", all)).toBe(false);
  });

  test("moves an upstream's other keys to the end, without losing one", () => {
    const queue = new AttemptQueue(plan());
    queue.take(() => true);
    queue.deferUpstream("a");
    expect(drain(queue)).toEqual(["b/4", "a/2", "a/3"]);
  });

  test("gives one more key a chance before it moves the rest", () => {
    const queue = new AttemptQueue(plan());
    queue.take(() => true);
    queue.deferUpstreamAfterOneMoreKey("a");
    expect(names([queue.take(() => true) as never])).toEqual(["a/2"]);
    queue.deferUpstreamAfterOneMoreKey("a");
    expect(drain(queue)).toEqual(["b/4", "a/3"]);
  });

  test("leaves candidates that are not allowed in their places", () => {
    const queue = new AttemptQueue(plan());
    expect(names([queue.take((candidate) => candidate.upstream.id === "b") as never])).toEqual(["b/4"]);
    expect(drain(queue)).toEqual(["a/1", "a/2", "a/3"]);
  });
});
