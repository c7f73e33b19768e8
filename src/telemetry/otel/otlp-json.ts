// Finished requests and metric families in OTLP's JSON form.
// @source opentelemetry-proto 1.x, JSON mapping; GenAI semantic conventions, both seen 2026-11. Prompts and answers
// are never part of it.

import type { ProtocolId } from "../../core/protocol-id.ts";
import type { AttemptRecord, RequestRecord } from "../../core/request-record.ts";
import { totalInputTokens } from "../../core/usage.ts";
import type { Family } from "../metrics/families.ts";
import { operationName } from "./operation-name.ts";

type AttributeValue = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };
export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
const CUMULATIVE = 2;

/** `gen_ai.provider.name` by the format that an upstream speaks. */
export const PROVIDERS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "anthropic",
  "openai-chat": "openai",
  "openai-responses": "openai",
  gemini: "gcp.gemini",
};

/** A span for the request and one for each attempt; none for a request whose trace is not recorded. */
export function spansOf(record: RequestRecord): object[] {
  const { trace } = record;
  if (!trace?.isSampled) return [];
  const endMs = record.startedAt + record.durationMs;
  const server = {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentSpanId !== undefined && { parentSpanId: trace.parentSpanId }),
    ...(trace.state !== undefined && { traceState: trace.state }),
    name: `${record.method} ${record.path}`,
    kind: KIND_SERVER,
    startTimeUnixNano: nanos(record.startedAt),
    endTimeUnixNano: nanos(endMs),
    attributes: attributes({
      "http.request.method": record.method,
      "url.path": record.path,
      "http.response.status_code": record.status,
      "user_agent.original": record.userAgent,
      "gen_ai.operation.name": operationName(record),
      "gen_ai.request.model": record.model === "" ? undefined : record.model,
      "gen_ai.conversation.id": record.sessionId,
      "error.type": record.outcome === "ok" || record.outcome === "client_closed" ? undefined : record.outcome,
      "apirouter.request.id": record.id,
      "apirouter.attempts": record.attempts.length,
      "apirouter.upstream": record.upstreamId,
      "apirouter.client_key": record.clientKeyLabel,
      "apirouter.losses": record.losses.length,
    }),
    status: record.status >= 500 ? { code: STATUS_ERROR, message: record.outcome } : {},
  };
  return [server, ...record.attempts.flatMap((attempt, index) => attemptSpan(record, attempt, index))];
}

function attemptSpan(record: RequestRecord, attempt: AttemptRecord, index: number): object[] {
  const { trace } = record;
  // An attempt that was never sent has no span.
  if (!trace || attempt.spanId === undefined) return [];
  const startMs = record.startedAt + attempt.startedMs;
  const model = attempt.model ?? record.upstreamModel ?? record.model;
  const url = URL.parse(attempt.url);
  const { usage } = attempt;
  const operation = operationName(record);
  const isBad = attempt.outcome !== "ok" && attempt.outcome !== "client_closed";
  const firstContent =
    attempt.firstContentMs === undefined
      ? []
      : [{ name: "first_content", timeUnixNano: nanos(startMs + attempt.firstContentMs) }];
  return [
    {
      traceId: trace.traceId,
      spanId: attempt.spanId,
      parentSpanId: trace.spanId,
      name: operation === undefined ? record.method : `${operation} ${model}`,
      kind: KIND_CLIENT,
      startTimeUnixNano: nanos(startMs),
      endTimeUnixNano: nanos(startMs + attempt.totalMs),
      attributes: attributes({
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": PROVIDERS[attempt.protocol],
        "gen_ai.request.model": model === "" ? undefined : model,
        "gen_ai.usage.input_tokens": usage && totalInputTokens(usage),
        "gen_ai.usage.cache_read.input_tokens": usage?.cacheReadTokens,
        "gen_ai.usage.cache_creation.input_tokens": usage?.cacheWriteTokens,
        "gen_ai.usage.output_tokens": usage?.outputTokens,
        "server.address": url?.hostname,
        "server.port": url ? Number(url.port || (url.protocol === "http:" ? 80 : 443)) : undefined,
        "http.request.method": attempt.answerBytes === undefined ? "POST" : record.method,
        "http.response.status_code": attempt.status === 0 ? undefined : attempt.status,
        "http.request.resend_count": index === 0 ? undefined : index,
        "error.type": isBad ? attempt.outcome : undefined,
        "apirouter.upstream": attempt.upstreamId,
        "apirouter.lane": attempt.lane,
        "apirouter.cost_usd": attempt.costUsd ?? undefined,
        "apirouter.usage_estimated": attempt.usageEstimated,
      }),
      events: firstContent,
      status: isBad ? { code: STATUS_ERROR, message: attempt.error ?? attempt.outcome } : {},
    },
  ];
}

/** Families as cumulative metrics since `startedAtMs`; names with dots instead of the first underscore. */
export function metricsOf(families: readonly Family[], startedAtMs: number, nowMs: number): object[] {
  const time = { startTimeUnixNano: nanos(startedAtMs), timeUnixNano: nanos(nowMs) };
  return families.flatMap((family): object[] => {
    const facts = { name: family.name, description: family.help };
    const labels = (values: readonly string[]) =>
      attributes(Object.fromEntries(family.labelNames.map((name, at) => [name, values[at]])));
    if (family.type === "histogram") {
      const dataPoints = family.collect().map(({ labels: values, counts, sum, count }) => ({
        ...time,
        attributes: labels(values),
        count: String(count),
        sum,
        bucketCounts: counts.map(String),
        explicitBounds: family.bounds,
      }));
      return dataPoints.length === 0
        ? []
        : [{ ...facts, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }];
    }
    const dataPoints = family
      .collect()
      .map(({ labels: values, value }) => ({ ...time, attributes: labels(values), asDouble: value }));
    if (dataPoints.length === 0) return [];
    if (family.type === "gauge") return [{ ...facts, gauge: { dataPoints } }];
    return [{ ...facts, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }];
  });
}

/** Undefined values are left out. */
export function attributes(values: Readonly<Record<string, string | number | boolean | undefined>>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]): Attribute[] => {
    if (value === undefined) return [];
    if (typeof value === "string") return [{ key, value: { stringValue: value } }];
    if (typeof value === "boolean") return [{ key, value: { boolValue: value } }];
    return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }];
  });
}

/** Nanoseconds as text: too large for a number. */
function nanos(wallMs: number): string {
  const whole = Math.floor(wallMs);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((wallMs - whole) * 1_000_000)));
}
