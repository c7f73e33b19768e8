import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawExchange, rawRequest, splitAnswer } from "../../test/support/raw-client.ts";
import { planByKey, planByMarker, planQueue } from "./script.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(simulator.url + path, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("the ledger", () => {
  test("holds method, path, headers, exact body, model, key and hash", async () => {
    simulator.clearRequests();
    simulator.setPlan({});
    const body = '{ "model":"m-1",  "stream": false, "text":"ü" }';
    await fetch(`${simulator.url}/base/v1/messages?beta=true`, {
      method: "POST",
      headers: { "X-Api-Key": "k1" },
      body,
    });
    const request = simulator.requests[0];
    expect(request).toMatchObject({
      method: "POST",
      path: "/base/v1/messages?beta=true",
      status: 200,
      closedEarly: false,
      key: "k1",
      model: "m-1",
    });
    expect(request?.text).toBe(body);
    expect(request?.json).toEqual(JSON.parse(body));
    expect(request?.sha256()).toBe(new Bun.CryptoHasher("sha256").update(body).digest("hex"));
    expect(request?.route).toMatchObject({ protocol: "anthropic", operation: "generate" });
    expect(request?.finishedAt).toBeNumber();
  });

  test("keeps the newest requests only, and counts all", async () => {
    const small = startSimulator({ keepRequests: 3 });
    for (let i = 0; i < 8; i++) await fetch(`${small.url}/v1/messages`, { method: "POST", body: `{"model":"m${i}"}` });
    expect(small.requests.map((request) => request.model)).toEqual(["m5", "m6", "m7"]);
    expect(small.requestCount).toBe(8);
    small.stop();
  });

  test("bodies stay intact however many requests share a connection", async () => {
    simulator.clearRequests();
    const bodies = Array.from({ length: 50 }, (_, i) =>
      JSON.stringify({ model: "m", text: `${i}`.repeat(100 + i * 37) }),
    );
    const text = bodies.map((body) => rawRequest("/v1/messages", body)).join("");
    await rawExchange(simulator.port, text, { until: (got) => got.split("HTTP/1.1 200").length - 1 === 50 });
    expect(simulator.requests.map((request) => request.text)).toEqual(bodies);
    expect(new Set(simulator.requests.map((request) => request.connection)).size).toBe(1);
  });
});

describe("HTTP", () => {
  test("pipelined requests are answered in order on one connection", async () => {
    simulator.setPlan((request) => ({ body: request.model, stallBeforeHeadMs: request.model === "first" ? 30 : 0 }));
    const text =
      rawRequest("/v1/messages", { model: "first" }) +
      rawRequest("/v1/messages", { model: "second" }, ["connection: close"]);
    const answer = await rawExchange(simulator.port, text);
    expect(answer.text.indexOf("first")).toBeLessThan(answer.text.indexOf("second"));
    expect(answer.ended).toBe("fin");
  });

  test("a chunked request body arrives whole, cut anywhere", async () => {
    simulator.setPlan({});
    for (const step of [1, 7, 1000]) {
      simulator.clearRequests();
      const head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
      const wire = Buffer.from(`${head}9\r\n{"model":\r\n6;ext=1\r\n"müm"\r\n1\r\n}\r\n0\r\ntrailer: x\r\n\r\n`);
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: simulator.port,
        socket: { data: () => undefined },
      });
      for (let at = 0; at < wire.length; at += step) {
        socket.write(wire.subarray(at, at + step));
        await new Promise((resolve) => setImmediate(resolve));
      }
      while (simulator.requests.length === 0) await Bun.sleep(1);
      expect(simulator.requests[0]?.text).toBe('{"model":"müm"}');
      socket.terminate();
    }
  });

  test("a 40 MB body arrives whole; a larger one than allowed gets 413", async () => {
    simulator.clearRequests();
    simulator.setPlan({});
    const body = Buffer.alloc(40_000_000, "a");
    const response = await fetch(`${simulator.url}/v1/messages`, { method: "POST", body });
    expect(response.status).toBe(200);
    expect(simulator.requests[0]?.body.equals(body)).toBe(true);
    const small = startSimulator({ maxBodyBytes: 10 });
    const refused = await rawExchange(small.port, rawRequest("/v1/messages", "x".repeat(11)));
    expect(splitAnswer(refused).status).toBe(413);
    small.stop();
  });

  test("no HTTP at all gets 400", async () => {
    const answer = await rawExchange(simulator.port, "x".repeat(70_000));
    expect(splitAnswer(answer).status).toBe(400);
  });

  test("expect: 100-continue is answered before the body", async () => {
    simulator.setPlan({});
    const head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n";
    const answer = await rawExchange(simulator.port, head, { until: (text) => text.includes("\r\n\r\n") });
    expect(answer.text).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  });

  test("an answer larger than the socket's buffer arrives whole", async () => {
    simulator.setPlan({ body: "z".repeat(20_000_000) });
    const response = await post("/v1/messages", {});
    expect((await response.text()).length).toBe(20_000_000);
  });

  test("a client that leaves a stream is noted at once", async () => {
    simulator.clearRequests();
    simulator.setPlan({ answer: { text: ["a", "b", "c"] }, eventDelayMs: 30 });
    const abort = new AbortController();
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      body: '{"stream":true}',
      signal: abort.signal,
    });
    await response.body?.getReader().read();
    abort.abort();
    await Bun.sleep(50);
    expect(simulator.requests[0]).toMatchObject({ closedEarly: true, finishedAt: undefined });
  });

  test("connections are counted and can be dropped", async () => {
    const own = startSimulator({ plan: { answer: { text: "a" }, stallAfterEvents: 1 } });
    const waiting = rawExchange(own.port, rawRequest("/v1/messages", { stream: true }));
    while (own.requests.length === 0) await Bun.sleep(1);
    expect(own.openConnections).toBe(1);
    own.dropConnections();
    expect((await waiting).ended).toBe("rst");
    expect(own.openConnections).toBe(0);
    expect(own.connectionCount).toBe(1);
    own.stop();
    own.stop();
  });

  test("unknown paths and models get 404", async () => {
    simulator.setPlan({});
    expect((await post("/v1/nothing", {})).status).toBe(404);
    expect((await fetch(`${simulator.url}/v1/models/none`)).status).toBe(404);
    expect((await fetch(simulator.url)).status).toBe(200);
  });
});

describe("choosing plans", () => {
  async function statuses(count: number, body: unknown = {}, headers: Record<string, string> = {}): Promise<number[]> {
    const list = [];
    for (let i = 0; i < count; i++) list.push((await post("/v1/messages", body, headers)).status);
    return list;
  }

  test("a queue gives one plan per request and then its last", async () => {
    simulator.setPlan(planQueue([{ status: 500 }, { error: "overloaded" }, {}]));
    expect(await statuses(4)).toEqual([500, 529, 200, 200]);
  });

  test("model lists do not consume a queue", async () => {
    simulator.setPlan(planQueue([{ status: 500 }, {}]));
    expect((await fetch(`${simulator.url}/v1/models`)).status).toBe(200);
    expect(await statuses(2)).toEqual([500, 200]);
  });

  test("a marker in the body or a key chooses the plan", async () => {
    simulator.setPlan(planByMarker({ POISON: { status: 500 } }, planByKey({ bad: { status: 401 } }, {})));
    expect(await statuses(1, { text: "a POISON b" })).toEqual([500]);
    expect(await statuses(1, {}, { authorization: "Bearer bad" })).toEqual([401]);
    expect(await statuses(1, {}, { "x-goog-api-key": "good" })).toEqual([200]);
  });
});
