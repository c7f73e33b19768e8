// Routes below /v1 that the gateway only passes on: nothing runs twice, nothing is blamed or left behind wrongly.

import { expect, test } from "bun:test";
import { rawExchange } from "../support/raw-client.ts";
import { setStage } from "../support/stage.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const { faultServer, gatewayFor, simulator } = setStage();

/** An upstream that takes whole requests and closes, before a healthy one. */
async function gatewayBehindBroken() {
  const broken = faultServer(() => [{ recv: "headers" }, { fin: true }]);
  const healthy = simulator({ body: Buffer.from("{}") });
  const gateway = await gatewayFor([
    upstreamEntry("broken", "openai-chat", broken.url, { priority: 1 }),
    upstreamEntry("healthy", "openai-chat", healthy.url, { priority: 2 }),
  ]);
  return { broken, healthy, gateway };
}

test("what an upstream may have run already is not sent to another one", async () => {
  const { broken, healthy, gateway } = await gatewayBehindBroken();
  const answer = await fetch(`${gateway.url}/v1/files`, { method: "POST", body: "{}" });
  expect(answer.status).toBe(502);
  expect([broken.requestCount, healthy.requestCount]).toEqual([1, 0]);
});

test("what only reads goes on to another upstream", async () => {
  const { healthy, gateway } = await gatewayBehindBroken();
  const answer = await fetch(`${gateway.url}/v1/files`);
  expect([answer.status, healthy.requestCount]).toEqual([200, 1]);
});

test("what only reads goes on from an upstream that is silent for too long, nothing else does", async () => {
  const silent = simulator({ stallBeforeHeadMs: Number.POSITIVE_INFINITY });
  const healthy = simulator({ body: {} });
  const gateway = await gatewayFor([
    upstreamEntry("silent", "openai-chat", silent.url, { priority: 1, timeouts: { request_ms: 50 } }),
    upstreamEntry("healthy", "openai-chat", healthy.url, { priority: 2 }),
  ]);
  expect((await fetch(`${gateway.url}/v1/files`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/v1/files`, { method: "POST", body: "{}" })).status).toBe(504);
  expect([silent.requestCount, healthy.requestCount]).toEqual([2, 1]);
});

test("a content type that no header may have is left out, and nothing is left behind", async () => {
  const one = simulator({ body: Buffer.from("{}") });
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url, { max_inflight: 1 })]);
  const request = "POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-type: a\x7fb\r\ncontent-length: 2\r\n\r\n{}";
  for (let n = 0; n < 3; n++) {
    const answer = await rawExchange(gateway.app.port, request, { until: (text) => text.includes("\r\n\r\n") });
    expect(answer.text).toStartWith("HTTP/1.1 200");
    await gateway.record(n + 1);
  }
  expect(one.requests[0]?.headers["content-type"]).toBe("application/json");
});

test("while every upstream rests the client is told to come back, not that there is no such route", async () => {
  const broken = faultServer(() => [{ recv: "headers" }, { fin: true }]);
  const gateway = await gatewayFor([upstreamEntry("broken", "openai-chat", broken.url)], {
    breaker: { failure_threshold: 1 },
  });
  await fetch(`${gateway.url}/v1/files`);
  const answer = await fetch(`${gateway.url}/v1/files`);
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("clients that leave early use up no place of an upstream that has just recovered", async () => {
  const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
  const server = faultServer((connection) => {
    if (connection === 0) return [{ recv: "headers" }, { fin: true }];
    if (connection === 1 || connection > 5) return [{ recv: "headers" }, { write: ANSWER }, { fin: true }];
    return [{ recv: "headers" }, { stall: true }];
  });
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", server.url)], {
    breaker: { failure_threshold: 1, open_ms: 1 },
  });
  expect((await fetch(`${gateway.url}/v1/files`)).status).toBe(502);
  let probed = 503;
  while (probed === 503) probed = (await fetch(`${gateway.url}/v1/files`)).status;
  expect(probed).toBe(200);
  for (let n = 2; n <= 5; n++) {
    const leaving = new AbortController();
    const left = fetch(`${gateway.url}/v1/files`, { signal: leaving.signal }).catch(() => undefined);
    await until(`request ${n + 1} is there`, () => server.requestCount === n + 1);
    leaving.abort();
    await left;
    await until(`connection ${n} is closed`, () => server.connections[n]?.closedAt !== undefined);
  }
  expect((await fetch(`${gateway.url}/v1/files`)).status).toBe(200);
});

test("a refusal closes no breaker: it may be what the upstream rests for", async () => {
  const REFUSAL = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}";
  const server = faultServer((connection) => [
    { recv: "headers" },
    ...(connection === 0 ? [] : [{ write: REFUSAL }]),
    { fin: true },
  ]);
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", server.url)], {
    breaker: { failure_threshold: 1, open_ms: 1 },
  });
  let answered = 0;
  while (answered !== 500) answered = (await fetch(`${gateway.url}/v1/files`)).status;
  const told = await fetch(`${gateway.url}/admin/breakers`, { headers: { "x-admin-password": "admin" } });
  const { breakers } = (await told.json()) as { breakers: { state: string }[] };
  expect(breakers.map(({ state }) => state)).not.toContain("closed");
});

test("an answer under way is waited for when the gateway stops", async () => {
  const server = faultServer(() => [
    { recv: "headers" },
    { write: "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab" },
    { delay: 300 },
    { write: "cd" },
  ]);
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", server.url)]);
  const answer = await fetch(`${gateway.url}/v1/files/f/content`);
  const stopped = gateway.app.stop(5000);
  expect(await answer.text()).toBe("abcd");
  await stopped;
});
