import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../config/parse-config.ts";
import type { AttemptRecord, RequestRecord } from "../../core/request-record.ts";
import { Counter, Gauge, Histogram } from "./families.ts";
import { createGatewayMetrics } from "./gateway-metrics.ts";
import { formatPrometheus } from "./prometheus-text.ts";

const ATTEMPT: AttemptRecord = {
  upstreamId: "a",
  keyMasked: "",
  protocol: "anthropic",
  url: "",
  lane: "pass-through",
  status: 200,
  outcome: "ok",
  startedMs: 2,
  firstContentMs: 300,
  totalMs: 900,
  lossCount: 0,
  usage: { inputTokens: 10, cacheReadTokens: 20, outputTokens: 30 },
  costUsd: 0.5,
};

function record(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "r",
    startedAt: 0,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "mapped",
    stream: true,
    status: 200,
    outcome: "ok",
    durationMs: 950,
    upstreamId: "a",
    losses: [],
    attempts: [ATTEMPT],
    costUsd: 0.5,
    ...changes,
  };
}

function create() {
  const parsed = parseConfig(
    JSON.stringify({
      upstreams: [
        { id: "a", base_url: "https://x.example", api_format: "openai", model_map: { mapped: "theirs", "p-*": "q" } },
      ],
    }),
    { version: 1 },
  );
  if (!parsed.ok) throw new Error("expected a configuration");
  const metrics = createGatewayMetrics(parsed.config, {
    version: "1.2.3",
    startedAtMs: 5000,
    inFlight: () => 3,
    streamsOpen: () => 2,
    breakers: () => [
      { scope: "upstream", upstreamId: "a", state: "open" },
      { scope: "key", upstreamId: "a", state: "closed" },
    ],
    logRowsDropped: () => 7,
    tracesDropped: () => 0,
    lagMs: () => 12,
  });
  return { metrics, text: () => formatPrometheus(metrics.families()) };
}

describe("the metrics page", () => {
  test("counts requests, attempts, fail-overs, tokens, cost and latency", () => {
    const { metrics, text } = create();
    metrics.record(record());
    metrics.record(
      record({
        attempts: [{ ...ATTEMPT, outcome: "overloaded", usage: undefined, costUsd: 0 }, ATTEMPT],
        restartCount: 1,
      }),
    );
    metrics.record(record({ costUsd: null, outcome: "upstream-timeout", status: 504, attempts: [] }));
    const lines = text().split("\n");
    for (const line of [
      'apirouter_requests_total{protocol="anthropic",outcome="ok",status="200"} 2',
      'apirouter_requests_total{protocol="anthropic",outcome="upstream-timeout",status="504"} 1',
      'apirouter_attempts_total{upstream="a",outcome="ok"} 2',
      'apirouter_attempts_total{upstream="a",outcome="overloaded"} 1',
      'apirouter_failovers_total{upstream="a"} 1',
      'apirouter_restarts_total{upstream="a"} 1',
      'apirouter_tokens_total{upstream="a",model="mapped",type="cache_read"} 40',
      'apirouter_cost_usd_total{upstream="a",model="mapped"} 1',
      "apirouter_unpriced_requests_total 1",
      'apirouter_time_to_first_token_seconds_bucket{upstream="a",le="0.25"} 0',
      'apirouter_time_to_first_token_seconds_bucket{upstream="a",le="0.5"} 3',
      'apirouter_time_to_first_token_seconds_bucket{upstream="a",le="+Inf"} 3',
      'apirouter_time_to_first_token_seconds_count{upstream="a"} 3',
      'apirouter_added_latency_seconds_bucket{le="0.0025"} 2',
      "apirouter_requests_in_flight 3",
      "apirouter_streams_open 2",
      'apirouter_breaker_open{upstream="a",scope="upstream"} 1',
      'apirouter_breaker_open{upstream="a",scope="key"} 0',
      "apirouter_log_rows_dropped_total 7",
      "apirouter_event_loop_delay_seconds 0.012",
      "process_start_time_seconds 5",
      'apirouter_build_info{version="1.2.3"} 1',
    ])
      expect(lines).toContain(line);
  });

  test("follows the grammar of the format, each series once", () => {
    const { metrics, text } = create();
    metrics.record(record({ outcome: 'odd"\\\n', model: "mapped" }));
    const lines = text().trimEnd().split("\n");
    const series = lines.filter((line) => !line.startsWith("#"));
    for (const line of series)
      expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.e+-]+|[+-]Inf|NaN)$/);
    const names = series.map((line) => line.slice(0, line.lastIndexOf(" ")));
    expect(new Set(names).size).toBe(names.length);
    expect(lines.filter((line) => line.startsWith("# TYPE")).length).toBeGreaterThan(15);
  });

  test("does not let clients make up series", () => {
    const { metrics, text } = create();
    for (let index = 0; index < 20_000; index += 1) {
      metrics.record(record({ model: `made-up-${index}`, outcome: "no-upstream-available" }));
      metrics.record(record({ model: `answered-${index}` }));
    }
    expect(text().split("\n").length).toBeLessThan(1500);
    expect(text()).toContain('model="other"');
    expect(metrics.record(record({ model: "theirs" }))).toBe("theirs");
    expect(metrics.record(record({ model: "made-up-1" }))).toBe("other");
  });
});

describe("families", () => {
  test("leave out series beyond their bound and say so", () => {
    let left = 0;
    const leave = () => {
      left += 1;
    };
    const counter = new Counter("c", "", ["x"], leave);
    const histogram = new Histogram("h", "", [1], ["x"], leave);
    for (let index = 0; index < 5003; index += 1) {
      counter.add(1, String(index));
      histogram.observe(1, String(index));
    }
    expect([counter.collect().length, histogram.collect().length, left]).toEqual([5000, 5000, 6]);
  });

  test("count a value on a bound into the bucket below it", () => {
    const histogram = new Histogram("h", "", [1, 2]);
    for (const value of [0, 1, 1.5, 2, 3]) histogram.observe(value);
    expect(histogram.collect()[0]).toMatchObject({ counts: [2, 2, 1], sum: 7.5, count: 5 });
  });

  test("are looked at when asked", () => {
    let value = 1;
    const gauge = Gauge.of("g", "help", () => value);
    value = 2;
    expect(formatPrometheus([gauge])).toBe("# HELP g help\n# TYPE g gauge\ng 2\n");
  });
});
