// What an operator can decide about fail-over, and what holds for all requests together: rules, choices, breakers of one
// upstream, the retry budget, breakers over a restart.

import { describe, expect, test } from "bun:test";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../src/cli/compose.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { setStage } from "../support/stage.ts";
import { type ClientCall, clientCall, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

const { closeLater, gatewayFor, simulator } = setStage();

const CALL = clientCall("anthropic", { stream: false });

/** Upstreams and outcomes of the n-th request's attempts. */
async function attemptsOf(gateway: TestGateway, n: number): Promise<string[]> {
  return (await gateway.record(n)).attempts.map((attempt) => `${attempt.upstreamId} ${attempt.outcome}`);
}

describe("an operator's rules", () => {
  const paused: SimPlan = { status: 400, body: { error: { message: "This Channel is PAUSED for now" } } };

  test("send a refusal on to the next candidate and rest its key", async () => {
    const one = simulator(paused);
    const rules = [{ status: 400, contains: "channel is paused", action: "continue", cooldown_ms: 60_000 }];
    const gateway = await gatewayFor(
      [upstreamEntry("one", "anthropic", one.url, { priority: 1 }), upstreamEntry("two", "gemini", simulator().url)],
      { failover: { rules } },
    );
    for (let n = 0; n < 2; n++) expect((await send(gateway.url, CALL)).status).toBe(200);
    expect(await attemptsOf(gateway, 1)).toEqual(["one continued_by_rule", "two ok"]);
    expect(await attemptsOf(gateway, 2)).toEqual(["two ok"]);
  });

  test("rest nothing without a cooldown, and stop what would go on", async () => {
    const one = simulator({ status: 503, body: { error: { message: "maintenance until noon" } } });
    const two = simulator(paused);
    const rules = [
      { contains: "maintenance", action: "stop" },
      { status: 400, action: "continue" },
    ];
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", one.url, { priority: 2 }),
        upstreamEntry("two", "anthropic", two.url, { priority: 1 }),
        upstreamEntry("three", "anthropic", simulator().url),
      ],
      { failover: { rules } },
    );
    for (let n = 1; n <= 4; n++) {
      const answer = await send(gateway.url, CALL);
      expect([answer.status, answer.text.includes("maintenance until noon")]).toEqual([503, true]);
      expect(await attemptsOf(gateway, n)).toEqual(["two continued_by_rule", "one stopped_by_rule"]);
    }
  });
});

describe("choices about refused requests", () => {
  test("a prompt that is too long goes to upstreams with another model only", async () => {
    const [small, same, large] = [simulator({ error: "context_length" }), simulator(), simulator()];
    const gateway = await gatewayFor(
      [
        upstreamEntry("small", "anthropic", small.url, { priority: 1 }),
        upstreamEntry("same", "anthropic", same.url, { priority: 2 }),
        upstreamEntry("large", "anthropic", large.url, { priority: 3, model_map: { "*": "large-model" } }),
      ],
      { failover: { context_length: true } },
    );
    expect((await send(gateway.url, CALL)).status).toBe(200);
    expect([same.requestCount, large.requestCount]).toEqual([0, 1]);
  });

  test("a filtered request goes to the next upstream, and the refusal stays the truth if that fails too", async () => {
    const [one, two] = [
      simulator({ status: 400, body: { error: { code: "content_filter", message: "filtered" } } }),
      simulator(),
    ];
    const gateway = await gatewayFor(
      [upstreamEntry("one", "openai-chat", one.url, { priority: 1 }), upstreamEntry("two", "anthropic", two.url)],
      { failover: { content_filter: true } },
    );
    expect((await send(gateway.url, CALL)).status).toBe(200);
    two.setPlan({ status: 500 });
    expect((await send(gateway.url, CALL)).status).toBe(400);
  });
});

test("an upstream can have breaker rules of its own", async () => {
  const [one, two] = [simulator({ status: 500 }), simulator({ status: 500 })];
  const gateway = await gatewayFor(
    [
      upstreamEntry("one", "anthropic", one.url, { priority: 1, breaker: { failure_threshold: 1 } }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
      upstreamEntry("three", "anthropic", simulator().url, { priority: 3 }),
    ],
    { breaker: { failure_threshold: 2 } },
  );
  for (let n = 0; n < 4; n++) expect((await send(gateway.url, CALL)).status).toBe(200);
  expect([one.requestCount, two.requestCount]).toEqual([1, 2]);
});

test("a storm of failures is not multiplied: with the budget used up the first answer is the last", async () => {
  const down = [simulator({ status: 503 }), simulator({ status: 503 }), simulator({ status: 503 })];
  const keys = ["sk-storm-key-number-1", "sk-storm-key-number-2"];
  const gateway = await gatewayFor(
    down.map(({ url }, n) => upstreamEntry(`up-${n}`, "anthropic", url, { keys })),
    PATIENT,
  );
  const total = 1000;
  const startedMs = performance.now();
  for (let sent = 0; sent < total; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(gateway.url, CALL)));
    expect(answers.every((answer) => answer.status >= 500)).toBe(true);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const asked = down.reduce((sum, { requestCount }) => sum + requestCount, 0);
  // A hundred from the start, and what is under way at the end, not paid back yet.
  expect(asked).toBeLessThanOrEqual(1.2 * total + 10 * seconds + 100 + 20);
  expect(asked).toBeGreaterThan(1.1 * total);
  const stopped = gateway.records.filter((record) => record.stoppedBy === "budget_exhausted");
  expect(stopped.length).toBeGreaterThan(total / 2);
}, 30_000);

test("with the budget used up, every request still reaches the one upstream that is well", async () => {
  const [one, two, good] = [simulator({ empty: true }), simulator({ empty: true }), simulator()];
  const gateway = await gatewayFor(
    [one, two, good].map(({ url }, n) => upstreamEntry(`up-${n}`, "anthropic", url, { priority: n })),
    { ...PATIENT, failover: { retry_ratio: 0, retry_per_second: 0.1 } },
  );
  for (let sent = 0; sent < 200; sent += 10) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(gateway.url, CALL)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 10 }, () => 200));
  }
  // The second one is passed over once the budget is empty.
  expect(two.requestCount).toBeLessThan(60);
  expect(good.requestCount).toBe(200);
});

test("open breakers come back after a restart, for upstreams that are the same", async () => {
  const unpaid = simulator({ error: "quota" });
  const call: ClientCall = CALL;
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("unpaid", "anthropic", unpaid.url, { priority: 1 }),
      upstreamEntry("paid", "anthropic", simulator().url, { priority: 2 }),
    ],
  });
  await send(gateway.url, call);
  const kept = await mkdtemp(join(tmpdir(), "apirouter-restart-"));
  closeLater(() => rm(kept, { recursive: true, force: true }));
  await gateway.app.stop(0);
  await cp(gateway.dataDir, kept, { recursive: true });
  await gateway.stop();
  expect(await readFile(join(kept, "breakers.json"), "utf8")).not.toContain("sk-upstream");
  const lines: string[] = [];
  const again = await startApp({
    host: "127.0.0.1",
    port: 0,
    dataDir: kept,
    logFormat: "text",
    version: "test",
    env: {},
    writeLog: (line) => lines.push(line),
    isTerminal: false,
  });
  closeLater(() => again.stop(0));
  unpaid.clearRequests();
  expect((await send(again.url, call)).status).toBe(200);
  expect(unpaid.requests).toHaveLength(0);
  expect(lines.join("")).toContain("circuit breakers taken up from the last run");
});
