// Sends spans and metrics to a collector: OTLP over HTTP as JSON, in batches, off the request path. The queue is
// bounded; what does not fit, and what the collector does not take, is counted and gone.

import type { OtelSettings } from "../../config/config.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Family } from "../metrics/families.ts";
import { attributes, metricsOf, spansOf } from "./otlp-json.ts";

/** Finished requests that may wait; each becomes a span per attempt and one of its own. */
const MAX_WAITING = 2048;
const BATCH_RECORDS = 256;
const SEND_EVERY_MS = 5_000;
const METRICS_EVERY_MS = 60_000;
const TIMEOUT_MS = 10_000;

export interface OtelExporterOptions {
  readonly settings: OtelSettings;
  readonly version: string;
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly families: () => readonly Family[];
  /** One line for people: the collector does not answer, and that it does again. Each state is told once. */
  readonly onProblem: (line: string) => void;
}

export interface OtelExporter {
  /** Takes a finished request; returns at once and never throws. */
  record(record: RequestRecord): void;
  readonly droppedCount: number;
  /** Sends what waits, and the metrics. Never rejects; takes ten seconds at most. */
  flush(): Promise<void>;
  /** Flushes and stops. */
  close(): Promise<void>;
}

/** Starts an exporter. `settings.endpoint` must be set. */
export function createOtelExporter(options: OtelExporterOptions): OtelExporter {
  const { settings, clock } = options;
  let waiting: RequestRecord[] = [];
  let dropped = 0;
  let isFailing = false;
  let sending: Promise<void> = Promise.resolve();

  const resource = {
    attributes: attributes({
      "service.name": settings.serviceName,
      "service.version": options.version,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "apirouter",
      "process.pid": process.pid,
    }),
  };
  const scope = { name: "apirouter", version: options.version };

  const spanTimer = setInterval(() => void sendSpans(), SEND_EVERY_MS);
  const metricTimer = setInterval(() => void sendMetrics(), METRICS_EVERY_MS);
  spanTimer.unref();
  metricTimer.unref();

  /** One batch after the other, so that a slow collector does not pile up calls. */
  function sendSpans(): Promise<void> {
    sending = sending.then(async () => {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, BATCH_RECORDS);
        waiting = waiting.slice(batch.length);
        const spans = batch.flatMap(spansOf);
        if (spans.length === 0) continue;
        const isTaken = await post("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
        if (isTaken) continue;
        dropped += spans.length;
        return;
      }
    });
    return sending;
  }

  async function sendMetrics(): Promise<void> {
    const metrics = metricsOf(options.families(), options.startedAtMs, clock.wallMs());
    await post("/v1/metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] });
  }

  async function post(path: string, body: object): Promise<boolean> {
    try {
      const response = await fetch(`${settings.endpoint}${path}`, {
        method: "POST",
        headers: { ...headersOf(settings), "content-type": "application/json" },
        body: JSON.stringify(body),
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      // Read, so that the connection can be used again.
      await response.arrayBuffer();
      tell(response.ok ? undefined : `answered ${response.status}`);
      return response.ok;
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  function tell(fault: string | undefined): void {
    const wasFailing = isFailing;
    isFailing = fault !== undefined;
    if (fault !== undefined && !wasFailing)
      options.onProblem(`traces and metrics cannot be sent, requests go on without: collector ${fault}`);
    if (fault === undefined && wasFailing)
      options.onProblem(`traces and metrics are sent again, ${dropped} spans were lost`);
  }

  return {
    record(record) {
      if (!record.trace?.isSampled) return;
      if (waiting.length >= MAX_WAITING) {
        dropped += 1 + record.attempts.length;
        return;
      }
      waiting.push(record);
      if (waiting.length === BATCH_RECORDS) void sendSpans();
    },
    get droppedCount() {
      return dropped;
    },
    async flush() {
      await Promise.all([sendSpans(), sendMetrics()]);
    },
    async close() {
      clearInterval(spanTimer);
      clearInterval(metricTimer);
      await this.flush();
    },
  };
}

function headersOf(settings: OtelSettings): Record<string, string> {
  return Object.fromEntries([...settings.headers].map(([name, value]) => [name, value.reveal()]));
}
