// The metrics page, and traces and metrics at a collector, from real requests through a real gateway.

import { afterEach, describe, expect, test } from "bun:test";
import { planQueue } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { clientCall, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(config: object, env: Record<string, string> = {}): Promise<TestGateway & { asked: Request[] }> {
  const asked: Request[] = [];
  const first = startSimulator({ plan: planQueue([{ status: 503 }, {}]) });
  const second = startSimulator({ plan: {} });
  // Upstreams behind a recorder of headers.
  const recorders = [first, second].map((target) =>
    Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        asked.push(request.clone());
        const url = new URL(request.url);
        return fetch(target.url + url.pathname + url.search, request);
      },
    }),
  );
  const gateway = await startGateway({
    upstreams: recorders.map((recorder, index) =>
      upstreamEntry(index === 0 ? "first" : "second", "anthropic", recorder.url.href.replace(/\/$/, ""), {
        priority: index,
      }),
    ),
    config: { ...PATIENT, ...config },
    env,
  });
  cleanups.push(
    () => first.stop(),
    () => second.stop(),
    ...recorders.map((recorder) => () => recorder.stop(true)),
  );
  cleanups.push(() => gateway.stop());
  return { ...gateway, records: gateway.records, asked };
}

interface Collected {
  readonly path: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a document that the tests below look into
  readonly body: any;
}

function startCollector(status: () => number = () => 200): { url: string; received: Collected[] } {
  const received: Collected[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      received.push({ path: new URL(request.url).pathname, headers: request.headers, body: await request.json() });
      return Response.json({}, { status: status() });
    },
  });
  cleanups.push(() => server.stop(true));
  return { url: server.url.href, received };
}

describe("the metrics page", () => {
  test("shows what happened to this machine only, without a token", async () => {
    const gateway = await start({});
    await send(gateway.url, clientCall("anthropic", { stream: true }));
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text).toContain('apirouter_attempts_total{upstream="second",outcome="ok"} 1');
    expect(text).toContain('apirouter_failovers_total{upstream="second"} 1');
    const forwarded = await fetch(`${gateway.url}/metrics`, { headers: { "x-forwarded-for": "203.0.113.9" } });
    expect(forwarded.status).toBe(403);
    const rebound = await fetch(`${gateway.url}/metrics`, { headers: { host: "rebind.example" } });
    expect(rebound.status).not.toBe(200);
    expect((await fetch(`${gateway.url}/metrics`, { method: "POST" })).status).toBe(405);
  });

  test("asks everybody for the token where there is one", async () => {
    const gateway = await start({ metrics: { token: "env:METRICS_TOKEN" } }, { METRICS_TOKEN: "token-0123456789" });
    const ask = (authorization?: string, headers = {}) =>
      fetch(`${gateway.url}/metrics`, {
        headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      });
    expect((await ask()).status).toBe(401);
    expect((await ask("Bearer wrong")).status).toBe(401);
    expect((await ask("Bearer token-0123456789", { "x-forwarded-for": "203.0.113.9" })).status).toBe(200);
  });
});

describe("traces", () => {
  test("go to the collector with a span per attempt, and on to the upstreams", async () => {
    const collector = startCollector();
    const gateway = await start({
      otel: { endpoint: collector.url, headers: { "x-team": "blue" }, service_name: "gate" },
    });
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    await send(gateway.url, clientCall("anthropic", { stream: true, prompt: "a secret prompt" }), {
      traceparent,
      tracestate: "vendor=1",
    });
    await gateway.record(1);
    await gateway.stop();
    const traces = collector.received.find(({ path }) => path === "/v1/traces");
    expect(traces?.headers.get("x-team")).toBe("blue");
    const [resourceSpans] = traces?.body.resourceSpans ?? [];
    expect(JSON.stringify(resourceSpans.resource)).toContain('"gate"');
    const [server, failed, answered] = resourceSpans.scopeSpans[0].spans;
    expect(server).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      kind: 2,
      traceState: "vendor=1",
      name: "POST /v1/messages",
    });
    expect(failed).toMatchObject({ traceId: TRACE, parentSpanId: server.spanId, kind: 3, status: { code: 2 } });
    expect(answered).toMatchObject({ parentSpanId: server.spanId, name: "chat claude-test", status: {} });
    const attribute = (span: typeof server, name: string) =>
      span.attributes.find((entry: { key: string }) => entry.key === name)?.value;
    expect(attribute(failed, "http.response.status_code")).toEqual({ intValue: "503" });
    expect(attribute(answered, "gen_ai.provider.name")).toEqual({ stringValue: "anthropic" });
    expect(Number(attribute(answered, "gen_ai.usage.output_tokens").intValue)).toBeGreaterThan(0);
    expect(BigInt(answered.endTimeUnixNano)).toBeGreaterThan(BigInt(answered.startTimeUnixNano));
    expect(JSON.stringify(collector.received)).not.toContain("a secret prompt");
    expect(gateway.asked.map((request) => request.headers.get("traceparent"))).toEqual([
      `00-${TRACE}-${failed.spanId}-01`,
      `00-${TRACE}-${answered.spanId}-01`,
    ]);
    expect(gateway.asked[0]?.headers.get("tracestate")).toBe("vendor=1");
  });

  test("come with metrics, the GenAI conventions' among them", async () => {
    const collector = startCollector();
    const gateway = await start(
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc" },
    );
    await send(gateway.url, clientCall("anthropic", { stream: false }));
    await gateway.record(1);
    await gateway.stop();
    const metrics = collector.received.find(({ path }) => path === "/v1/metrics");
    expect(metrics?.headers.get("authorization")).toBe("Bearer abc");
    const list = metrics?.body.resourceMetrics[0].scopeMetrics[0].metrics;
    const named = (name: string) => list.find((metric: { name: string }) => metric.name === name);
    expect(named("gen_ai.client.token.usage").histogram).toMatchObject({ aggregationTemporality: 2 });
    expect(named("gen_ai.client.operation.duration").histogram.dataPoints).toHaveLength(2);
    expect(named("apirouter_requests_total").sum).toMatchObject({ isMonotonic: true, dataPoints: [{ asDouble: 1 }] });
  });

  test("are not begun, sent or passed on where none are wanted", async () => {
    const collector = startCollector();
    const off = await start({}, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: "true" });
    await send(off.url, clientCall("anthropic", { stream: false }), { traceparent: `00-${TRACE}-${SPAN}-01` });
    const unsampled = await start({ otel: { endpoint: collector.url } });
    await send(unsampled.url, clientCall("anthropic", { stream: false }), { traceparent: `00-${TRACE}-${SPAN}-00` });
    await off.record(1);
    await unsampled.record(1);
    await off.stop();
    await unsampled.stop();
    expect(collector.received.filter(({ path }) => path === "/v1/traces")).toEqual([]);
    expect(off.asked[0]?.headers.get("traceparent")).toBeNull();
    expect(unsampled.asked[0]?.headers.get("traceparent")).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  test("that nobody takes are counted, told once, and hold up nothing", async () => {
    const collector = startCollector(() => 503);
    const gateway = await start({ otel: { endpoint: collector.url } });
    for (let round = 0; round < 3; round += 1) await send(gateway.url, clientCall("anthropic", { stream: false }));
    await until("the collector was asked", () => collector.received.length > 0, 8000);
    await until("the loss is told", () => gateway.lines.some((line) => line.includes("collector answered 503")));
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/apirouter_otel_items_dropped_total [1-9]/);
    expect(gateway.lines.filter((line) => line.includes("collector answered"))).toHaveLength(1);
  }, 15_000);
});
