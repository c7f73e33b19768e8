// A request record as the seed's GET /admin/logs shows it, for consoles and scripts made for the seed.

import type { AttemptRecord, RequestRecord } from "../core/request-record.ts";

/** Fields that are absent in the seed are absent here, not null. */
export interface SeedLogAttempt {
  upstream_id: string;
  url?: string;
  /** 502 where there was no answer, as in the seed. */
  status_code: number;
  error?: string;
  request_headers?: Record<string, string>;
  request_body?: string;
  response_body?: string;
}

export interface SeedLogEntry {
  /** When the request ended, RFC 3339 in UTC. */
  timestamp: string;
  method: string;
  path: string;
  model?: string;
  upstream_id?: string;
  status_code: number;
  duration_ms?: number;
  error?: string;
  attempts: SeedLogAttempt[];
}

/** Translates one record. Headers and bodies are there only for requests that ran in debug mode. */
export function toSeedLogEntry(record: RequestRecord): SeedLogEntry {
  return {
    timestamp: new Date(record.startedAt + record.durationMs).toISOString(),
    method: record.method,
    path: record.path,
    ...(record.model === "" ? {} : { model: record.model }),
    ...(record.upstreamId === undefined ? {} : { upstream_id: record.upstreamId }),
    status_code: record.status,
    duration_ms: Math.round(record.durationMs),
    ...(record.error === undefined ? {} : { error: record.error }),
    attempts: record.attempts.map(toSeedAttempt),
  };
}

function toSeedAttempt(attempt: AttemptRecord): SeedLogAttempt {
  const error = attempt.error ?? (attempt.outcome === "ok" ? undefined : attempt.outcome);
  const { requestHeaders, requestBody, responseBody } = attempt.capture ?? {};
  return {
    upstream_id: attempt.upstreamId,
    url: attempt.url,
    status_code: attempt.status === 0 ? 502 : attempt.status,
    ...(error === undefined ? {} : { error }),
    ...(requestHeaders === undefined ? {} : { request_headers: { ...requestHeaders } }),
    ...(requestBody === undefined ? {} : { request_body: requestBody }),
    ...(responseBody === undefined ? {} : { response_body: responseBody }),
  };
}
