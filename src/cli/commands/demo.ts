// `apirouter demo`: the whole product in one command, without a key: a gateway before two simulated upstreams of
// different formats, of which the first fails, and one streamed request with its attempts.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "../../core/request-record.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { startApp } from "../compose.ts";
import type { Writable } from "../options.ts";
import { VERSION } from "../version.ts";

/** Runs the demo and cleans up. Resolves with an exit code. */
export async function demo(out: Writable): Promise<number> {
  const say = (text = "") => out.write(`${text}\n`);
  const failing = startSimulator({ plan: { error: "overloaded" } });
  const healthy = startSimulator({
    plan: {
      answer: {
        thinking: "The first upstream was overloaded, so the question came to me.",
        text: "Hello! You got this answer although the first upstream is down.",
      },
      eventDelayMs: 30,
    },
  });
  const dataDir = await mkdtemp(join(tmpdir(), "apirouter-demo-"));
  await writeFile(join(dataDir, "config.json"), JSON.stringify(demoConfig(failing.url, healthy.url)), { mode: 0o600 });
  const records: RequestRecord[] = [];
  const app = await startApp({
    host: "127.0.0.1",
    port: 0,
    dataDir,
    logFormat: "text",
    version: VERSION,
    env: process.env,
    writeLog: () => undefined,
    isTerminal: false,
    onRecord: (record) => records.push(record),
  });
  try {
    say(`A gateway runs at ${app.url} before two simulated upstreams:`);
    say("  1. always-overloaded  (Anthropic format, answers 529)");
    say("  2. healthy            (OpenAI chat format)");
    say();
    say("POST /v1/messages, streamed, in the Anthropic format:");
    say();
    await streamOnce(app.url, (text) => void out.write(text));
    say();
    say();
    await Bun.sleep(50);
    for (const record of records) showAttempts(record, say);
    return records[0]?.outcome === "ok" ? 0 : 1;
  } finally {
    await app.stop(0);
    await Promise.all([failing.stop(), healthy.stop()]);
    await rm(dataDir, { recursive: true, force: true });
  }
}

function demoConfig(failingUrl: string, healthyUrl: string): object {
  return {
    upstreams: [
      {
        id: "always-overloaded",
        base_url: `${failingUrl}/v1`,
        api_format: "anthropic",
        keys: ["sk-demo-1"],
        priority: 1,
      },
      {
        id: "healthy",
        base_url: `${healthyUrl}/v1`,
        api_format: "openai",
        keys: ["sk-demo-2"],
        priority: 2,
        model_map: { "claude-*": "gpt-demo" },
      },
    ],
  };
}

/** Sends one streamed request and prints the text as it comes. */
async function streamOnce(url: string, write: (text: string) => void): Promise<void> {
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({
      model: "claude-demo",
      max_tokens: 500,
      stream: true,
      messages: [{ role: "user", content: "Hello?" }],
    }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) write(decoder.decode(chunk, { stream: true }));
}

function showAttempts(record: RequestRecord, say: (text?: string) => unknown): void {
  say(`The request took ${Math.round(record.durationMs)} ms and ${record.attempts.length} attempts:`);
  for (const [index, attempt] of record.attempts.entries()) {
    const reason = attempt.error ? `: ${attempt.error}` : "";
    say(
      `  ${index + 1}. ${attempt.upstreamId}  status ${attempt.status}  ${attempt.outcome}  ${attempt.totalMs.toFixed(1)} ms  (${attempt.lane})${reason}`,
    );
  }
  const { inputTokens = "?", outputTokens = "?" } = record.usage ?? {};
  say(`Tokens: ${inputTokens} in, ${outputTokens} out. The client saw one answer and no error.`);
}
