// Token counts as clients get them: from the upstream that would serve the request, else from our own tokenizer.

import { afterEach, describe, expect, test } from "bun:test";
import type { PlanSource } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.stop();
});

function simulator(plan: PlanSource = {}): Simulator {
  const started = startSimulator({ plan });
  running.push(started);
  return started;
}

async function gateway(...upstreams: object[]): Promise<TestGateway> {
  const started = await startGateway({ upstreams });
  running.push(started);
  return started;
}

const upstream = (id: string, format: string, url: string, extra: object = {}) => ({
  id,
  base_url: format === "gemini" ? `${url}/v1beta` : `${url}/v1`,
  api_format: format,
  keys: ["sk-upstream"],
  ...extra,
});

const QUESTION = "How many tokens is this sentence, roughly speaking?";

/** How each protocol's clients ask, and where the number is. */
const CLIENTS = {
  anthropic: {
    path: "/v1/messages/count_tokens?beta=true",
    body: (text: string, model: string) => ({ model, messages: [{ role: "user", content: text }] }),
    field: "input_tokens",
  },
  responses: {
    path: "/v1/responses/input_tokens",
    body: (text: string, model: string) => ({ model, input: text }),
    field: "input_tokens",
  },
  gemini: {
    path: "/v1beta/models/MODEL:countTokens",
    body: (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
    field: "totalTokens",
  },
} as const;

async function count(
  url: string,
  client: keyof typeof CLIENTS,
  model = "claude-sonnet-4-5",
  text: string = QUESTION,
): Promise<number> {
  const { path, body, field } = CLIENTS[client];
  const response = await fetch(url + path.replace("MODEL", model), {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify(body(text, model)),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect([response.status, typeof answer[field]]).toEqual([200, "number"]);
  return answer[field] as number;
}

const countCalls = (server: Simulator) =>
  server.requests.filter(({ route }) => route.operation === "count-tokens").length;
const only =
  (kind: string, plan: object): PlanSource =>
  (request) =>
    request.route.operation === kind ? plan : {};

describe("token counts", () => {
  for (const client of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) {
    for (const format of ["anthropic", "openai_response", "gemini"]) {
      test(`of a ${client} client come from a ${format} upstream`, async () => {
        const server = simulator(only("count-tokens", { body: { input_tokens: 4321, totalTokens: 4321 } }));
        const { url } = await gateway(upstream("u", format, server.url, { model_map: { asked: "mapped" } }));
        expect(await count(url, client, "asked")).toBe(4321);
        expect(server.requests[0]?.model).toContain("mapped");
        expect(server.requests[0]?.key).toBe("sk-upstream");
      });
    }
    test(`of a ${client} client are our own before a chat upstream`, async () => {
      const server = simulator();
      const { url } = await gateway(upstream("u", "openai", server.url));
      const tokens = await count(url, client, "gpt-5");
      expect(tokens).toBeGreaterThanOrEqual(14);
      expect(tokens).toBeLessThanOrEqual(18);
      expect(server.requestCount).toBe(0);
    });
  }

  test("trap 74: of a burst of fifty cost an upstream without the endpoint one call, and no breaker opens", async () => {
    const server = simulator(only("count-tokens", { status: 404, body: { type: "error" } }));
    const { url, lines } = await gateway(upstream("u", "anthropic", server.url));
    const counts = await Promise.all(Array.from({ length: 50 }, () => count(url, "anthropic")));
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(10);
    expect(countCalls(server)).toBe(1);
    expect(lines.filter((line) => line.includes("circuit breaker"))).toEqual([]);
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] }),
    });
    expect(response.status).toBe(200);
    await response.text();
  });

  test("trap 74: instructions, tools, pictures and every message make our own count grow", async () => {
    const { url } = await gateway(upstream("u", "openai", "http://127.0.0.1:1"));
    const countOf = async (body: object): Promise<number> => {
      const response = await fetch(`${url}/v1/messages/count_tokens`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "claude-sonnet-4-5", messages: [{ role: "user", content: QUESTION }], ...body }),
      });
      return ((await response.json()) as { input_tokens: number }).input_tokens;
    };
    const plain = await countOf({});
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } };
    const tool = { name: "look", description: "Looks at things.", input_schema: { type: "object", properties: {} } };
    const turns = ["a", "b", "c"].flatMap((text) => [
      { role: "assistant", content: text },
      { role: "user", content: text },
    ]);
    const question = { role: "user", content: QUESTION };
    for (const [least, body] of [
      [20, { system: "Answer in one word. ".repeat(5) }],
      [10, { tools: [tool] }],
      [50, { messages: [{ role: "user", content: [{ type: "text", text: QUESTION }, image] }] }],
      [6 * 3, { messages: [question, ...turns] }],
    ] as const)
      expect([Object.keys(body), (await countOf(body)) - plain >= least]).toEqual([Object.keys(body), true]);
  });

  for (const [name, plan] of [
    ["0", { body: { input_tokens: 0 } }],
    ["a server error", { status: 500 }],
    ["a rate limit", { error: "rate" }],
    ["HTML", { html: true }],
    ["a cut connection", { cutBeforeHead: "rst" }],
  ] as const) {
    test(`are our own when the upstream answers with ${name}`, async () => {
      const server = simulator(only("count-tokens", plan));
      const { url, lines } = await gateway(upstream("u", "anthropic", server.url));
      for (let n = 0; n < 4; n++) expect(await count(url, "anthropic")).toBeGreaterThan(10);
      expect(lines.filter((line) => line.includes("circuit breaker"))).toEqual([]);
    });
  }

  test("come from the next upstream when it serves the same family of models, never from another family's", async () => {
    const exact = simulator(only("count-tokens", { body: { input_tokens: 777 } }));
    const chat = simulator();
    const first = upstream("chat", "openai", chat.url, {
      priority: 1,
      model_map: { same: "claude-opus-4-6", other: "gpt-5" },
    });
    const second = upstream("exact", "anthropic", exact.url, {
      priority: 2,
      model_map: { same: "claude-opus-4-6", other: "claude-opus-4-6" },
    });
    const { url } = await gateway(first, second);
    expect(await count(url, "anthropic", "same")).toBe(777);
    expect(await count(url, "anthropic", "other")).toBeLessThan(30);
    expect(countCalls(exact)).toBe(1);
  });

  test("of very long bodies are the same each time, and about right", async () => {
    const { url } = await gateway(upstream("u", "openai", "http://127.0.0.1:1"));
    const text = "Some words of prose, then code: if (value !== undefined) return items[0];\n".repeat(14_000);
    await count(url, "anthropic", "claude-opus-4-6");
    const tokens = await Promise.all([1, 2, 3].map(() => count(url, "anthropic", "claude-opus-4-6", text)));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toBeGreaterThan(200_000);
    expect(tokens[0]).toBeLessThan(330_000);
  });

  test("of requests that cannot be read are refused in the client's form", async () => {
    const { url } = await gateway(upstream("u", "openai", "http://127.0.0.1:1"));
    const response = await fetch(`${url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", messages: "hello" }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });
});
