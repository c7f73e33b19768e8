// Reads the request log of the Rust program (`logs.json`): a list of at most 100 entries, or an object that holds one.
// Whatever is not as expected is passed over; nothing here changes the file.

import { readFileSync, statSync } from "node:fs";
import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";
import { cut, MAX_NAME } from "./cut-text.ts";

/** Larger files are no log of that program. */
const MAX_BYTES = 67_108_864;
const MAX_ENTRIES = 10_000;
const MAX_ATTEMPTS = 100;
const MAX_TEXT = 16_384;

/** The entries in the order of time; undefined when there is no such file or nothing in it can be read. */
export function readSeedLog(path: string): RequestRecord[] | undefined {
  let document: unknown;
  try {
    if (statSync(path).size > MAX_BYTES) return undefined;
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
  const list = Array.isArray(document) ? document : isObject(document) ? document["logs"] : undefined;
  if (!Array.isArray(list)) return undefined;
  return list
    .flatMap((entry: unknown, index) => toRecord(entry, index))
    .sort((a, b) => a.startedAt - b.startedAt)
    .slice(-MAX_ENTRIES);
}

function toRecord(entry: unknown, index: number): RequestRecord[] {
  if (!isObject(entry)) return [];
  const endedAt = Date.parse(text(entry["timestamp"]) ?? "");
  if (Number.isNaN(endedAt) || endedAt < 0) return [];
  const durationMs = amount(entry["duration_ms"]);
  const status = amount(entry["status_code"]);
  const path = text(entry["path"]) ?? "";
  const attempts = Array.isArray(entry["attempts"]) ? entry["attempts"].slice(0, MAX_ATTEMPTS) : [];
  const upstreamId = text(entry["upstream_id"]);
  return [
    {
      id: `seed_${endedAt.toString(36)}_${index}`,
      startedAt: endedAt - durationMs,
      method: text(entry["method"]) ?? "POST",
      path,
      clientProtocol: protocolOf(path),
      model: text(entry["model"]) ?? "",
      stream: false,
      status,
      outcome: status >= 200 && status < 400 ? "ok" : "error",
      error: text(entry["error"]),
      durationMs,
      upstreamId,
      losses: [],
      attempts: attempts.flatMap((attempt: unknown) => toAttempt(attempt, protocolOf(path))),
    },
  ];
}

function toAttempt(attempt: unknown, protocol: RequestRecord["clientProtocol"]): AttemptRecord[] {
  if (!isObject(attempt)) return [];
  const status = amount(attempt["status_code"]);
  const error = text(attempt["error"]);
  const isOk = error === undefined && status >= 200 && status < 400;
  const requestHeaders = headersOf(attempt["request_headers"]);
  const requestBody = text(attempt["request_body"], MAX_TEXT);
  const responseBody = text(attempt["response_body"], MAX_TEXT);
  const hasCapture = requestHeaders ?? requestBody ?? responseBody;
  return [
    {
      upstreamId: text(attempt["upstream_id"]) ?? "",
      keyMasked: "",
      protocol,
      url: text(attempt["url"])?.replace(/\?.*$/s, "") ?? "",
      lane: "pass-through",
      status,
      outcome: isOk ? "ok" : "error",
      error,
      startedMs: 0,
      totalMs: 0,
      lossCount: 0,
      ...(hasCapture === undefined ? {} : { capture: { requestHeaders, requestBody, responseBody } }),
    },
  ];
}

/** Only headers that hold no credentials: that program kept them as they were. */
function headersOf(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const safe = Object.entries(value).filter(
    ([name, content]) =>
      /^(user-agent|accept|content-type|anthropic-(version|beta))$/i.test(name) && typeof content === "string",
  );
  return Object.fromEntries(safe.map(([name, content]) => [name.toLowerCase(), cut(String(content), MAX_NAME)]));
}

function protocolOf(path: string): RequestRecord["clientProtocol"] {
  if (path.includes("/messages")) return "anthropic";
  if (path.includes("/responses")) return "openai-responses";
  return /:(stream)?generateContent/.test(path) ? "gemini" : "openai-chat";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown, length = 2048): string | undefined {
  return typeof value === "string" && value !== "" ? cut(value, length) : undefined;
}

function amount(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : 0;
}
