import { describe, expect, test } from "bun:test";
import { parseConfig } from "../config/parse-config.ts";
import { PROTOCOLS } from "../protocols/registry.ts";
import { buildHeaders, buildUrl, joinQuery } from "./build-call.ts";

function upstreamOf(fields: object) {
  const text = JSON.stringify({
    upstreams: [{ id: "u", base_url: "https://api.example.com/v1", api_format: "openai", keys: ["sk-up"], ...fields }],
  });
  const result = parseConfig(text, { version: 1, env: {} });
  const upstream = "config" in result ? result.config?.upstreams[0] : undefined;
  if (!upstream) throw new Error(JSON.stringify(result));
  return upstream;
}

describe("buildUrl", () => {
  const cases: [string, string, string, string][] = [
    ["https://a.example/v1", "/messages", "", "https://a.example/v1/messages"],
    ["https://a.example/v1/", "/messages", "beta=true", "https://a.example/v1/messages?beta=true"],
    ["https://a.example/v1/messages", "/messages", "", "https://a.example/v1/messages"],
    ["https://a.example", "/chat/completions", "", "https://a.example/chat/completions"],
    ["https://a.example/v1/chat/completions/", "/chat/completions", "", "https://a.example/v1/chat/completions"],
    ["https://a.example/v1/chat/completions", "/models", "", "https://a.example/v1/models"],
    ["https://a.example/v1/models", "/models", "", "https://a.example/v1/models"],
  ];
  for (const [base, path, query, expected] of cases) {
    test(`joins ${base} and ${path}`, () =>
      expect(buildUrl(upstreamOf({ base_url: base }), path, query).href).toBe(expected));
  }
});

test("joinQuery keeps the client's query but for its key and what is ours", () => {
  expect(joinQuery("alt=sse", "key=secret&alt=json&beta=true")).toBe("alt=sse&beta=true");
  expect(joinQuery("", "key=secret")).toBe("");
});

describe("buildHeaders", () => {
  const client = {
    get: (name: string) =>
      ({ "idempotency-key": "i", "user-agent": "ua", authorization: "Bearer client", cookie: "c" })[name] ?? null,
  };

  test("carries the upstream's key and never the client's", () => {
    const headers = buildHeaders(PROTOCOLS["openai-chat"], upstreamOf({}), "sk-up", {}, client);
    expect(headers["authorization"]).toBe("Bearer sk-up");
    expect(headers["idempotency-key"]).toBe("i");
    expect(headers["cookie"]).toBeUndefined();
  });

  test("authenticates as the upstream is configured", () => {
    const headers = buildHeaders(PROTOCOLS["openai-chat"], upstreamOf({ auth: "api-key" }), "sk-up", {}, null);
    expect(headers["api-key"]).toBe("sk-up");
    expect(headers["authorization"]).toBeUndefined();
  });

  test("drops client header values that HTTP does not allow", () => {
    const odd = { get: (name: string) => (name === "user-agent" ? "a\r\nx: y" : null) };
    expect(buildHeaders(PROTOCOLS["openai-chat"], upstreamOf({}), "", {}, odd)["user-agent"]).toBeUndefined();
  });
});
