// What a setting is when the file does not say, and the file that a first start writes.

import type { BreakerSettings, Config, FailoverSettings, Limits, RemoteMediaSettings, Timeouts } from "./config.ts";

/** Fail-over statuses: the seed's ten, and those that mean the same on servers the seed did not know. */
const FAILOVER_STATUSES: readonly number[] = [
  ...[401, 403, 429, 500, 502, 503, 504, 520, 522, 524],
  ...[402, 404, 408, 409, 425, 521, 523, 525, 526, 527, 529, 530],
];

/** SHA-256 of `admin`, the seed's first password; the server accepts it on the machine itself only. */
export const SEED_PASSWORD_HASH = "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918";

/** Priority of an upstream that names none. */
export const DEFAULT_PRIORITY = 999;

export const DEFAULT_TIMEOUTS: Timeouts = Object.freeze({
  connectMs: 10_000,
  firstByteMs: 120_000,
  firstContentMs: 300_000,
  idleMs: 300_000,
  requestMs: 600_000,
  streamMs: 3_600_000,
});

export const DEFAULT_BREAKER: BreakerSettings = Object.freeze({
  failureThreshold: 3,
  openMs: 60_000,
  openMultiplier: 1,
  maxOpenMs: 300_000,
  windowMs: 60_000,
  windowMinRequests: 10,
  windowFailureRate: 0.5,
});

export const DEFAULT_FAILOVER: FailoverSettings = Object.freeze({
  statuses: new Set(FAILOVER_STATUSES),
  maxAttempts: 16,
  windowMs: 120_000,
  allOpen: "probe",
  passUpstreamAuthErrors: false,
  contextLength: false,
  contentFilter: false,
  conversionSuspect: false,
  rules: [],
  retryRatio: 0.2,
  retryPerSecond: 10,
  retryAfterCapMs: 0,
  agentRounds: 3,
  agentWaitMs: 5_000,
});

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxRequestBytes: 34_603_008,
  maxEventBytes: 8_388_608,
  maxResponseBytes: 67_108_864,
  maxInflight: 10_000,
  maxInflightPerUpstream: 0,
  maxInflightPerClient: 0,
  maxLoopDelayMs: 5_000,
  maxMemoryBytes: 0,
  bodyIdleMs: 30_000,
});

export const DEFAULT_COMMIT_HOLD_MS = 10_000;
export const DEFAULT_KEEP_ALIVE_MS = 10_000;
export const DEFAULT_CLIENT_STALL_MS = 120_000;
export const DEFAULT_DRAIN_MS = 30_000;
export const DEFAULT_MID_STREAM: Config["midStream"] = "auto";
export const DEFAULT_LOG_RETENTION = Object.freeze({ days: 30, rows: 1_000_000 });

/** `service.name` of traces and metrics. */
export const DEFAULT_OTEL_SERVICE_NAME = "apirouter";

export const DEFAULT_REMOTE_MEDIA: RemoteMediaSettings = Object.freeze({
  inline: false,
  maxBytes: 10_485_760,
  timeoutMs: 5_000,
  maxItems: 20,
});

/** The file of a first start: the seed's, with its first password and nothing to route to. Ends with a line feed. */
export function defaultConfigText(): string {
  const document = {
    upstreams: [],
    debug_mode: false,
    admin_password_hash: SEED_PASSWORD_HASH,
    client_keys: [],
    access_control_enabled: false,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
