// Routes that are passed on unread count like any request: within the limits on what may be under way, on their client
// key's account, in the list of what runs, and with a row in the log.

import { describe, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import type { FaultScript } from "../support/fault-server.ts";
import type { TestGateway } from "../support/gateway.ts";
import { setStage } from "../support/stage.ts";
import { clientCall, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const stage = setStage();
const { simulator } = stage;

const faulty = (steps: ReturnType<FaultScript>) => stage.faultServer(() => steps);
const gatewayFor = (upstreams: readonly object[], config: object = {}) =>
  stage.gatewayFor(upstreams, { ...PATIENT, ...config });

const EMBEDDED: SimPlan = {
  body: {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: Array.from({ length: 3000 }, () => 0.125) }],
    model: "text-embedding-3-small",
    usage: { prompt_tokens: 1200, total_tokens: 1200 },
  },
};
const SLOW: SimPlan = { ...EMBEDDED, stallBeforeHeadMs: 200 };
const NEVER: SimPlan = { stallBeforeHeadMs: Number.POSITIVE_INFINITY };
const ADMIN = { "x-admin-password": "admin" };

interface Embedding {
  readonly headers?: Record<string, string>;
  readonly path?: string;
  readonly signal?: AbortSignal;
}

function embed({ url }: TestGateway, { headers = {}, path = "/v1/embeddings", signal }: Embedding = {}) {
  return fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "text-embedding-3-small", input: "hello" }),
    ...(signal && { signal }),
  });
}

const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).toSorted();

describe("the log", () => {
  test("tells who answered an embedding, what it used and what that cost", async () => {
    const one = simulator(EMBEDDED);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)], {
      prices: [{ model: "text-embedding-3-small", input: 0.02, output: 0 }],
    });
    const answer = await embed(gateway, { headers: { "user-agent": "probe/1" } });
    expect(answer.status).toBe(200);
    const bytes = (await answer.arrayBuffer()).byteLength;
    const record = await gateway.record(1);
    expect(record).toMatchObject({
      id: answer.headers.get("x-request-id") as string,
      method: "POST",
      path: "/v1/embeddings",
      model: "text-embedding-3-small",
      stream: false,
      status: 200,
      outcome: "ok",
      upstreamId: "one",
      userAgent: "probe/1",
      usage: { inputTokens: 1200 },
    });
    expect(record.costUsd).toBeCloseTo(0.000024, 10);
    expect(record.attempts).toHaveLength(1);
    expect(record.attempts[0]).toMatchObject({
      status: 200,
      outcome: "ok",
      lane: "pass-through",
      answerBytes: bytes,
      requestBytes: 50,
      url: `${one.url}/v1/embeddings`,
    });
    await gateway.app.flush();
    const list = await fetch(`${gateway.url}/admin/api/logs`, { headers: ADMIN });
    const { rows } = (await list.json()) as { rows: { path: string; usage: { input_tokens: number } }[] };
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ path: "/v1/embeddings", usage: { input_tokens: 1200 } });
  });

  test("tells of an answer that broke off, of a client that left, and of a refusal with the upstream's words", async () => {
    const broken = faulty([
      { recv: "body" },
      { write: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc" },
      { fin: true },
    ]);
    const cut = await gatewayFor([upstreamEntry("one", "openai-chat", broken.url)]);
    const half = await embed(cut, { path: "/v1/audio/speech" });
    expect(await half.text().catch(() => "broken")).toBe("broken");
    expect(await cut.record(1)).toMatchObject({ status: 200, outcome: "upstream-truncated", upstreamId: "one" });
    expect(cut.records[0]?.attempts[0]).toMatchObject({ outcome: "truncated", answerBytes: 3, mayHaveBilled: true });

    const silent = simulator(NEVER);
    const left = await gatewayFor([upstreamEntry("one", "openai-chat", silent.url)]);
    const leaving = new AbortController();
    const gone = embed(left, { signal: leaving.signal }).catch(() => undefined);
    await until("the request is there", () => silent.requestCount === 1);
    leaving.abort();
    await gone;
    expect(await left.record(1)).toMatchObject({ status: 499, outcome: "client_closed" });
    await until("the upstream call is over", () => silent.requests[0]?.closedEarly === true);

    const strict = simulator({
      status: 400,
      body: { error: { message: "input is empty", type: "invalid_request_error" } },
    });
    const refused = await gatewayFor([upstreamEntry("one", "openai-chat", strict.url)]);
    const answer = await embed(refused);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("input is empty")]);
    expect(await refused.record(1)).toMatchObject({
      status: 400,
      outcome: "upstream-request-rejected",
      error: "input is empty",
    });
  });

  test("prices nothing that asks no model, and says so where a price is not known", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", simulator({ body: {} }).url)]);
    await (await fetch(`${gateway.url}/v1/files`)).text();
    await (await fetch(`${gateway.url}/v1/files/f`, { method: "DELETE" })).text();
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", new Blob(["x".repeat(100_000)]));
    await (await fetch(`${gateway.url}/v1/files`, { method: "POST", body: form })).text();
    await (await embed(gateway)).text();
    form.set("model", "whisper-1");
    await (await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: "POST", body: form })).text();
    await gateway.record(5);
    expect(gateway.records.map(({ model, costUsd }) => [model, costUsd])).toEqual([
      ["", 0],
      ["", 0],
      ["", 0],
      ["text-embedding-3-small", null],
      ["whisper-1", null],
    ]);
  });

  test("has a row for answers without a body", async () => {
    const server = faulty([{ recv: "headers" }, { write: "HTTP/1.1 204 No Content\r\n\r\n" }, { fin: true }]);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", server.url)]);
    const deleted = await fetch(`${gateway.url}/v1/files/f`, { method: "DELETE" });
    expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
    expect((await fetch(`${gateway.url}/v1/files`, { method: "HEAD" })).status).toBe(204);
    expect((await gateway.record(2)).outcome).toBe("ok");
  });
});

describe("what may be under way at once", () => {
  test("in all: the next request is told to come back, whichever route it takes", async () => {
    const one = simulator(SLOW);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)], { limits: { max_inflight: 2 } });
    const first = [embed(gateway), embed(gateway, { path: "/v1/rerank" })];
    await until("two are under way", () => one.requestCount === 2);
    const more = [await embed(gateway), await send(gateway.url, clientCall("openai-chat", { stream: false }))];
    expect(statuses(more)).toEqual([503, 503]);
    expect(statuses(await Promise.all(first))).toEqual([200, 200]);
    await gateway.record(4);
    expect((await embed(gateway)).status).toBe(200);
  });

  test("per upstream: a full one is passed over, and with nothing else left the client is told to come back", async () => {
    const [one, two] = [simulator(SLOW), simulator(SLOW)];
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "openai-chat", one.url, { priority: 1, max_inflight: 2 }),
        upstreamEntry("two", "openai-responses", two.url, { priority: 2 }),
      ],
      { limits: { max_inflight_per_upstream: 1 } },
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => embed(gateway)));
    expect(statuses(answers)).toEqual([200, 200, 200, 503, 503]);
    expect([one.requestCount, two.requestCount]).toEqual([2, 1]);
    expect(answers.find(({ status }) => status === 503)?.headers.get("retry-after")).toBe("1");
    await gateway.record(5);
    expect((await embed(gateway)).status).toBe(200);
  });

  test("per client", async () => {
    const one = simulator(SLOW);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)], {
      limits: { max_inflight_per_client: 2 },
      client_keys: [{ key: "sk-greedy" }, { key: "sk-modest" }],
    });
    const by = (key: string) => embed(gateway, { headers: { authorization: `Bearer ${key}` } });
    const answers = [by("sk-greedy"), by("sk-greedy")];
    await until("two are under way", () => one.requestCount === 2);
    expect((await by("sk-greedy")).status).toBe(429);
    expect((await by("sk-modest")).status).toBe(200);
    expect(statuses(await Promise.all(answers))).toEqual([200, 200]);
    await gateway.record(4);
    expect((await by("sk-greedy")).status).toBe(200);
  });
});

describe("a client key", () => {
  const keyed = (limits: object) => ({
    access_control_enabled: true,
    client_keys: [{ key: "sk-limited", limits }],
    prices: [{ model: "text-embedding-3-small", input: 1, output: 0 }],
  });
  const headers = { authorization: "Bearer sk-limited" };

  test("pays for its embeddings from its budget, in tokens and in dollars", async () => {
    for (const budget of [
      { period: "day", tokens: 2000 },
      { period: "day", usd: 0.002 },
    ]) {
      const one = simulator(EMBEDDED);
      const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)], keyed({ budget }));
      for (let n = 1; n <= 2; n++) {
        expect((await embed(gateway, { headers })).status).toBe(200);
        await gateway.record(n);
      }
      const refused = await embed(gateway, { headers });
      expect([refused.status, one.requestCount]).toEqual([429, 2]);
      expect(await refused.text()).toContain("budget for today is used up");
    }
  });

  test("is held to its tokens per minute, estimated until the answer tells", async () => {
    const one = simulator(EMBEDDED);
    const gateway = await gatewayFor(
      [upstreamEntry("one", "openai-chat", one.url)],
      keyed({ tokens_per_minute: 1000 }),
    );
    const first = await embed(gateway, { headers });
    expect([first.status, first.headers.get("x-ratelimit-remaining-tokens")]).toEqual([200, "987"]);
    await gateway.record(1);
    expect((await embed(gateway, { headers })).status).toBe(429);
  });
});

test("what runs is listed, and can be ended by the administrator", async () => {
  const one = simulator(NEVER);
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)]);
  const answer = embed(gateway);
  await until("the request is under way", () => one.requestCount === 1);
  const live = await fetch(`${gateway.url}/admin/api/live`, { headers: ADMIN });
  const reader = (live.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const event = JSON.parse(/data: (.+)/.exec(Buffer.from(value as Uint8Array).toString())?.[1] as string);
  const { running } = event as { running: { id: string; model: string; upstream_id: string }[] };
  expect(running).toMatchObject([{ model: "text-embedding-3-small", upstream_id: "one", phase: "waiting" }]);
  const ended = await fetch(`${gateway.url}/admin/api/live/requests/${running[0]?.id}`, {
    method: "DELETE",
    headers: ADMIN,
  });
  expect(ended.status).toBe(200);
  expect((await answer).status).toBe(503);
  expect(await gateway.record(1)).toMatchObject({ status: 503, outcome: "gateway-interrupted" });
});

test("the client's own time limit is kept", async () => {
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", simulator(NEVER).url)]);
  const answer = await embed(gateway, { headers: { "x-stainless-timeout": "1" } });
  expect(answer.status).toBe(504);
  expect((await gateway.record(1)).outcome).toBe("gateway-deadline");
});

test("a large answer goes by without being held, and a client that takes nothing of it is dropped", async () => {
  const PIECE = "x".repeat(1_000_000);
  const server = faulty([
    { recv: "headers" },
    { write: `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 80000000\r\n\r\n${PIECE}` },
    ...Array.from({ length: 79 }, () => ({ write: PIECE })),
    { stall: true } as const,
  ]);
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", server.url)], { client_stall_ms: 1000 });
  let isAsleep = true;
  let taken = 0;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: gateway.app.port,
    socket: {
      open: (each) => void each.write("GET /v1/files/f/content HTTP/1.1\r\nhost: localhost\r\n\r\n"),
      data(each, bytes) {
        taken += bytes.length;
        if (isAsleep) each.pause();
      },
      error: () => undefined,
    },
  });
  const record = await gateway.record(1);
  expect(record.attempts[0]).toMatchObject({ outcome: "client_stall", upstreamId: "one" });
  expect([record.status, taken > 0]).toEqual([499, true]);
  expect(record.attempts[0]?.answerBytes).toBeLessThan(40_000_000);
  isAsleep = false;
  socket.end();
});

describe("a refusal for our key's sake", () => {
  const REFUSAL: SimPlan = { status: 401, body: { error: { message: "Incorrect API key provided: sk-upstream-one" } } };
  const LIMIT: SimPlan = { status: 429, body: { error: { message: "slow down" } }, headers: { "retry-after": "7" } };

  test("of a model's embedding goes on to the next upstream, since nothing has been done", async () => {
    for (const plan of [REFUSAL, LIMIT]) {
      const [one, two] = [simulator(plan), simulator(EMBEDDED)];
      const gateway = await gatewayFor([
        upstreamEntry("one", "openai-chat", one.url, { priority: 1 }),
        upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
      ]);
      expect((await embed(gateway)).status).toBe(200);
      expect([one.requestCount, two.requestCount]).toEqual([1, 1]);
      const { attempts } = await gateway.record(1);
      expect(attempts.map(({ upstreamId }) => upstreamId)).toEqual(["one", "two"]);
    }
  });

  test("is not told as the client's own, and never with the key", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", simulator(REFUSAL).url)]);
    for (const answer of [await embed(gateway), await fetch(`${gateway.url}/v1/files`)]) {
      expect([answer.status, answer.headers.get("x-apirouter-upstream-status")]).toEqual([502, "401"]);
      expect(await answer.text()).not.toContain("sk-upstream-one");
    }
    const limited = await gatewayFor([upstreamEntry("one", "openai-chat", simulator(LIMIT).url)]);
    const answer = await embed(limited);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
  });

  test("with a status that HTTP does not know is the upstream's failure", async () => {
    const odd = faulty([{ recv: "body" }, { write: "HTTP/1.1 999 No\r\ncontent-length: 2\r\n\r\n{}" }, { fin: true }]);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", odd.url)]);
    const answer = await embed(gateway);
    expect([answer.status, answer.headers.get("x-apirouter-upstream-status")]).toEqual([502, "999"]);
    expect(await gateway.record(1)).toMatchObject({ status: 502, outcome: "upstream-server-error" });
  });

  test("that never ends is told by its beginning", async () => {
    const PIECE = `<p>${"x".repeat(1_000_000)}`;
    const endless = faulty([
      { recv: "body" },
      { write: `HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n\r\n${PIECE}` },
      { write: PIECE },
      { stall: true },
    ]);
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", endless.url)]);
    const answer = await embed(gateway);
    expect([answer.status, await answer.text()]).toEqual([404, (PIECE + PIECE).slice(0, 1024 * 1024)]);
    await gateway.record(1);
    await until("the upstream call is over", () => endless.connections[0]?.closedAt !== undefined);
  });

  test("takes the key out of other refusals as well", async () => {
    const told = simulator({ status: 422, body: { error: { message: "no rights for sk-upstream-one" } } });
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", told.url)]);
    const answer = await embed(gateway);
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("no rights for ***")]);
  });
});
