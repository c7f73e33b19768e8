// Live events, breakers and ending a running request through the admin API of a real gateway.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type LiveEvent, liveEvent } from "../../../src/admin/contract/live.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, callAdmin, fetchAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const one = startSimulator();
const two = startSimulator();
let gateway: TestGateway;
const openStreams: LiveStream[] = [];

beforeAll(async () => {
  const entry = (id: string, url: string) => ({
    id,
    base_url: `${url}/v1`,
    api_format: "anthropic",
    keys: [`sk-${id}`],
  });
  gateway = await startGateway({
    upstreams: [entry("one", one.url), entry("two", two.url)],
    config: { ...ADMIN_CONFIG, breaker: { failure_threshold: 1 } },
  });
});
afterEach(() => {
  for (const stream of openStreams.splice(0)) stream.close();
  one.setPlan({});
  two.setPlan({});
});
afterAll(async () => {
  await gateway.stop();
  one.stop();
  two.stop();
});

const call = (target: string, options = {}) => callAdmin(gateway.url, target, options);

/** Reads a live stream and checks each event against the contract. */
class LiveStream {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<LiveEvent>;

  constructor() {
    this.#events = this.#read();
    openStreams.push(this);
  }

  async *#read(): AsyncGenerator<LiveEvent> {
    const response = await fetch(`${gateway.url}/admin/api/live`, {
      headers: { "x-admin-password": "admin" },
      signal: this.#abort.signal,
    });
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end < 0) break;
        const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (name === undefined) continue;
        const event = liveEvent.parse(JSON.parse(data));
        expect(event.type).toBe(name as LiveEvent["type"]);
        yield event;
      }
    }
  }

  /** The next event of a type that is accepted; others are passed over. */
  async next<Type extends LiveEvent["type"]>(
    type: Type,
    accepts: (event: Extract<LiveEvent, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<LiveEvent, { type: Type }>> {
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done) throw new Error(`the stream ended before a ${type} event`);
      const event = value as Extract<LiveEvent, { type: Type }>;
      if (event.type === type && accepts(event)) return event;
    }
  }

  close(): void {
    this.#abort.abort();
    this.#events.return(undefined).catch(() => undefined); // what it was reading is aborted
  }
}

function ask(stream = true, protocol: "messages" | "chat/completions" = "messages"): Promise<Response> {
  return fetch(`${gateway.url}/v1/${protocol}`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "live-test/1.0" },
    body: JSON.stringify({
      model: "claude-sonnet-4-5",
      stream,
      max_tokens: 100,
      messages: [{ role: "user", content: "hi" }],
    }),
  });
}

describe("the live stream", () => {
  test("begins with how things stand, then tells of a request's course and its end", async () => {
    const stream = new LiveStream();
    const { running, version } = await stream.next("snapshot");
    expect(running).toEqual([]);
    expect(version).toBe((await call("GET /settings")).body.version);

    one.setPlan({ answer: { text: "slow words here" }, eventDelayMs: 400 });
    const answer = await ask();
    const { request } = await stream.next("request", (event) => event.request.phase === "answering");
    expect(request).toMatchObject({
      protocol: "anthropic",
      model: "claude-sonnet-4-5",
      stream: true,
      user_agent: "live-test/1.0",
      attempt: 1,
      upstream_id: "one",
    });
    await answer.text();
    const end = await stream.next("request-end");
    expect(end.id).toBe(request.id);
    expect(end.row).toMatchObject({ outcome: "ok", upstream_id: "one", attempt_count: 1, status: 200 });
  });

  test("tells of a breaker that opens, and of one that is closed by hand", async () => {
    const stream = new LiveStream();
    await stream.next("snapshot");
    one.setPlan({ status: 500 });
    expect((await ask(false)).status).toBe(200);
    const { breaker } = await stream.next("breaker");
    expect(breaker).toMatchObject({ scope: "upstream", id: "one", upstream_id: "one", subject: null, state: "open" });
    const end = await stream.next("request-end");
    expect(end.row).toMatchObject({ upstream_id: "two", attempt_count: 2 });

    const listed = (await call("GET /breakers")).body.breakers;
    expect(listed).toContainEqual(
      expect.objectContaining({ id: "one", state: "open", last_error: "upstream-server-error" }),
    );
    const upstreams = (await call("GET /upstreams")).body.upstreams;
    expect(upstreams[0]).toMatchObject({ health: "down" });
    expect((await call("POST /breakers/reset", { body: { scope: "upstream", id: "one" } })).status).toBe(200);
    expect(await stream.next("breaker")).toMatchObject({ breaker: { id: "one", state: "closed" } });
    const again = await call("POST /breakers/reset", { body: { scope: "upstream", id: "one" } });
    expect(again).toMatchObject({ status: 404, body: { error: { code: "not-found" } } });
  });

  test("tells of a saved configuration", async () => {
    const stream = new LiveStream();
    await stream.next("snapshot");
    const saved = await call("PATCH /settings", { body: { settings: { keep_alive_ms: 9000 } } });
    expect(await stream.next("config")).toMatchObject({ version: saved.body.version, source: "script" });
  });

  test("takes no place from readers for questions about it that nobody reads", async () => {
    for (let index = 0; index < 60; index += 1) expect((await fetchAdmin(gateway.url, "HEAD /live")).status).toBe(405);
    await new LiveStream().next("snapshot");
  });

  test("serves a bounded number of listeners, and is free again when they leave", async () => {
    const streams = Array.from({ length: 50 }, () => new LiveStream());
    await Promise.all(streams.map((stream) => stream.next("snapshot")));
    const refused = await call("GET /live");
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "throttled" } } });
    for (const stream of streams) stream.close();
    for (;;) {
      const response = await fetchAdmin(gateway.url, "GET /live");
      await response.body?.cancel();
      if (response.status === 200) break;
    }
  });
});

describe("a running request", () => {
  for (const [protocol, marker] of [
    ["messages", '"type":"error"'],
    ["chat/completions", '"error"'],
  ] as const) {
    test(`that is ended by hand ends in an error of ${protocol}`, async () => {
      const stream = new LiveStream();
      await stream.next("snapshot");
      one.setPlan({ answer: { text: "this would take very long indeed, word by word" }, eventDelayMs: 300 });
      const answer = await ask(true, protocol);
      const { request } = await stream.next("request", (event) => event.request.phase === "answering");
      expect((await call(`DELETE /live/requests/${request.id}`)).status).toBe(200);
      const text = await answer.text();
      expect(text).toContain(marker);
      expect(text).toContain("ended by the administrator");
      const { row } = await stream.next("request-end");
      expect(row).toMatchObject({ id: request.id, outcome: "gateway-interrupted", attempt_count: 1 });
      expect((await call(`DELETE /live/requests/${request.id}`)).status).toBe(404);
      // It says nothing about the upstream.
      expect((await call("GET /upstreams")).body.upstreams[0].breakers).toEqual([]);
    });
  }

  test("that has no answer yet is refused with a status, and nothing else is tried", async () => {
    const stream = new LiveStream();
    await stream.next("snapshot");
    one.setPlan({ stallBeforeHeadMs: 60_000 });
    two.clearRequests();
    const answer = ask(false);
    const { request } = await stream.next("request", (event) => event.request.attempt === 1);
    expect(request.phase).toBe("waiting");
    await call(`DELETE /live/requests/${request.id}`);
    const response = await answer;
    expect(response.status).toBe(503);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect(two.requests).toHaveLength(0);
  });
});
