// GET /v1/models as clients see it: union of maps and upstream lists, in the dialect of whoever asks.

import { afterEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";

const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.stop();
});

function simulator(...models: string[]): Simulator {
  const started = startSimulator({ models });
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

interface Listing {
  readonly status: number;
  readonly body: Record<string, unknown> & {
    readonly data?: Record<string, unknown>[];
    readonly models?: Record<string, unknown>[];
  };
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Listing> {
  const response = await fetch(url, { headers });
  return { status: response.status, body: (await response.json()) as Listing["body"] };
}

/** One upstream of each format, each with a model of its own. */
async function fourUpstreams() {
  const simulators = [
    simulator("claude-sonnet-4-5", "claude/with/slashes"),
    simulator("gpt-5", "shared-model"),
    simulator("gpt-5.3-codex", "shared-model"),
    simulator("gemini-2.5-pro"),
  ] as const;
  const started = await gateway(
    upstream("g", "gemini", simulators[3].url, { priority: 4 }),
    upstream("r", "openai_response", simulators[2].url, { priority: 3 }),
    upstream("c", "openai", simulators[1].url, { priority: 2, model_map: { fast: "gpt-5", "any-*": "gpt-5" } }),
    upstream("a", "anthropic", simulators[0].url, { priority: 1 }),
    upstream("off", "openai", simulators[1].url, { enabled: false, model_map: { hidden: "x" } }),
  );
  return { simulators, url: started.url, gateway: started };
}

const ALL = [
  "fast",
  "claude-sonnet-4-5",
  "claude/with/slashes",
  "gpt-5",
  "shared-model",
  "gpt-5.3-codex",
  "gemini-2.5-pro",
];

const ids = (items: readonly Record<string, unknown>[] | undefined, key: string) => items?.map((item) => item[key]);

describe("model lists", () => {
  test("are the union of maps and lists of every format, asked with the upstream's own key", async () => {
    const { simulators, url, gateway: app } = await fourUpstreams();
    const { status, body } = await get(`${url}/v1/models`);
    expect(status).toBe(200);
    expect(ids(body.data, "id")).toEqual(ALL);
    await get(`${url}/v1/models`);
    for (const { requests } of simulators) {
      expect(requests).toHaveLength(1);
      expect(requests[0]?.key).toBe("sk-upstream");
      expect(requests[0]?.route.operation).toBe("list-models");
    }
    expect(app.lines.filter((line) => line.includes("circuit breaker"))).toEqual([]);
  });

  /** clients.md §0.4: query and headers to the dialect. */
  const dialects: readonly [string, string, Record<string, string>, "openai" | "anthropic" | "gemini" | "codex"][] = [
    ["a bare GET", "/v1/models", {}, "openai"],
    ["OpenAI's SDK", "/v1/models", { authorization: "Bearer k" }, "openai"],
    ["a path without version", "/models", {}, "openai"],
    ["a doubled version", "/v1/v1/models/", {}, "openai"],
    [
      "Claude Code",
      "/v1/models?limit=1000",
      { authorization: "Bearer k", "anthropic-version": "2023-06-01" },
      "anthropic",
    ],
    ["LobeHub", "/v1/models", { "x-api-key": "k" }, "anthropic"],
    ["Codex", "/v1/models?client_version=0.156.0", { authorization: "Bearer k" }, "codex"],
    ["Codex with an Anthropic header", "/v1/models?client_version=1", { "x-api-key": "k" }, "codex"],
    ["@google/genai 2", "/v1beta/models?pageSize=50", { "x-goog-api-key": "k" }, "gemini"],
    ["@google/genai 3", "/v1/models", { "x-goog-api-key": "k" }, "gemini"],
    ["@google/genai without a key", "/v1/models", { "x-goog-api-client": "google-genai-sdk/3.1.0" }, "gemini"],
    ["a key in the query", "/v1/models?key=k", {}, "gemini"],
    ["v1alpha", "/v1alpha/models", {}, "gemini"],
  ];
  test("answer in the caller's dialect", async () => {
    const { url } = await fourUpstreams();
    for (const [name, path, headers, dialect] of dialects) {
      const { status, body } = await get(url + path, headers);
      expect([name, status]).toEqual([name, 200]);
      const found =
        dialect === "gemini"
          ? ids(body.models, "name")
          : dialect === "codex"
            ? ids(body.models, "slug")
            : ids(body.data, "id");
      expect([name, found]).toEqual([name, dialect === "gemini" ? ALL.map((id) => `models/${id}`) : ALL]);
      if (dialect === "anthropic" || dialect === "openai") {
        expect(body["has_more"]).toBe(false);
        expect(body["first_id"]).toBe("fast");
        expect(body["object"]).toBe("list");
        expect(Object.keys(body.data?.[0] ?? {})).toEqual(
          expect.arrayContaining(["id", "object", "type", "created", "created_at", "owned_by", "display_name"]),
        );
      }
    }
  });

  test("give single models with slashes, encoded or not, in every dialect", async () => {
    const { url } = await fourUpstreams();
    for (const path of ["claude/with/slashes", "claude%2Fwith%2Fslashes"]) {
      const openai = await get(`${url}/v1/models/${path}`);
      expect(openai.body["id"]).toBe("claude/with/slashes");
      const anthropic = await get(`${url}/v1/models/${path}`, { "anthropic-version": "2023-06-01" });
      expect(anthropic.body["display_name"]).toBeString();
      const gemini = await get(`${url}/v1beta/models/${path}`);
      expect(gemini.body["name"]).toBe("models/claude/with/slashes");
      const genai = await get(`${url}/v1/models/${path}`, { "x-goog-api-key": "k" });
      expect(genai.body["name"]).toBe("models/claude/with/slashes");
    }
    expect((await get(`${url}/v1/models/any-thing`)).status).toBe(200);
  });

  test("answer 404 in the dialect for a model that nobody has", async () => {
    const { url } = await fourUpstreams();
    const openai = await get(`${url}/v1/models/nobody/has-this`);
    expect([openai.status, openai.body["error"]]).toEqual([
      404,
      expect.objectContaining({ message: expect.any(String) }),
    ]);
    const anthropic = await get(`${url}/v1/models/nobody`, { "x-api-key": "k" });
    expect([anthropic.status, anthropic.body["type"]]).toEqual([404, "error"]);
    const gemini = await get(`${url}/v1beta/models/nobody`);
    expect([gemini.status, gemini.body["error"]]).toEqual([
      404,
      expect.objectContaining({ code: 404, status: "NOT_FOUND" }),
    ]);
  });

  test("come in time although an upstream stalls, and are whole once it has answered", async () => {
    const slow = simulator("slow-model");
    slow.setPlan({ stallBeforeHeadMs: Number.POSITIVE_INFINITY });
    const quick = simulator("quick-model");
    const { url } = await gateway(upstream("slow", "openai", slow.url), upstream("quick", "openai", quick.url));
    const started = performance.now();
    const { body } = await get(`${url}/v1/models`, { "anthropic-version": "2023-06-01" });
    expect(performance.now() - started).toBeLessThan(2_900);
    expect(ids(body.data, "id")).toEqual(["quick-model"]);
  });

  test("live with upstreams that are down, answer HTML or refuse the key, and open no breaker", async () => {
    const html = simulator();
    html.setPlan({ html: true });
    const refusing = simulator();
    refusing.setPlan({ error: "auth" });
    const good = simulator("good-model");
    const { url, lines } = await gateway(
      upstream("down", "openai", "http://127.0.0.1:1"),
      upstream("html", "openai", html.url),
      upstream("refusing", "anthropic", refusing.url),
      upstream("good", "openai", good.url),
    );
    for (let n = 0; n < 3; n++) {
      expect(ids((await get(`${url}/v1/models`)).body.data, "id")).toEqual(["good-model"]);
    }
    expect(refusing.requestCount).toBe(1);
    expect(lines.filter((line) => line.includes("circuit breaker"))).toEqual([]);
  });
});
