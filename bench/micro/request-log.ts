// What the request log costs per request: taking the record, and writing it to the database in batches.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "../../src/core/request-record.ts";
import { openSqliteRequestLog } from "../../src/store/sqlite-request-log.ts";
import { table } from "../macro/report.ts";
import { percentile } from "../macro/statistics.ts";

const RECORDS = 60_000;
const WARM_BATCHES = 20;

/** Table lines for small and large batches: little and much traffic. */
export async function benchRequestLog(): Promise<string[]> {
  const rows: string[][] = [];
  for (const batchSize of [10, 300]) rows.push(await measureBatches(batchSize));
  return table(
    ["request log, records per batch", "CPU us per record", "append alone us", "batch p50 ms", "batch p99 ms"],
    rows,
  );
}

async function measureBatches(batchSize: number): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "apirouter-log-bench-"));
  const log = openSqliteRequestLog({
    dataDir,
    retention: { days: 30, rows: 1_000_000 },
    onProblem: (line) => console.error(line),
  });
  const batches = Math.floor(RECORDS / (batchSize === 10 ? 5 : 1) / batchSize);
  const stalls: number[] = [];
  let cpuUs = 0;
  let appendMs = 0;
  for (let batch = -WARM_BATCHES; batch < batches; batch++) {
    const records = Array.from({ length: batchSize }, (_, at) => sampleRecord(batch * batchSize + at));
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    for (const record of records) log.append(record);
    const appendedMs = performance.now();
    await log.flush();
    const endedMs = performance.now();
    const used = process.cpuUsage(cpuBefore);
    if (batch < 0) continue;
    cpuUs += used.user + used.system;
    appendMs += appendedMs - startedMs;
    stalls.push(endedMs - startedMs);
  }
  await log.close();
  rmSync(dataDir, { recursive: true, force: true });
  const count = batches * batchSize;
  return [
    String(batchSize),
    (cpuUs / count).toFixed(2),
    ((appendMs * 1000) / count).toFixed(2),
    percentile(stalls, 0.5).toFixed(2),
    percentile(stalls, 0.99).toFixed(2),
  ];
}

/** A request as coding agents make them, with one attempt. */
function sampleRecord(index: number): RequestRecord {
  const usage = { inputTokens: 1200, cacheReadTokens: 40_000, cacheWriteTokens: 100, outputTokens: 85 };
  return {
    id: `req_${String(index + 1_000_000).padStart(24, "0")}`,
    startedAt: 1_795_392_000_000 + index,
    method: "POST",
    path: "/v1/messages",
    clientProtocol: "anthropic",
    model: "claude-opus-4-6",
    stream: true,
    status: 200,
    outcome: "ok",
    // As many digits as the clock gives: writing them out costs.
    durationMs: 1234.399021999999 + (index % 100),
    firstByteMs: 200.374374999999,
    firstContentMs: 300.374374999999,
    upstreamId: "upstream-anthropic",
    keyMasked: "sk-ant-a…wxyz",
    usage,
    costUsd: 0.034127 + index * 1e-6,
    clientKeyLabel: "sk-abcde…wxyz",
    losses: [],
    userAgent: "claude-cli/2.1.0 (external, cli)",
    attempts: [
      {
        upstreamId: "upstream-anthropic",
        keyMasked: "sk-ant-a…wxyz",
        protocol: "anthropic",
        url: "https://api.anthropic.com/v1/messages",
        lane: "pass-through",
        status: 200,
        outcome: "ok",
        startedMs: 1.0171060000011,
        firstByteMs: 200.283729999999,
        firstContentMs: 300.357248999998,
        totalMs: 1233.363528999998,
        usage,
        costUsd: 0.034127 + index * 1e-6,
        lossCount: 0,
      },
    ],
  };
}
