import { describe, expect, test } from "bun:test";
import { parseConfig } from "./parse-config.ts";
import { collectSecrets } from "./redact.ts";

function parse(document: object, env: Record<string, string> = {}) {
  return parseConfig(JSON.stringify(document), { version: 1, env });
}

function config(document: object, env: Record<string, string> = {}) {
  const result = parse(document, env);
  if (!result.ok) throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return result.config;
}

describe("prices", () => {
  test("are taken with what is absent as unknown", () => {
    expect(config({ prices: [{ model: "m-*", input: 1, output: 0 }] }).prices).toEqual([
      { model: "m-*", upstreamId: undefined, input: 1, output: 0, cacheRead: null, cacheWrite: null, reasoning: null },
    ]);
    expect(config({}).prices).toEqual([]);
  });

  const WRONG = [
    { prices: [{ input: 1 }], path: "prices[0].model" },
    { prices: [{ model: "m", input: -1 }], path: "prices[0].input" },
    { prices: [{ model: "m", output: "3" }], path: "prices[0].output" },
    { prices: { model: "m" }, path: "prices" },
  ];
  for (const { prices, path } of WRONG)
    test(`are refused as ${JSON.stringify(prices)}`, () => {
      const result = parse({ prices });
      expect(result.ok ? [] : result.problems.map((problem) => problem.path)).toEqual([path]);
    });
});

describe("metrics and traces", () => {
  test("are off unless something says otherwise", () => {
    const { metrics, otel } = config({});
    expect(metrics.token).toBeUndefined();
    expect(otel).toMatchObject({ endpoint: undefined, serviceName: "apirouter" });
    expect(otel.headers.size).toBe(0);
  });

  test("take references for what is secret, and nothing of it is printed", () => {
    const { metrics, otel, ...rest } = config(
      {
        metrics: { token: "env:TOKEN" },
        otel: { endpoint: "http://c:4318/", headers: { "X-Team": "env:TEAM", authorization: "Bearer abcdefgh" } },
      },
      { TOKEN: "token-123456", TEAM: "team-123456" },
    );
    expect(metrics.token?.reveal()).toBe("token-123456");
    expect(otel.endpoint).toBe("http://c:4318");
    expect([...otel.headers].map(([name, value]) => [name, value.reveal()])).toEqual([
      ["x-team", "team-123456"],
      ["authorization", "Bearer abcdefgh"],
    ]);
    expect(collectSecrets({ ...rest, metrics, otel })).toEqual(
      expect.arrayContaining(["token-123456", "team-123456", "Bearer abcdefgh"]),
    );
    expect(JSON.stringify({ metrics, otel })).not.toContain("123456");
  });

  test("take the standard variables, which the file overrides", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x, bad name=1,content-length=3,x-a=%",
      OTEL_SERVICE_NAME: "gate",
    };
    const { otel } = config({}, env);
    expect(otel).toMatchObject({ endpoint: "https://collector.example", serviceName: "gate" });
    expect([...otel.headers].map(([name, value]) => [name, value.reveal()])).toEqual([["authorization", "Bearer x"]]);
    expect(config({ otel: { endpoint: "http://own", service_name: "mine" } }, env).otel).toMatchObject({
      endpoint: "http://own",
      serviceName: "mine",
    });
    expect(config({}, { ...env, OTEL_SDK_DISABLED: "TRUE" }).otel.endpoint).toBeUndefined();
  });

  const WRONG: readonly [object, string][] = [
    [{ otel: { endpoint: "ftp://x" } }, "otel.endpoint"],
    [{ otel: { endpoint: "http://user:pass@x" } }, "otel.endpoint"],
    [{ otel: { endpoint: "http://x?key=1" } }, "otel.endpoint"],
    [{ otel: { headers: { "content-length": "1" } } }, "otel.headers.content-length"],
    [{ otel: { headers: { "x-a": "env:MISSING" } } }, "otel.headers.x-a"],
    [{ metrics: { token: "env:MISSING" } }, "metrics.token"],
  ];
  for (const [document, path] of WRONG)
    test(`are refused as ${JSON.stringify(document)}`, () => {
      const result = parse(document);
      expect(result.ok ? [] : result.problems.map((problem) => problem.path.replace(/\["(.*)"\]/, ".$1"))).toEqual([
        path,
      ]);
    });
});
