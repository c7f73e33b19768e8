// What the gateway does for a coding agent before it lets its request fail: walks again, probes what rests, waits for
// another request's probe, and names a time to come back that fits.

import { afterEach, describe, expect, test } from "bun:test";
import type { SimAnswer } from "../../src/simulator/answer.ts";
import { type PlanSource, planQueue, type SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { seeded } from "../chaos/support/seeded.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { answerCalls, clientCall, PROTOCOLS, send, streamViolations, TOOL_NAME } from "./support/client-calls.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function simulator(plan: PlanSource): Simulator {
  const started = startSimulator({ plan });
  closers.push(() => started.stop());
  return started;
}

async function gatewayFor(plans: readonly PlanSource[], config: object = {}): Promise<[TestGateway, Simulator[]]> {
  const simulators = plans.map(simulator);
  const upstreams = simulators.map(({ url }, n) => upstreamEntry(`up-${n}`, "anthropic", url, { priority: n }));
  const gateway = await startGateway({ upstreams, config });
  closers.push(() => gateway.stop());
  return [gateway, simulators];
}

const AGENT = { "user-agent": "claude-cli/2.1.197 (external, cli)" };
const CALL = clientCall("anthropic", { stream: true });
const WHOLE = clientCall("anthropic", { stream: false });
const LIMITED: SimPlan = { error: "rate", headers: { "retry-after": "20" } };

describe("an agent's request", () => {
  test("walks through all candidates again when every one has failed in passing; other clients are told", async () => {
    const [gateway] = await gatewayFor([planQueue([{ status: 500 }, {}]), { status: 502 }]);
    expect((await send(gateway.url, CALL, AGENT)).status).toBe(200);
    const record = await gateway.record(1);
    expect(record.attempts.map((attempt) => attempt.upstreamId)).toEqual(["up-0", "up-1", "up-0"]);
    const [other] = await gatewayFor([planQueue([{ status: 500 }, {}]), { status: 502 }]);
    expect((await send(other.url, CALL)).status).toBe(502);
  });

  test("does not come back to a key that was refused, nor after an answer about the request itself", async () => {
    const [gateway, [first, second]] = await gatewayFor([{ error: "quota" }, { status: 500 }]);
    expect((await send(gateway.url, CALL, AGENT)).status).toBeGreaterThanOrEqual(429);
    expect([first?.requestCount, second?.requestCount]).toEqual([1, 3]);
    const [strict] = await gatewayFor([{ error: "invalid" }, {}]);
    expect((await send(strict.url, CALL, AGENT)).status).toBe(400);
    expect((await strict.record(1)).attempts).toHaveLength(1);
  });

  test("can be held to one walk", async () => {
    const [gateway, [only]] = await gatewayFor([{ status: 500 }], { failover: { agent_rounds: 1 } });
    expect((await send(gateway.url, CALL, AGENT)).status).toBe(500);
    expect(only?.requestCount).toBe(1);
  });

  test("tries upstreams whose breakers are open, one after the other, before it fails", async () => {
    const [gateway, [first, second]] = await gatewayFor([{ status: 500 }, { status: 500 }], {
      failover: { agent_rounds: 1 },
    });
    for (let n = 0; n < 3; n++) await send(gateway.url, WHOLE);
    second?.setPlan({});
    first?.clearRequests();
    expect((await send(gateway.url, CALL, AGENT)).status).toBe(200);
    expect((await gateway.record(4)).attempts.map((attempt) => attempt.upstreamId)).toEqual(["up-0", "up-1"]);
  });

  test("asks a key that rests for its limit when nothing else is left, and is told the truth if that was in vain", async () => {
    const [gateway, [first]] = await gatewayFor([LIMITED]);
    await send(gateway.url, WHOLE);
    const told = await send(gateway.url, CALL, AGENT);
    expect(told.status).toBe(429);
    expect(Number(told.headers.get("retry-after"))).toBeWithin(15, 21);
    first?.setPlan({});
    expect((await send(gateway.url, CALL, AGENT)).status).toBe(200);
  });

  test("waits for the probe of another request instead of failing beside it", async () => {
    const [gateway, [only]] = await gatewayFor([{ status: 500 }]);
    for (let n = 0; n < 3; n++) await send(gateway.url, WHOLE);
    only?.setPlan({ stallBeforeHeadMs: 300 });
    const probing = send(gateway.url, WHOLE);
    await until("the probe is under way", () => only?.requestCount === 4);
    const [agent, other] = await Promise.all([send(gateway.url, CALL, AGENT), send(gateway.url, WHOLE)]);
    expect([(await probing).status, agent.status, other.status]).toEqual([200, 200, 503]);
  });

  test("is told to come back soon while upstreams fail now and then, and when they may be back otherwise", async () => {
    const down: SimPlan = { status: 500 };
    const [gateway, [only]] = await gatewayFor([{}], {
      failover: { agent_rounds: 1 },
      breaker: { failure_threshold: 1 },
    });
    await send(gateway.url, WHOLE);
    only?.setPlan(down);
    expect((await send(gateway.url, CALL, AGENT)).headers.get("retry-after")).toBe("1");
    expect(Number((await send(gateway.url, WHOLE)).headers.get("retry-after"))).toBeGreaterThan(50);
    const [dead] = await gatewayFor([down], { failover: { agent_rounds: 1 }, breaker: { failure_threshold: 1 } });
    expect(Number((await send(dead.url, CALL, AGENT)).headers.get("retry-after"))).toBeGreaterThan(50);
  });
});

test("forty of a hundred calls fail over four upstreams: hardly a turn is lost, and nothing waits for a breaker", async () => {
  const random = seeded(20_261_128);
  const answer: SimAnswer = {
    thinking: "Hm.",
    text: "Let me look.",
    toolCalls: [{ name: TOOL_NAME, arguments: { city: "Bern" } }],
    chunkSize: 8,
  };
  const faults: readonly SimPlan[] = [
    { error: "rate" },
    { error: "overloaded" },
    { status: 500 },
    { html: true },
    { cutBeforeHead: "rst" },
    { answer, cutAfterEvents: { at: "in-text", how: "rst" } },
    { empty: true },
    { errorEventAt: { at: 0, kind: "overloaded" } },
    { answer, errorEventAt: { at: "after-start", kind: "api_error" } },
    { answer, errorEventAt: { at: "in-tool", kind: "overloaded" } },
    { garbage: "\x00\x01 no HTTP at all\r\n\r\n" },
  ];
  const plan = (): SimPlan => (random.next() < 0.4 ? random.pick(faults) : { answer });
  const upstreams = PROTOCOLS.map((protocol, n) =>
    upstreamEntry(`up-${n}`, protocol, simulator(plan).url, { priority: n }),
  );
  const gateway = await startGateway({ upstreams });
  closers.push(() => gateway.stop());
  let lost = 0;
  for (let turn = 0; turn < 200; turn++) {
    const sent = await send(gateway.url, CALL, AGENT);
    const calls = sent.status === 200 ? answerCalls(CALL, sent.text) : [];
    if (calls.length === 0) lost += 1;
    else {
      expect(calls).toHaveLength(1);
      expect(streamViolations("anthropic", sent.text).filter(({ rule }) => rule !== "no-usage")).toEqual([]);
    }
  }
  expect(lost).toBeLessThanOrEqual(1);
  const durations = gateway.records.map((record) => record.durationMs).toSorted((a, b) => a - b);
  expect(durations[Math.floor(durations.length * 0.9)]).toBeLessThan(500);
}, 60_000);
