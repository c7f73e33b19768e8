// What the gateway does not let be done to it: circles, floods of one client, full upstreams, bodies that never end,
// clients that never read.

import { describe, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import { rawExchange, rawRequest } from "../support/raw-client.ts";
import { setStage } from "../support/stage.ts";
import { clientCall, errorOf, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const { gatewayFor, simulator } = setStage();

const CALL = clientCall("anthropic", { stream: false });
const SLOW: SimPlan = { stallBeforeHeadMs: 200 };

describe("a circle of gateways", () => {
  test("is refused when it has come round three times, and each upstream is told how far a request has come", async () => {
    const one = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)]);
    expect((await send(gateway.url, CALL)).status).toBe(200);
    expect((await send(gateway.url, CALL, { "x-apirouter-hop": "2" })).status).toBe(200);
    expect(one.requests.map((request) => request.headers["x-apirouter-hop"])).toEqual(["1", "3"]);
    const answer = await send(gateway.url, CALL, { "x-apirouter-hop": "3" });
    expect(answer.status).toBe(508);
    expect(answer.headers.get("x-should-retry")).toBe("false");
    expect(one.requestCount).toBe(2);
  });

  test("of one gateway with itself ends, with few requests", async () => {
    const placeholder = simulator();
    const gateway = await gatewayFor([upstreamEntry("self", "anthropic", placeholder.url)], PATIENT);
    const saved = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": "admin", "content-type": "application/json" },
      body: JSON.stringify({ upstreams: [upstreamEntry("self", "anthropic", gateway.url)] }),
    });
    expect(saved.status).toBe(200);
    expect(gateway.lines.join("")).toContain("upstream self leads back to this gateway");
    expect((await send(gateway.url, CALL)).status).toBe(508);
    expect(gateway.records).toHaveLength(4);
    const count = await send(gateway.url, { ...CALL, path: "/v1/messages/count_tokens" });
    expect(count.status).toBe(200);
    expect(gateway.records.length).toBeLessThan(8);
    expect((await fetch(`${gateway.url}/v1/models`)).status).toBe(200);
  });
});

describe("what may be under way at once", () => {
  test("a full upstream is passed over, and with nothing else left the client is told to come back", async () => {
    const one = simulator(SLOW);
    const two = simulator(SLOW);
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", one.url, { priority: 1, max_inflight: 2 }),
        upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
      ],
      { limits: { max_inflight_per_upstream: 1 } },
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(gateway.url, CALL)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 200, 200, 503, 503]);
    expect([one.requestCount, two.requestCount]).toEqual([2, 1]);
    const refused = answers.find((answer) => answer.status === 503);
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(errorOf("anthropic", refused?.text ?? "")?.message).toContain("as many requests under way");
    expect((await send(gateway.url, CALL)).status).toBe(200);
  });

  test("an agent waits for a place instead", async () => {
    const one = simulator(SLOW);
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url, { max_inflight: 1 })]);
    const agent = { "user-agent": "claude-cli/2.1" };
    const answers = await Promise.all(Array.from({ length: 3 }, () => send(gateway.url, CALL, agent)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  });

  test("a client gets no more than its share; others are not touched by it", async () => {
    const one = simulator(SLOW);
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)], {
      limits: { max_inflight_per_client: 2 },
      client_keys: [{ key: "sk-greedy" }, { key: "sk-modest" }],
    });
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => send(gateway.url, CALL, { "x-api-key": "sk-greedy" })),
      send(gateway.url, CALL, { "x-api-key": "sk-modest" }),
    ]);
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 200, 200, 429, 429]);
    expect(answers[4]?.status).toBe(200);
    expect(answers.find((answer) => answer.status === 429)?.headers.get("retry-after")).toBe("1");
    expect((await send(gateway.url, CALL, { "x-api-key": "sk-greedy" })).status).toBe(200);
  });
});

describe("clients that are too slow", () => {
  test("a body of unknown length that falls silent is given up", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", simulator().url)], {
      limits: { body_idle_ms: 1000 },
    });
    const head = 'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"mod\r\n';
    const answer = await rawExchange(gateway.app.port, head, { timeoutMs: 4000, until: (text) => text.includes("}") });
    expect(answer.text).toStartWith("HTTP/1.1 408");
  });

  test("a client that takes nothing is dropped, and its upstream call with it", async () => {
    const one = simulator({ answer: { text: "x".repeat(40_000_000), chunkSize: 100_000 } });
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)], { client_stall_ms: 1000 });
    const call = clientCall("anthropic", { stream: true });
    let isClosed = false;
    let isAsleep = true;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: gateway.app.port,
      socket: {
        open: (each) => void each.write(rawRequest(call.path, call.body)),
        data: (each) => (isAsleep ? void each.pause() : undefined),
        close: () => {
          isClosed = true;
        },
        error: () => undefined,
      },
    });
    const record = await gateway.record(1);
    expect(record.attempts[0]?.outcome).toBe("client_stall");
    expect(record.status).toBe(499);
    isAsleep = false;
    socket.resume();
    await until("the connection is closed", () => isClosed);
    await until("the upstream call is over", () => one.requests[0]?.closedEarly === true);
  });
});

test("a shutdown waits as long as it is set to, and tells who comes meanwhile to come back", async () => {
  const one = simulator({ stallBeforeHeadMs: Number.POSITIVE_INFINITY });
  const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)], { drain_ms: 300 });
  const running = send(gateway.url, CALL);
  await until("the upstream is asked", () => one.requestCount === 1);
  const startedMs = performance.now();
  const stopped = gateway.app.stop(gateway.app.config().drainMs);
  const late = await send(gateway.url, CALL);
  expect([late.status, late.headers.get("retry-after")]).toEqual([503, "2"]);
  expect((await running).status).toBe(503);
  await stopped;
  expect(performance.now() - startedMs).toBeWithin(250, 2000);
});
