// Client keys with an expiry or limits, against a real gateway: who is refused, how each protocol's client is told, and
// that a refused request reaches no upstream.

import { afterEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { PlanSource } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, splitAnswer } from "../support/raw-client.ts";
import { clientCall, errorOf, PROTOCOLS, send } from "./support/client-calls.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const KEY = "sk-limited-0123456789abcdef";
const FREE_KEY = "sk-unlimited-0123456789abcdef";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Rig {
  readonly gateway: TestGateway;
  readonly upstream: Simulator;
  readonly other: Simulator;
}

/** A gateway with a limited and an unlimited key, before two upstreams. */
async function rig(entry: object, plan: PlanSource = {}): Promise<Rig> {
  const [upstream, other] = [startSimulator({ plan }), startSimulator({ plan })];
  const gateway = await startGateway({
    upstreams: [upstreamEntry("first", "anthropic", upstream.url), upstreamEntry("second", "openai-chat", other.url)],
    config: {
      access_control_enabled: true,
      client_keys: [
        { key: KEY, name: "limited", ...entry },
        { key: FREE_KEY, name: "free" },
      ],
    },
  });
  closers.push(
    () => upstream.stop(),
    () => other.stop(),
    () => gateway.stop(),
  );
  return { gateway, upstream, other };
}

const ask = ({ gateway }: Rig, protocol: ProtocolId, model = "claude-test", key = KEY, stream = false) =>
  send(gateway.url, clientCall(protocol, { stream, model }), { "x-api-key": key });

describe("an expired key", () => {
  test("is refused in every protocol, and one that has not expired yet is let in", async () => {
    const old = await rig({ expires_at: "2026-01-01T00:00:00Z" });
    for (const protocol of PROTOCOLS) {
      const answer = await ask(old, protocol);
      expect([protocol, answer.status]).toEqual([protocol, 401]);
      expect(errorOf(protocol, answer.text)?.message).toBe("this API key has expired");
      expect((await ask(old, protocol, "m", FREE_KEY)).status).toBe(200);
    }
    expect((await fetch(`${old.gateway.url}/v1/models`, { headers: { "x-api-key": KEY } })).status).toBe(401);
    expect((await ask(await rig({ expires_at: "2999-01-01" }), "anthropic")).status).toBe(200);
  });
});

describe("a key for certain models", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: others are 403 in the client's envelope and reach no upstream`, async () => {
      const set = await rig({ limits: { models: ["gpt-5-mini", "claude-*"] } });
      expect((await ask(set, protocol, "gpt-5-mini")).status).toBe(200);
      expect((await ask(set, protocol, "claude-sonnet-4-5", KEY, true)).status).toBe(200);
      const before = set.upstream.requestCount + set.other.requestCount;
      const answer = await ask(set, protocol, "gpt-5");
      expect(answer.status).toBe(403);
      const error = errorOf(protocol, answer.text);
      expect(error?.message).toBe('model: this API key may not use "gpt-5"');
      const type = { anthropic: "permission_error", gemini: "PERMISSION_DENIED" }[protocol as string];
      if (type) expect(error?.type).toBe(type);
      expect(set.upstream.requestCount + set.other.requestCount).toBe(before);
    });
  }

  test("gets token counts for these models only, and sees only them in the lists", async () => {
    const set = await rig({ limits: { models: ["claude-*"] } });
    const count = (model: string) =>
      fetch(`${set.gateway.url}/v1/messages/count_tokens`, {
        method: "POST",
        headers: { "x-api-key": KEY },
        body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
      });
    expect([(await count("claude-x")).status, (await count("gpt-5")).status]).toEqual([200, 403]);
    const ids = async (key: string): Promise<string[]> => {
      const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" };
      const list = (await (await fetch(`${set.gateway.url}/v1/models`, { headers })).json()) as {
        data: { id: string }[];
      };
      return list.data.map(({ id }) => id);
    };
    const all = await ids(FREE_KEY);
    const own = await ids(KEY);
    expect(own.length).toBeGreaterThan(0);
    expect(own).toEqual(all.filter((id) => id.startsWith("claude-")));
    expect(all.length).toBeGreaterThan(own.length);
    const hidden = all.find((id) => !id.startsWith("claude-")) as string;
    expect((await fetch(`${set.gateway.url}/v1/models/${hidden}`, { headers: { "x-api-key": KEY } })).status).toBe(404);
  });

  test("reaches other routes only with a body that names one of them", async () => {
    const set = await rig({ limits: { models: ["text-embedding-*"] } });
    const call = (body: string, method = "POST") =>
      fetch(`${set.gateway.url}/v1/embeddings`, { method, headers: { "x-api-key": KEY }, ...(body && { body }) });
    expect((await call('{"model":"text-embedding-3","input":"x"}')).status).not.toBe(403);
    expect((await call('{"model":"gpt-5","input":"x"}')).status).toBe(403);
    expect((await call('{"input":"x"}')).status).toBe(403);
    expect((await call("no JSON")).status).toBe(400);
    expect((await call("", "GET")).status).toBe(400);
  });

  test("gemini: the model of the path is judged before the body is read", async () => {
    const { gateway } = await rig({ limits: { models: ["cheap"] } });
    const head = `POST /v1beta/models/dear:generateContent HTTP/1.1\r\nhost: localhost\r\nx-goog-api-key: ${KEY}\r\ncontent-length: 30000000\r\n\r\n`;
    const answer = await rawExchange(Number(new URL(gateway.url).port), head, { until: (text) => text.endsWith("}") });
    expect(splitAnswer(answer).status).toBe(403);
  });
});

describe("a key for certain upstreams", () => {
  test("is served by these alone, whatever their place", async () => {
    const set = await rig({ limits: { upstreams: ["second"] } });
    for (const protocol of PROTOCOLS) expect((await ask(set, protocol)).status).toBe(200);
    expect([set.upstream.requestCount, set.other.requestCount]).toEqual([0, 4]);
    expect((await ask(set, "anthropic", "m", FREE_KEY)).status).toBe(200);
    expect(set.upstream.requestCount).toBe(1);
  });

  test("gets 403 when none of them is in use, and fails over to no other", async () => {
    const none = await rig({ limits: { upstreams: ["third"] } });
    expect((await ask(none, "openai-chat")).status).toBe(403);
    expect(none.gateway.lines.join("")).toMatch(
      /client_keys\[0\]\.limits\.upstreams\[0\]: there is no upstream of this id/,
    );
    const failing = await rig({ limits: { upstreams: ["first"] } }, { status: 500 } as PlanSource);
    expect((await ask(failing, "anthropic")).status).toBeGreaterThanOrEqual(500);
    expect(failing.other.requestCount).toBe(0);
  });
});

describe("a key with a number of requests per minute", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: the next one is 429 with the wait, before its body is read`, async () => {
      const set = await rig({ limits: { requests_per_minute: 2 } });
      const first = await ask(set, protocol);
      expect(first.status).toBe(200);
      await ask(set, protocol);
      const refused = await ask(set, protocol);
      expect(refused.status).toBe(429);
      expect(errorOf(protocol, refused.text)?.message).toBe("this API key is limited to 2 requests per minute");
      const wait = Number(refused.headers.get("retry-after"));
      expect(wait).toBeGreaterThan(50);
      expect(wait).toBeLessThanOrEqual(60);
      expect(refused.headers.get("x-should-retry")).toBe("true");
      expect(set.upstream.requestCount + set.other.requestCount).toBe(2);
      if (protocol === "anthropic") {
        expect(first.headers.get("anthropic-ratelimit-requests-remaining")).toBe("1");
        expect(refused.headers.get("anthropic-ratelimit-requests-limit")).toBe("2");
        expect(refused.headers.get("anthropic-ratelimit-requests-remaining")).toBe("0");
      } else if (protocol !== "gemini") {
        expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
        expect(refused.headers.get("x-ratelimit-limit-requests")).toBe("2");
        expect(refused.headers.get("x-ratelimit-reset-requests")).toMatch(/^\d+s$/);
      }
      const port = Number(new URL(set.gateway.url).port);
      const head = `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${KEY}\r\ncontent-length: 30000000\r\n\r\n`;
      expect(splitAnswer(await rawExchange(port, head, { until: (text) => text.endsWith("}") })).status).toBe(429);
      expect((await ask(set, protocol, "m", FREE_KEY)).status).toBe(200);
    });
  }

  test("may still list models and count tokens", async () => {
    const set = await rig({ limits: { requests_per_minute: 1 } });
    await ask(set, "anthropic");
    expect((await ask(set, "anthropic")).status).toBe(429);
    const headers = { "x-api-key": KEY };
    expect((await fetch(`${set.gateway.url}/v1/models`, { headers })).status).toBe(200);
  });
});

test("a key with tokens per minute is refused once it has used them, with what is left in the headers", async () => {
  const set = await rig({ limits: { tokens_per_minute: 50 } });
  let answer = await ask(set, "anthropic");
  for (let n = 0; n < 50 && answer.status === 200; n++) answer = await ask(set, "anthropic");
  expect(answer.status).toBe(429);
  expect(errorOf("anthropic", answer.text)?.message).toBe("this API key is limited to 50 tokens per minute");
  expect(answer.headers.get("anthropic-ratelimit-tokens-limit")).toBe("50");
  expect(answer.headers.get("anthropic-ratelimit-tokens-remaining")).toBe("0");
});

test("a key with requests at once waits for its own to end, whether answered, left by the client or refused", async () => {
  const limits = { limits: { concurrent_requests: 1 } };
  const free = await rig(limits);
  for (let n = 0; n < 3; n++) expect((await ask(free, "openai-chat", "m", KEY, n % 2 === 0)).status).toBe(200);
  for (let n = 0; n < 3; n++) {
    const headers = { "x-api-key": KEY };
    const broken = await fetch(`${free.gateway.url}/v1/messages`, { method: "POST", headers, body: "{" });
    expect(broken.status).toBe(400);
    await fetch(`${free.gateway.url}/v1/files`, { headers });
  }
  const slow = await rig(limits, { stallBeforeHeadMs: Number.POSITIVE_INFINITY });
  const leave = new AbortController();
  const { path, body } = clientCall("anthropic", { stream: true });
  const held = fetch(slow.gateway.url + path, {
    method: "POST",
    headers: { "x-api-key": KEY },
    body: JSON.stringify(body),
    signal: leave.signal,
  }).catch(() => undefined);
  await until("the first request is under way", () => slow.upstream.requestCount === 1);
  const second = await ask(slow, "anthropic");
  expect([second.status, second.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(errorOf("anthropic", second.text)?.message).toBe("this API key is limited to 1 request at once");
  leave.abort();
  await held;
  await slow.gateway.record(2);
  const third = ask(slow, "anthropic");
  await until("the third request is under way", () => slow.upstream.requestCount === 2);
  await slow.gateway.app.stop(0);
  await third.catch(() => undefined);
});

describe("a key whose budget is used up", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: is told so in the words that make its clients stop`, async () => {
      const set = await rig({ limits: { budget: { period: "day", tokens: 1 } } });
      expect((await ask(set, protocol)).status).toBe(200);
      await set.gateway.record(1);
      const refused = await ask(set, protocol);
      expect(refused.status).toBe(429);
      const error = errorOf(protocol, refused.text);
      expect(error?.message).toBe("this API key's budget for today is used up");
      if (protocol.startsWith("openai")) expect(JSON.parse(refused.text).error.code).toBe("insufficient_quota");
      if (protocol === "gemini") expect(refused.text).toContain("PerDay");
      expect(refused.headers.get("x-should-retry")).toBe("false");
      expect(refused.headers.has("retry-after")).toBe(protocol !== "openai-responses");
      expect(set.upstream.requestCount + set.other.requestCount).toBe(1);
      expect((await ask(set, protocol, "m", FREE_KEY)).status).toBe(200);
    });
  }

  test("the official SDKs give up at once", async () => {
    const set = await rig({ limits: { budget: { period: "month", tokens: 1 } } });
    await ask(set, "anthropic");
    await set.gateway.record(1);
    const anthropic = new Anthropic({ baseURL: set.gateway.url, apiKey: KEY });
    const openai = new OpenAI({ baseURL: `${set.gateway.url}/v1`, apiKey: KEY });
    const messages = [{ role: "user" as const, content: "hi" }];
    const failures = [
      await anthropic.messages.create({ model: "m", max_tokens: 9, messages }).catch(String),
      await openai.chat.completions.create({ model: "m", messages }).catch(String),
    ];
    for (const failure of failures) expect(failure).toMatch(/budget for this month/);
    await set.gateway.record(3);
    expect(set.gateway.records).toHaveLength(3);
  });
});
