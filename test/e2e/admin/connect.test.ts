// What setting up clients takes, and which way a request would go, through the admin API of a real gateway.

import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { reachableAt } from "../../../src/admin/api/connect-routes.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, callAdmin } from "../../support/admin-client.ts";
import { startFaultServer } from "../../support/fault-server.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const one = startSimulator({ models: ["model-a", "shared"] });
const two = startSimulator({ models: ["shared"] });
const KEYS = ["sk-one-0123456789abcdef", "sk-two-0123456789abcdef"];
let gateway: TestGateway | undefined;

beforeEach(async () => {
  await gateway?.stop();
  one.setPlan({});
  gateway = await startGateway({
    upstreams: [
      { id: "one", base_url: `${one.url}/v1`, api_format: "anthropic", keys: KEYS, model_map: { "claude-*": "big-*" } },
      { id: "two", base_url: `${two.url}/v1`, api_format: "openai", keys: [KEYS[0]], model_map: { mine: "theirs" } },
      { id: "off", base_url: "http://127.0.0.1:9/v1", api_format: "openai", enabled: false },
    ],
    config: { ...ADMIN_CONFIG, breaker: { failure_threshold: 1 } },
  });
});
afterAll(async () => {
  await gateway?.stop();
  one.stop();
  two.stop();
});

const call = (target: string, options = {}) => callAdmin((gateway as TestGateway).url, target, options);
const explain = async (body: object) =>
  (await call("POST /explain", { body: { protocol: "anthropic", model: "claude-x", ...body } })).body;

async function ask(headers: Record<string, string> = {}, count = 1): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`${gateway?.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "claude-x", max_tokens: 5, messages: [{ role: "user", content: "hi" }] }),
    });
    await response.text();
  }
}

describe("the explanation of a route", () => {
  test("lists upstreams and keys in order, with lane, mapped model and the entry that mapped it", async () => {
    expect(await explain({})).toEqual({
      steps: [
        {
          upstream_id: "one",
          key_masked: "sk-one-0…cdef",
          model: "big-x",
          lane: "pass-through",
          would_try: true,
          reason: "priority",
          detail: null,
          breaker: null,
          max_inflight: null,
          model_map_entry: "claude-*",
        },
        expect.objectContaining({ upstream_id: "one", key_masked: "sk-two-0…cdef", reason: "next-key" }),
        expect.objectContaining({ upstream_id: "two", model: "claude-x", lane: "converted", model_map_entry: null }),
        expect.objectContaining({ upstream_id: "off", would_try: false, reason: "disabled", lane: null }),
      ],
      refusal: null,
    });
    expect((await explain({ model: "mine" })).steps[2]).toMatchObject({ model: "theirs", model_map_entry: "mine" });
  });

  test("puts open breakers behind, with what opened them, and closes none", async () => {
    one.setPlan({ status: 500 });
    await ask();
    const { steps } = await explain({});
    expect(steps.map((step: { upstream_id: string }) => step.upstream_id)).toEqual(["two", "one", "one", "off"]);
    expect(steps[1]).toMatchObject({ would_try: false, reason: "breaker-open" });
    expect(steps[1].detail).toMatch(/^upstream: \d+ s, upstream-server-error$/);
    expect(steps[1].breaker).toMatchObject({ scope: "upstream", causes: ["upstream-server-error"] });
    expect(steps[1].breaker.remaining_ms).toBeGreaterThan(0);
    const before = (await call("GET /breakers")).body;
    await explain({});
    expect((await call("GET /breakers")).body.breakers.length).toBe(before.breakers.length);
  });

  test("knows where a conversation is", async () => {
    one.setPlan({ status: 500 });
    await ask({ "x-claude-code-session-id": "talk-1" });
    one.setPlan({});
    await call("POST /breakers/reset", { body: { scope: "upstream", id: "one" } });
    expect((await explain({ session_id: "talk-1" })).steps[0]).toMatchObject({ upstream_id: "two", reason: "session" });
    expect((await explain({ session_id: "talk-2" })).steps[0]).toMatchObject({
      upstream_id: "one",
      reason: "priority",
    });
  });

  test("holds client keys to what they may use", async () => {
    const limits = { models: ["gpt-*"], upstreams: ["two"] };
    const { view } = (await call("POST /keys", { body: { name: "a", limits } })).body;
    const barred = await explain({ client_key_id: view.id });
    expect(barred.refusal).toContain("may not use");
    const allowed = await explain({ client_key_id: view.id, model: "gpt-5" });
    expect(allowed.refusal).toBeNull();
    expect(allowed.steps).toMatchObject([
      { upstream_id: "two", would_try: true },
      { upstream_id: "one", would_try: false, reason: "not-allowed-for-key" },
      { upstream_id: "off", reason: "disabled" },
    ]);
    await call(`PATCH /keys/${view.id}`, { body: { enabled: false } });
    expect((await explain({ client_key_id: view.id })).refusal).toContain("switched off");
    const unknown = await call("POST /explain", { body: { protocol: "gemini", model: "m", client_key_id: "none" } });
    expect(unknown.body.error.problems[0].path).toBe("client_key_id");
  });

  test("says when there is nothing to go to", async () => {
    for (const id of ["one", "two"]) await call(`PATCH /upstreams/${id}`, { body: { enabled: false } });
    expect((await explain({})).refusal).toBe("No available upstreams");
  });
});

test("the offered models name the upstreams that have them", async () => {
  const { models } = (await call("GET /models")).body;
  expect(models).toContainEqual({ id: "mine", upstreams: ["two"] });
  expect(models).toContainEqual({ id: "shared", upstreams: ["one", "two"] });
  expect(models).toContainEqual({ id: "model-a", upstreams: ["one"] });
});

describe("connecting", () => {
  test("shows addresses, models and the clients that have been here", async () => {
    await ask({ "user-agent": "claude-cli/2.1.129 (external, cli)" });
    await ask({ "user-agent": "OpenAI/Python 2.8.1" });
    const { body } = await call("GET /connect");
    expect(body.base_urls).toEqual([gateway?.url]);
    expect(body.access_control_enabled).toBe(false);
    expect(body.models).toContain("mine");
    expect(body.clients).toMatchObject([
      { id: "sdk", last_status: 200, last_model: "claude-x" },
      { id: "claude-code", user_agent: "claude-cli/2.1.129 (external, cli)" },
    ]);
  });

  test("does not wait for an upstream that is slow to list its models, and has them when they have come", async () => {
    const LIST = '{"object":"list","data":[{"id":"late-model","object":"model"}]}';
    const slow = startFaultServer(() => [
      { recv: "headers" },
      { delay: 1500 },
      { write: `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${LIST.length}\r\n\r\n${LIST}` },
    ]);
    try {
      const entry = { base_url: `${slow.url}/v1`, api_format: "openai", keys: [], model_map: { "own-name": "x" } };
      expect((await call("POST /upstreams", { body: { id: "slow", ...entry } })).status).toBe(201);
      const began = performance.now();
      const { models } = (await call("GET /connect")).body;
      expect(performance.now() - began).toBeLessThan(1200);
      expect(models).toContain("own-name");
      expect(models).not.toContain("late-model");
      let later: string[] = [];
      while (!later.includes("late-model")) later = (await call("GET /connect")).body.models;
      expect(slow.requestCount).toBe(1);
    } finally {
      slow.stop();
    }
  });

  test("names each address of a program that listens everywhere", () => {
    const urls = reachableAt("http://0.0.0.0:1999");
    expect(urls[0]).toBe("http://127.0.0.1:1999");
    for (const url of urls) expect(url).toMatch(/^http:\/\/\d+\.\d+\.\d+\.\d+:1999$/);
    expect(reachableAt("http://localhost:80/")).toEqual(["http://localhost"]);
    expect(reachableAt("https://[::]:8443")[0]).toBe("https://127.0.0.1:8443");
  });
});
