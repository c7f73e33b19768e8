// Metrics in the names and buckets of the GenAI semantic conventions, beside the gateway's own.
// @source OpenTelemetry semantic conventions for generative AI metrics, seen 2026-11

import type { RequestRecord } from "../../core/request-record.ts";
import { totalInputTokens } from "../../core/usage.ts";
import { type Family, Histogram } from "../metrics/families.ts";
import { operationName } from "./operation-name.ts";
import { PROVIDERS } from "./otlp-json.ts";

const TOKEN_BOUNDS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];
const DURATION_BOUNDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST_TOKEN_BOUNDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export interface GenAiMetrics {
  /** `model` with unknown names already replaced. */
  record(record: RequestRecord, model: string): void;
  families(): readonly Family[];
}

export function createGenAiMetrics(): GenAiMetrics {
  const common = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"];
  const usage = new Histogram("gen_ai.client.token.usage", "Tokens per attempt.", TOKEN_BOUNDS, [
    ...common,
    "gen_ai.token.type",
  ]);
  const duration = new Histogram("gen_ai.client.operation.duration", "Seconds per attempt.", DURATION_BOUNDS, [
    ...common,
    "error.type",
  ]);
  const firstToken = new Histogram(
    "gen_ai.server.time_to_first_token",
    "Seconds from sending an attempt to its first content.",
    FIRST_TOKEN_BOUNDS,
    common,
  );
  return {
    families: () => [usage, duration, firstToken],
    record(record, model) {
      const operation = operationName(record);
      if (operation === undefined) return;
      for (const attempt of record.attempts) {
        const labels = [operation, PROVIDERS[attempt.protocol], model] as const;
        duration.observe(attempt.totalMs / 1000, ...labels, attempt.outcome === "ok" ? "" : attempt.outcome);
        if (attempt.firstContentMs !== undefined) firstToken.observe(attempt.firstContentMs / 1000, ...labels);
        const input = attempt.usage && totalInputTokens(attempt.usage);
        if (input !== undefined) usage.observe(input, ...labels, "input");
        if (attempt.usage?.outputTokens !== undefined) usage.observe(attempt.usage.outputTokens, ...labels, "output");
      }
    },
  };
}
