// The request log, the overview and the sums through the admin API of a real gateway, after real requests.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { planQueue } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, callAdmin, fetchAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { clientCall, send } from "../support/client-calls.ts";
import { PATIENT, upstreamEntry } from "../support/upstreams.ts";
import { until } from "../support/waiting.ts";

const CLIENT_KEY = "sk-client-0123456789abcdef";
const first = startSimulator({ plan: planQueue([{ status: 503 }, {}]) });
const second = startSimulator({ plan: {} });
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: [
      upstreamEntry("first", "anthropic", first.url, { priority: 1 }),
      upstreamEntry("second", "openai-chat", second.url, { priority: 2 }),
    ],
    config: {
      ...ADMIN_CONFIG,
      ...PATIENT,
      client_keys: [{ key: CLIENT_KEY, name: "laptop" }],
      access_control_enabled: true,
    },
  });
  const headers = { "x-api-key": CLIENT_KEY, "x-session-id": "conversation-1" };
  await send(gateway.url, clientCall("anthropic", { stream: true, model: "claude-one" }), headers);
  await send(gateway.url, clientCall("openai-chat", { stream: false, model: "=cmd" }), { "x-api-key": CLIENT_KEY });
  await send(gateway.url, clientCall("anthropic", { stream: false }), { "x-api-key": "wrong" });
  await gateway.record(3);
});
afterAll(async () => {
  await gateway.stop();
  first.stop();
  second.stop();
});

const call = (target: string, options = {}) => callAdmin(gateway.url, target, options);

async function rows(query: string): Promise<string[]> {
  const { body } = await call(`GET /logs?${query}`);
  return body.rows.map((row: { model: string }) => row.model);
}

describe("the log", () => {
  test("shows a request at once, newest first, with the name of its client's key", async () => {
    const { body } = await call("GET /logs");
    expect(body.next_cursor).toBeNull();
    const [refused, plain, failedOver] = body.rows;
    expect(refused).toMatchObject({ status: 401, outcome: "client-unauthenticated", client_key: null });
    expect(plain).toMatchObject({ model: "=cmd", client_key_name: "laptop", attempt_count: 1 });
    expect(failedOver).toMatchObject({ upstream_id: "second", attempt_count: 2, session_id: "conversation-1" });
    expect(failedOver.usage.output_tokens).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain(CLIENT_KEY);
  });

  test("takes every filter of the contract, and pages", async () => {
    expect(await rows("client_key=laptop")).toEqual(["=cmd", "claude-one"]);
    expect(await rows("upstream=second")).toEqual(["claude-one"]);
    expect(await rows("retried=true")).toEqual(["claude-one"]);
    expect(await rows("session=conversation-1")).toEqual(["claude-one"]);
    expect(await rows("model=claude-*&status=ok")).toEqual(["claude-one"]);
    expect(await rows("status=401&outcome=client-unauthenticated")).toEqual([""]);
    expect(await rows("search=claude-ON")).toEqual(["claude-one"]);
    expect(await rows("to=2020-01-01T00:00:00.000Z")).toEqual([]);
    expect(await rows("from=2020-01-01T00:00:00.000Z&limit=200")).toHaveLength(3);
    const { body } = await call("GET /logs?limit=2");
    expect(body.rows).toHaveLength(2);
    expect(await rows(`limit=2&cursor=${body.next_cursor}`)).toEqual(["claude-one"]);
    expect((await call("GET /logs?limit=201")).status).toBe(400);
  });

  test("tells the story of a request that failed over", async () => {
    const id = gateway.records[0]?.id;
    const { body } = await call(`GET /logs/${id}`);
    expect(body.attempts.map((attempt: { upstream_id: string }) => attempt.upstream_id)).toEqual(["first", "second"]);
    expect(body.attempts[1]).toMatchObject({ lane: "converted", model: "claude-one", may_have_billed: false });
    const steps = body.story.map((step: Record<string, unknown>) => [step["kind"], step["upstream_id"]]);
    expect(steps).toEqual([
      ["arrived", null],
      ["tried", "first"],
      ["failed", "first"],
      ["tried", "second"],
      ["first-content", "second"],
      ["answered", "second"],
    ]);
    expect((await call("GET /logs/req_unknown")).status).toBe(404);
  });

  test("comes as a file without formulas", async () => {
    const response = await fetchAdmin(gateway.url, "GET /logs.csv?client_key=laptop");
    expect(response.headers.get("content-disposition")).toContain("attachment");
    const lines = (await response.text()).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(",'=cmd,");
    const empty = await fetchAdmin(gateway.url, "GET /logs.csv?model=nobody");
    expect((await empty.text()).split("\r\n")).toHaveLength(2);
  });
});

describe("the sums", () => {
  test("make the overview", async () => {
    for (const range of ["1h", "24h", "7d", "30d"]) {
      const { body } = await call(`GET /overview?range=${range}`);
      expect(body.totals).toMatchObject({ requests: 3, errors: 1, client_errors: 1, failovers: 1, attempts: 3 });
      expect(body.totals.first_content_p50_ms).toBeGreaterThan(0);
      expect(body.previous.requests).toBe(0);
      expect(body.upstreams).toEqual({ total: 2, enabled: 2, healthy: 2, down: 0 });
      expect(body.client_keys).toEqual({ total: 1, enabled: 1 });
      expect(body.log_rows).toBe(3);
      expect(body.recent_problems).toHaveLength(1);
      const groups = body.by_client_key.map((bucket: { group: string; requests: number }) => [
        bucket.group,
        bucket.requests,
      ]);
      expect(groups).toEqual([
        ["laptop", 2],
        ["", 1],
      ]);
    }
  });

  test("come by time and group; attempts count for the upstream that they went to", async () => {
    const { body } = await call("GET /usage?bucket=hour&group_by=upstream");
    const attempts = body.buckets.map((bucket: { group: string; attempts: number }) => [bucket.group, bucket.attempts]);
    expect(Object.fromEntries(attempts)).toEqual({ "": 0, first: 2, second: 1 });
    const own = await call("GET /usage?bucket=total&group_by=model&client_key=laptop");
    expect(own.body.buckets.map((bucket: { group: string }) => bucket.group).toSorted()).toEqual([
      "=cmd",
      "claude-one",
    ]);
    expect((await call("GET /usage?from=2020-01-01T00:00:00.000Z&to=2020-02-01T00:00:00.000Z")).body.buckets).toEqual(
      [],
    );
  });

  test("stay when the log is cleared", async () => {
    expect((await call("DELETE /logs")).body).toEqual({ ok: true });
    expect(await rows("")).toEqual([]);
    expect((await call("GET /overview")).body).toMatchObject({ totals: { requests: 3 }, log_rows: 0 });
  });

  test("show on the pages of upstreams and keys", async () => {
    const { body } = await call("GET /upstreams");
    const [alpha, beta] = body.upstreams;
    expect(alpha.last_hour).toMatchObject({ attempts: 2, failures: 1 });
    expect(beta.last_hour).toMatchObject({ attempts: 1, failures: 0 });
    const keys = (await call("GET /keys")).body.keys;
    expect(keys[0].usage).toMatchObject({ requests_today: 2, requests_month: 2 });
    expect(keys[0].usage.tokens_today).toBeGreaterThan(0);
  });
});

test("the operator's prices win over the bundled ones, and requests are priced by them", async () => {
  const listed = (await call("GET /prices?search=claude-opus-4-6&limit=5")).body;
  expect(listed.licence).toBe("MIT");
  expect(listed.rows[0]).toMatchObject({ is_override: false, price: { input: expect.any(Number) } });
  const price = { input: 2, output: 4, cache_read: null, cache_write: null, reasoning: null };
  expect(
    (await call("PUT /prices/overrides", { body: { model: "claude-*", price: { ...price, input: -1 } } })).body.error
      .problems,
  ).toMatchObject([{ path: "price.input" }]);
  await call("PUT /prices/overrides", { body: { model: "claude-*", price: { ...price, input: 1 } } });
  await call("PUT /prices/overrides", { body: { model: "claude-*", price } });
  const own = (await call("GET /prices?limit=1")).body.rows;
  expect(own).toEqual([{ model: "claude-*", provider: null, price, is_override: true }]);
  await send(gateway.url, clientCall("anthropic", { stream: false, model: "claude-two" }), { "x-api-key": CLIENT_KEY });
  const [row] = (await call("GET /logs?model=claude-two")).body.rows;
  const { input_tokens: input, output_tokens: output } = row.usage;
  expect(row.cost_usd).toBeCloseTo((input * 2 + output * 4) / 1e6, 12);
  expect((await call("GET /keys")).body.keys[0].usage).toMatchObject({
    cost_today_usd: row.cost_usd,
    unpriced_month: 2,
  });
  expect((await call("GET /overview")).body.totals).toMatchObject({ cost_usd: row.cost_usd, unpriced_requests: 2 });
  await call("DELETE /prices/overrides?model=claude-*");
  expect((await call("DELETE /prices/overrides?model=claude-*")).status).toBe(404);
});

test("a model without a price is named as its upstream knows it, until it has one", async () => {
  const simulator = startSimulator({ plan: {} });
  const local = await startGateway({
    upstreams: [
      {
        ...upstreamEntry("relay", "anthropic", simulator.url),
        model_map: { "gpt-*": "house-model", mine: "house-model" },
      },
    ],
    config: ADMIN_CONFIG,
  });
  try {
    for (const model of ["gpt-5.1", "mine", "as-it-is"])
      await send(local.url, clientCall("anthropic", { stream: false, model }));
    await local.record(3);
    const unpriced = async () => (await callAdmin(local.url, "GET /prices/unpriced")).body.models;
    expect(await unpriced()).toEqual([
      { model: "house-model", upstream: "relay", requests: 2 },
      { model: "as-it-is", upstream: "relay", requests: 1 },
    ]);
    const price = { input: 1, output: 2, cache_read: null, cache_write: null, reasoning: null };
    await callAdmin(local.url, "PUT /prices/overrides", { body: { model: "house-model", upstream: "relay", price } });
    expect(await unpriced()).toMatchObject([{ model: "as-it-is" }]);
    await send(local.url, clientCall("anthropic", { stream: false, model: "gpt-5.1" }));
    await local.record(4);
    const [row] = (await callAdmin(local.url, "GET /logs?model=gpt-5.1&limit=1")).body.rows;
    expect(row.cost_usd).toBeGreaterThan(0);
  } finally {
    await local.stop();
    simulator.stop();
  }
});

test("what was used is known after a restart, and the earlier program's log is taken over once", async () => {
  const simulator = startSimulator({ plan: {} });
  const options = {
    upstreams: [upstreamEntry("only", "anthropic", simulator.url)],
    config: { ...ADMIN_CONFIG, client_keys: [{ key: CLIENT_KEY }], access_control_enabled: true },
  };
  const before = await startGateway(options);
  await send(before.url, clientCall("anthropic", { stream: false }), { "x-api-key": CLIENT_KEY });
  await before.record(1);
  await before.app.stop(0);
  const entry = {
    timestamp: new Date().toISOString(),
    method: "POST",
    path: "/v1/messages",
    model: "old",
    status_code: 200,
  };
  await writeFile(join(before.dataDir, "logs.json"), JSON.stringify([entry]));
  const after = await startGateway({ ...options, dataDir: before.dataDir });
  await until("the log is taken over", () => after.lines.some((line) => line.includes("taken over")));
  const keys = (await callAdmin(after.url, "GET /keys")).body.keys;
  expect(keys[0].usage).toMatchObject({ requests_today: 1, requests_month: 1 });
  const { body } = await callAdmin(after.url, "GET /logs");
  expect(body.rows.map((row: { model: string }) => row.model)).toEqual(["old", "claude-test"]);
  await after.app.stop(0);
  const again = await startGateway({ ...options, dataDir: before.dataDir });
  expect((await callAdmin(again.url, "GET /logs")).body.rows).toHaveLength(2);
  await again.stop();
  await rm(before.dataDir, { recursive: true, force: true });
  simulator.stop();
});
