// Metrics, and traces where a collector is configured: built at start, and anew when their settings change. The exporter
// is loaded only then.

import type { Config, OtelSettings } from "../config/config.ts";
import type { RequestRecord } from "../core/request-record.ts";
import { systemClock } from "../lib/clock.ts";
import type { AdminHandler } from "../server/listener.ts";
import { createMetricsRoute } from "../server/metrics-route.ts";
import { createGatewayMetrics, type MetricSources } from "../telemetry/metrics/gateway-metrics.ts";
import type { GenAiMetrics } from "../telemetry/otel/genai-metrics.ts";
import type { OtelExporter } from "../telemetry/otel/otel-exporter.ts";

export interface TelemetryOptions {
  readonly currentConfig: () => Config;
  readonly version: string;
  readonly sources: Omit<MetricSources, "version" | "startedAtMs" | "tracesDropped">;
  readonly warn: (line: string) => void;
}

export interface Telemetry {
  /** Counts and sends a finished, priced request; returns at once and never throws. */
  record(record: RequestRecord): void;
  setConfig(config: Config): void;
  readonly route: AdminHandler;
  /** Sends what waits and stops. Never rejects. */
  close(): Promise<void>;
}

interface Export {
  readonly exporter: OtelExporter;
  readonly genAi: GenAiMetrics;
}

export function composeTelemetry(options: TelemetryOptions): Telemetry {
  const startedAtMs = systemClock.wallMs();
  let settings = options.currentConfig().otel;
  let current: Export | undefined;
  /** Spans lost by exporters that settings have replaced. */
  let droppedBefore = 0;
  let changing: Promise<void> = Promise.resolve();

  const metrics = createGatewayMetrics(options.currentConfig(), {
    ...options.sources,
    version: options.version,
    startedAtMs,
    tracesDropped: () => droppedBefore + (current?.exporter.droppedCount ?? 0),
  });

  async function start(): Promise<void> {
    const wanted = settings;
    const [{ createOtelExporter }, { createGenAiMetrics }] = await Promise.all([
      import("../telemetry/otel/otel-exporter.ts"),
      import("../telemetry/otel/genai-metrics.ts"),
    ]);
    if (wanted.endpoint === undefined) return;
    const genAi = createGenAiMetrics();
    const exporter = createOtelExporter({
      settings: wanted,
      version: options.version,
      startedAtMs,
      clock: systemClock,
      families: () => [...metrics.families(), ...genAi.families()],
      onProblem: options.warn,
    });
    current = { exporter, genAi };
  }

  async function stop(): Promise<void> {
    const stopping = current;
    current = undefined;
    await stopping?.exporter.close();
    droppedBefore += stopping?.exporter.droppedCount ?? 0;
  }

  if (settings.endpoint !== undefined) changing = start();

  return {
    record(record) {
      const model = metrics.record(record);
      current?.genAi.record(record, model);
      current?.exporter.record(record);
    },
    setConfig(config) {
      metrics.setConfig(config);
      if (isSame(config.otel, settings)) return;
      settings = config.otel;
      changing = changing.then(stop).then(() => (settings.endpoint === undefined ? undefined : start()));
    },
    route: createMetricsRoute({ currentConfig: options.currentConfig, families: () => metrics.families() }),
    async close() {
      await changing;
      await stop();
    },
  };
}

function isSame(a: OtelSettings, b: OtelSettings): boolean {
  const text = ({ endpoint, headers, serviceName }: OtelSettings) =>
    JSON.stringify([endpoint, serviceName, [...headers].map(([name, value]) => [name, value.reveal()])]);
  return text(a) === text(b);
}
