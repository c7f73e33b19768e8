// What the gateway counts. Everything comes from finished requests, or is looked at when somebody asks, so that the
// request path does nothing for it. Labels hold configured ids, fixed words, and a bounded number of model names.

import type { Config } from "../../config/config.ts";
import type { AttemptRecord, RequestRecord } from "../../core/request-record.ts";
import { Counter, type Family, Gauge, Histogram, type Point } from "./families.ts";

/** Stands for model names that are neither configured nor among the first that were answered. */
const OTHER_MODEL = "other";
/** Names that are told apart because a request for them was answered. */
const MAX_SEEN_MODELS = 100;

const LATENCY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320];
const ADDED_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** What is looked at when metrics are read. */
export interface MetricSources {
  readonly version: string;
  readonly startedAtMs: number;
  readonly inFlight: () => number;
  readonly streamsOpen: () => number;
  /** One entry per breaker. */
  readonly breakers: () => Iterable<{ readonly scope: string; readonly upstreamId: string; readonly state: string }>;
  readonly logRowsDropped: () => number;
  readonly tracesDropped: () => number;
  /** How late the event loop is, milliseconds. */
  readonly lagMs: () => number;
}

export interface GatewayMetrics {
  /** Counts a finished, priced request; returns the name that its model has in labels. */
  record(record: RequestRecord): string;
  setConfig(config: Config): void;
  families(): readonly Family[];
}

export function createGatewayMetrics(config: Config, sources: MetricSources): GatewayMetrics {
  const overflow = new Counter("apirouter_series_dropped_total", "Series left out because a metric has too many.");
  const onOverflow = () => overflow.add(1);
  const counter = (name: string, help: string, labels: readonly string[] = []) =>
    new Counter(name, help, labels, onOverflow);
  const histogram = (name: string, help: string, bounds: readonly number[], labels: readonly string[]) =>
    new Histogram(name, help, bounds, labels, onOverflow);

  const requests = counter("apirouter_requests_total", "Finished requests.", ["protocol", "outcome", "status"]);
  const duration = histogram("apirouter_request_duration_seconds", "From arrival to end.", LATENCY_SECONDS, [
    "protocol",
  ]);
  const attempts = counter("apirouter_attempts_total", "Attempts at upstreams.", ["upstream", "outcome"]);
  const failovers = counter("apirouter_failovers_total", "Requests answered by another than their first attempt.", [
    "upstream",
  ]);
  const restarts = counter("apirouter_restarts_total", "Answers that another attempt went on with after a break.", [
    "upstream",
  ]);
  const tokens = counter("apirouter_tokens_total", "Tokens of all attempts.", ["upstream", "model", "type"]);
  const cost = counter("apirouter_cost_usd_total", "US dollars, of attempts with a known price.", [
    "upstream",
    "model",
  ]);
  const unpriced = counter("apirouter_unpriced_requests_total", "Requests that cost something of unknown price.");
  const firstToken = histogram(
    "apirouter_time_to_first_token_seconds",
    "From sending an attempt to its first content.",
    LATENCY_SECONDS,
    ["upstream"],
  );
  const added = histogram(
    "apirouter_added_latency_seconds",
    "From a request's arrival to sending its first attempt.",
    ADDED_SECONDS,
    [],
  );
  const all: readonly Family[] = [
    ...[requests, duration, attempts, failovers, restarts, tokens, cost, unpriced, firstToken, added, overflow],
    ...gauges(sources),
  ];

  let configured = modelNames(config);
  const seen = new Set<string>();

  function modelLabel(model: string, isAnswered: boolean): string {
    if (model === "" || configured.has(model) || seen.has(model)) return model;
    if (!isAnswered || seen.size >= MAX_SEEN_MODELS) return OTHER_MODEL;
    seen.add(model);
    return model;
  }

  function countAttempt(attempt: AttemptRecord, model: string): void {
    const { upstreamId, usage } = attempt;
    attempts.add(1, upstreamId, attempt.outcome);
    if (attempt.firstContentMs !== undefined) firstToken.observe(attempt.firstContentMs / 1000, upstreamId);
    if (attempt.costUsd) cost.add(attempt.costUsd, upstreamId, model);
    if (!usage) return;
    if (usage.inputTokens) tokens.add(usage.inputTokens, upstreamId, model, "input");
    if (usage.cacheReadTokens) tokens.add(usage.cacheReadTokens, upstreamId, model, "cache_read");
    if (usage.cacheWriteTokens) tokens.add(usage.cacheWriteTokens, upstreamId, model, "cache_write");
    if (usage.outputTokens) tokens.add(usage.outputTokens, upstreamId, model, "output");
    if (usage.reasoningTokens) tokens.add(usage.reasoningTokens, upstreamId, model, "reasoning");
  }

  return {
    families: () => all,
    setConfig(changed) {
      configured = modelNames(changed);
    },
    record(record) {
      const isAnswered = record.outcome === "ok";
      const model = modelLabel(record.model, isAnswered);
      requests.add(1, record.clientProtocol, record.outcome, String(record.status));
      duration.observe(record.durationMs / 1000, record.clientProtocol);
      const first = record.attempts[0];
      if (first) added.observe(first.startedMs / 1000);
      if (isAnswered && record.attempts.length > 1) failovers.add(1, record.upstreamId ?? "");
      if (record.restartCount) restarts.add(record.restartCount, record.upstreamId ?? "");
      if (record.costUsd === null) unpriced.add(1);
      for (const attempt of record.attempts) countAttempt(attempt, model);
      return model;
    },
  };
}

function gauges(sources: MetricSources): Family[] {
  const memory = () => process.memoryUsage();
  return [
    Gauge.of("apirouter_requests_in_flight", "Requests under way.", sources.inFlight),
    Gauge.of("apirouter_streams_open", "Streamed answers under way.", sources.streamsOpen),
    new Gauge("apirouter_breaker_open", "Breakers that are open, by scope.", ["upstream", "scope"], () =>
      openBreakers(sources.breakers()),
    ),
    counterOf("apirouter_log_rows_dropped_total", "Log rows that were lost.", sources.logRowsDropped),
    counterOf("apirouter_otel_items_dropped_total", "Spans that could not be sent.", sources.tracesDropped),
    Gauge.of("apirouter_event_loop_delay_seconds", "How late the event loop is.", () => sources.lagMs() / 1000),
    Gauge.of("process_resident_memory_bytes", "Resident memory.", () => memory().rss),
    Gauge.of("process_heap_bytes", "Memory of the JavaScript heap in use.", () => memory().heapUsed),
    counterOf("process_cpu_seconds_total", "CPU time of all threads.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    Gauge.of("process_start_time_seconds", "When the program started.", () => sources.startedAtMs / 1000),
    new Gauge("apirouter_build_info", "Always 1.", ["version"], () => [{ labels: [sources.version], value: 1 }]),
  ];
}

/** A counter that is kept elsewhere. */
function counterOf(name: string, help: string, value: () => number): Family {
  return { type: "counter", name, help, labelNames: [], collect: () => [{ labels: [], value: value() }] };
}

/** An upstream without an open breaker shows 0 once it has breakers at all, so that alerts see it close. */
function openBreakers(breakers: ReturnType<MetricSources["breakers"]>): Point[] {
  const points = new Map<string, { labels: string[]; value: number }>();
  for (const { scope, upstreamId, state } of breakers) {
    const key = `${upstreamId}\u0000${scope}`;
    const point = points.get(key) ?? { labels: [upstreamId, scope], value: 0 };
    if (state === "open") point.value += 1;
    points.set(key, point);
  }
  return [...points.values()];
}

/** Names in model maps, both sides, without patterns. */
function modelNames(config: Config): Set<string> {
  const names = config.upstreams.flatMap(({ modelMap }) => [...modelMap].flat());
  return new Set(names.filter((name) => !name.includes("*")));
}
