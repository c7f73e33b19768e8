// The playground and the replay of logged requests through the admin API of a real gateway.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type PlaygroundEvent, playgroundEvent } from "../../../src/admin/contract/playground.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, callAdmin, fetchAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const one = startSimulator();
const two = startSimulator();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: [
      { id: "one", base_url: `${one.url}/v1`, api_format: "anthropic", keys: ["sk-one-0123456789abcdef"] },
      { id: "two", base_url: `${two.url}/v1`, api_format: "openai", keys: ["sk-two-0123456789abcdef"] },
    ],
    config: { ...ADMIN_CONFIG, debug_mode: true, breaker: { failure_threshold: 100 } },
  });
});
beforeEach(() => {
  one.setPlan({ answer: { thinking: "hm, well", text: "Grüße 今日は", chunkSize: 3 } });
  two.setPlan({ answer: { text: "from two" } });
});
afterAll(async () => {
  await gateway.stop();
  one.stop();
  two.stop();
});

/** All events of a run, each checked against the contract. */
async function run(target: string, body: object): Promise<PlaygroundEvent[]> {
  const response = await fetchAdmin(gateway.url, target, { body });
  expect(response.headers.get("content-type")).toStartWith("text/event-stream");
  const text = await response.text();
  return [...text.matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(([, name, data = ""]) => {
    const event = playgroundEvent.parse(JSON.parse(data));
    expect(event.type).toBe(name as PlaygroundEvent["type"]);
    return event;
  });
}

function said(events: readonly PlaygroundEvent[], kind: string): string {
  return events.map((event) => (event.type === "delta" && event.kind === kind ? event.text : "")).join("");
}

describe("the playground", () => {
  for (const protocol of ["anthropic", "openai-chat", "openai-responses", "gemini"]) {
    for (const stream of [true, false]) {
      test(`shows ${stream ? "a streamed" : "a whole"} answer in ${protocol}, raw and read`, async () => {
        const events = await run("POST /playground", { protocol, model: "m", prompt: "hi", stream });
        const [head, end] = [events[0], events.at(-1)];
        expect(head).toMatchObject({ type: "head", status: 200 });
        expect(said(events, "text")).toBe("Grüße 今日は");
        const raw = events.map((event) => (event.type === "raw" ? event.text : "")).join("");
        expect(raw.length).toBeGreaterThan(20);
        if (protocol === "anthropic") expect(said(events, "thinking")).toBe("hm, well");
        if (!stream) JSON.parse(raw);
        if (end?.type !== "end" || head?.type !== "head") throw new Error("expected head and end");
        expect(end.row).toMatchObject({ id: head.request_id, upstream_id: "one", outcome: "ok", stream });
        expect(events.map((event) => event.at_ms)).toEqual(
          events.map((event) => event.at_ms).toSorted((a, b) => a - b),
        );
      });
    }
  }

  test("takes a whole body, and one upstream only", async () => {
    const body = { messages: [{ role: "user", content: "my own words" }], max_tokens: 7, model: "ignored" };
    const events = await run("POST /playground", { protocol: "anthropic", model: "m", body, upstream_id: "two" });
    expect(said(events, "text")).toBe("from two");
    expect(two.requests.at(-1)?.body.toString()).toContain("my own words");
    expect(two.requests.at(-1)?.model).toBe("m");
  });

  test("shows what went wrong: a refusal, and a stream that breaks", async () => {
    one.setPlan({
      status: 400,
      body: { type: "error", error: { type: "invalid_request_error", message: "bad tools" } },
    });
    const refused = await run("POST /playground", { protocol: "anthropic", model: "m", prompt: "hi" });
    expect(refused[0]).toMatchObject({ type: "head", status: 400 });
    expect(refused.find((event) => event.type === "error")).toMatchObject({ message: "bad tools" });
    one.setPlan({ answer: { text: "one two three four" }, cutAfterEvents: { at: 5, how: "rst" } });
    const broken = await run("POST /playground", {
      protocol: "anthropic",
      model: "m",
      prompt: "hi",
      upstream_id: "one",
    });
    expect(broken.filter((event) => event.type === "error").length).toBeGreaterThan(0);
    const end = broken.at(-1);
    expect(end?.type === "end" && end.row?.outcome).toBe("upstream-truncated");
  });

  test("ends the request when the browser leaves", async () => {
    one.setPlan({ answer: { text: "never ending words ".repeat(50) }, eventDelayMs: 100 });
    const before = gateway.records.length;
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/admin/api/playground`, {
      method: "POST",
      headers: { "x-admin-password": "admin", "content-type": "application/json" },
      body: JSON.stringify({ protocol: "anthropic", model: "m", prompt: "hi", upstream_id: "one" }),
      signal: abort.signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    abort.abort();
    const record = await gateway.record(before + 1);
    expect(record).toMatchObject({ status: 499, outcome: "client_closed" });
  });

  const WRONG = [
    { body: { protocol: "anthropic", model: "m" }, path: "prompt" },
    { body: { protocol: "anthropic", model: "m", prompt: "x", body: {} }, path: "prompt" },
    { body: { protocol: "soap", model: "m", prompt: "x" }, path: "protocol" },
    { body: { protocol: "gemini", model: "", prompt: "x" }, path: "model" },
    { body: { protocol: "gemini", model: "m", prompt: "x", upstream_id: "none" }, path: "upstream_id" },
    { body: { protocol: "gemini", model: "m", prompt: "x", base_url: "http://x" }, path: "base_url" },
  ];
  for (const { body, path } of WRONG) {
    test(`refuses ${JSON.stringify(body)}`, async () => {
      const answer = await callAdmin(gateway.url, "POST /playground", { body });
      expect(answer.status).toBe(400);
      expect(answer.body.error.problems[0].path).toBe(path);
    });
  }
});

describe("a replay", () => {
  async function send(text: string): Promise<string> {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", max_tokens: 5, messages: [{ role: "user", content: text }] }),
    });
    await response.text();
    return response.headers.get("x-request-id") ?? "";
  }

  test("sends a logged request again, also elsewhere", async () => {
    const id = await send("remember me");
    const events = await run(`POST /logs/${id}/replay`, {});
    expect(said(events, "text")).toBe("Grüße 今日は");
    expect(one.requests.at(-1)?.body.toString()).toContain("remember me");
    const elsewhere = await run(`POST /logs/${id}/replay`, { upstream_id: "two" });
    expect(said(elsewhere, "text")).toBe("from two");
    expect(two.requests.at(-1)?.body.toString()).toContain("remember me");
  });

  test("is refused without a recorded body, and for requests that are not there", async () => {
    const cut = await send("x".repeat(20_000));
    expect(await callAdmin(gateway.url, `POST /logs/${cut}/replay`, { body: {} })).toMatchObject({
      status: 409,
      body: { error: { code: "not-recorded" } },
    });
    expect((await callAdmin(gateway.url, `GET /logs/${cut}`)).body.has_body).toBe(false);
    expect((await callAdmin(gateway.url, "POST /logs/req_none/replay", { body: {} })).status).toBe(404);
  });
});
