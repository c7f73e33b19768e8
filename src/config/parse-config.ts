// Text of config.json in; a frozen configuration out, or everything that is wrong with it. Nothing in between:
// a value that is there but wrong is never replaced by a default.

import type * as z from "zod";
import { buildTelemetry } from "./build-telemetry.ts";
import { buildBreaker, buildTimeouts, buildUpstreams } from "./build-upstreams.ts";
import { hashClientKey, labelClientKey } from "./client-key.ts";
import type { ClientKey, Config, ConfigProblem, FailoverSettings, KeyLimits } from "./config.ts";
import {
  DEFAULT_BREAKER,
  DEFAULT_CLIENT_STALL_MS,
  DEFAULT_COMMIT_HOLD_MS,
  DEFAULT_DRAIN_MS,
  DEFAULT_FAILOVER,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_LIMITS,
  DEFAULT_LOG_RETENTION,
  DEFAULT_MID_STREAM,
  DEFAULT_REMOTE_MEDIA,
  DEFAULT_TIMEOUTS,
} from "./defaults.ts";
import { isJsonObject, type JsonObject, ownValue } from "./json-path.ts";
import { lineAndColumn, scanJson } from "./json-scan.ts";
import type { KeySources } from "./key-reference.ts";
import { createProblemList, type ProblemList } from "./problem-list.ts";
import { CLIENT_KEY, CONFIG_FILE, type FileClientKey, type FileConfig, UPSTREAM } from "./schema.ts";
import { warnOfNearMisses } from "./unknown-fields.ts";

/** Characters of a file; more is refused unread. */
const MAX_FILE_LENGTH = 16_777_216;

export interface ParseOptions {
  /** Becomes `Config.version`. */
  readonly version: number;
  /** Environment for `env:NAME` keys; none when absent. */
  readonly env?: KeySources["env"];
  /** Reads the file of a `file:path` key; refused when absent. May be called more than once for a path. */
  readonly readKeyFile?: KeySources["readKeyFile"];
}

export type ParseResult =
  | {
      readonly ok: true;
      readonly config: Config;
      /** What works but is probably not meant: misspelt fields, doubled keys, plain http. */
      readonly warnings: readonly ConfigProblem[];
      /** The document as parsed, unknown fields included: what a save starts from. */
      readonly raw: JsonObject;
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] };

/**
 * Reads a configuration. Accepts the seed's file as it is, and a leading byte order mark. Never throws on any text.
 * Problems come in file order as far as they have a place; secrets in them are masked.
 */
export function parseConfig(text: string, options: ParseOptions): ParseResult {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (source.length > MAX_FILE_LENGTH)
    return refuse(`expected at most ${MAX_FILE_LENGTH} characters, found ${source.length}`);
  const scan = scanJson(source);
  if (!scan.ok) {
    return {
      ok: false,
      problems: [{ path: "", message: scan.message, ...lineAndColumn(source, scan.offset) }],
      warnings: [],
    };
  }
  const raw: unknown = JSON.parse(source);
  if (!isJsonObject(raw)) return refuse("expected a JSON object, found another JSON value");

  const list = createProblemList(source, raw, scan.offsets);
  for (const path of scan.duplicates) list.problem(path, "expected each field once, found it twice in the same object");
  warnOfNearMisses(raw, list);
  const config = build(raw, options, list);
  if (config === null || list.problems.length > 0) {
    return { ok: false, problems: inFileOrder(list.problems), warnings: list.warnings };
  }
  return { ok: true, config, warnings: list.warnings, raw };
}

function refuse(message: string): ParseResult {
  return { ok: false, problems: [{ path: "", message }], warnings: [] };
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function build(raw: JsonObject, options: ParseOptions, list: ProblemList): Config | null {
  const sources: KeySources = { env: options.env ?? {}, readKeyFile: options.readKeyFile ?? refuseKeyFile };
  const checked = CONFIG_FILE.safeParse(raw);
  if (!checked.success) {
    for (const issue of checked.error.issues) list.wrong(issue.path.map(pathPart), issue.message);
    // The entries that are well formed are checked to the end, so that one run tells all there is to mend.
    buildUpstreams(wellFormed(raw, "upstreams", UPSTREAM), {
      sources,
      timeouts: DEFAULT_TIMEOUTS,
      breaker: DEFAULT_BREAKER,
      maxInflight: DEFAULT_LIMITS.maxInflightPerUpstream,
      list,
    });
    buildClientKeys(wellFormed(raw, "client_keys", CLIENT_KEY), list);
    return null;
  }
  const file = checked.data;
  warnOfUnknownUpstreams(file, list);
  const timeouts = buildTimeouts(file.timeouts, DEFAULT_TIMEOUTS);
  const breaker = buildBreaker(file.breaker, DEFAULT_BREAKER);
  const maxInflight = file.limits?.max_inflight_per_upstream ?? DEFAULT_LIMITS.maxInflightPerUpstream;
  const context = { sources, timeouts, breaker, maxInflight, list };
  return Object.freeze({
    version: options.version,
    upstreams: Object.freeze(buildUpstreams((file.upstreams ?? []).entries(), context)),
    debugMode: file.debug_mode ?? false,
    adminPasswordHash: file.admin_password_hash ?? "",
    accessControlEnabled: file.access_control_enabled ?? false,
    clientKeys: Object.freeze(buildClientKeys((file.client_keys ?? []).entries(), list)),
    allowAnonymousLan: file.allow_anonymous_lan ?? false,
    breaker,
    timeouts,
    ...buildSettings(file),
    ...buildTelemetry(file, sources, list),
  });
}

function* wellFormed<T>(raw: JsonObject, name: string, schema: z.ZodType<T>): Generator<[number, T]> {
  const entries = ownValue(raw, name);
  if (!Array.isArray(entries)) return;
  for (const [index, entry] of entries.slice(0, 1000).entries()) {
    const checked = schema.safeParse(entry);
    if (checked.success) yield [index, checked.data];
  }
}

function pathPart(part: PropertyKey): string | number {
  return typeof part === "number" ? part : String(part);
}

function refuseKeyFile(): string {
  throw new Error("key files are not available here");
}

function buildSettings(file: FileConfig) {
  const { limits, log_retention: retention, remote_media: media } = file;
  return {
    failover: buildFailover(file.failover ?? {}),
    limits: Object.freeze({
      maxRequestBytes: limits?.max_request_bytes ?? DEFAULT_LIMITS.maxRequestBytes,
      maxEventBytes: limits?.max_event_bytes ?? DEFAULT_LIMITS.maxEventBytes,
      maxResponseBytes: limits?.max_response_bytes ?? DEFAULT_LIMITS.maxResponseBytes,
      maxInflight: limits?.max_inflight ?? DEFAULT_LIMITS.maxInflight,
      maxInflightPerUpstream: limits?.max_inflight_per_upstream ?? DEFAULT_LIMITS.maxInflightPerUpstream,
      maxInflightPerClient: limits?.max_inflight_per_client ?? DEFAULT_LIMITS.maxInflightPerClient,
      maxLoopDelayMs: limits?.max_loop_delay_ms ?? DEFAULT_LIMITS.maxLoopDelayMs,
      maxMemoryBytes: limits?.max_memory_bytes ?? DEFAULT_LIMITS.maxMemoryBytes,
      bodyIdleMs: limits?.body_idle_ms ?? DEFAULT_LIMITS.bodyIdleMs,
    }),
    commitHoldMs: file.commit_hold_ms ?? DEFAULT_COMMIT_HOLD_MS,
    keepAliveMs: file.keep_alive_ms ?? DEFAULT_KEEP_ALIVE_MS,
    clientStallMs: file.client_stall_ms ?? DEFAULT_CLIENT_STALL_MS,
    drainMs: file.drain_ms ?? DEFAULT_DRAIN_MS,
    midStream: file.mid_stream ?? DEFAULT_MID_STREAM,
    logRetention: Object.freeze({
      days: retention?.days ?? DEFAULT_LOG_RETENTION.days,
      rows: retention?.rows ?? DEFAULT_LOG_RETENTION.rows,
    }),
    remoteMedia: Object.freeze({
      inline: media?.inline ?? DEFAULT_REMOTE_MEDIA.inline,
      maxBytes: media?.max_bytes ?? DEFAULT_REMOTE_MEDIA.maxBytes,
      timeoutMs: media?.timeout_ms ?? DEFAULT_REMOTE_MEDIA.timeoutMs,
      maxItems: media?.max_items ?? DEFAULT_REMOTE_MEDIA.maxItems,
    }),
    admin: Object.freeze({
      allowedHosts: Object.freeze((file.admin?.allowed_hosts ?? []).map((name) => name.toLowerCase())),
      passwordHeader: file.admin?.password_header ?? true,
    }),
    trustedProxies: Object.freeze([...(file.trusted_proxies ?? [])]),
    allowedOrigins: Object.freeze((file.cors?.allowed_origins ?? []).map((origin) => origin.toLowerCase())),
  };
}

function buildFailover(file: NonNullable<FileConfig["failover"]>): FailoverSettings {
  const rules = (file.rules ?? []).map((rule) =>
    Object.freeze({
      status: rule.status,
      contains: rule.contains?.toLowerCase(),
      action: rule.action,
      cooldownMs: rule.cooldown_ms ?? 0,
    }),
  );
  return Object.freeze({
    statuses: new Set(file.statuses ?? DEFAULT_FAILOVER.statuses),
    maxAttempts: file.max_attempts ?? DEFAULT_FAILOVER.maxAttempts,
    windowMs: file.window_ms ?? DEFAULT_FAILOVER.windowMs,
    allOpen: file.all_open ?? DEFAULT_FAILOVER.allOpen,
    passUpstreamAuthErrors: file.pass_upstream_auth_errors ?? DEFAULT_FAILOVER.passUpstreamAuthErrors,
    contextLength: file.context_length ?? DEFAULT_FAILOVER.contextLength,
    contentFilter: file.content_filter ?? DEFAULT_FAILOVER.contentFilter,
    conversionSuspect: file.conversion_suspect ?? DEFAULT_FAILOVER.conversionSuspect,
    rules: Object.freeze(rules),
    retryRatio: file.retry_ratio ?? DEFAULT_FAILOVER.retryRatio,
    retryPerSecond: file.retry_per_second ?? DEFAULT_FAILOVER.retryPerSecond,
    retryAfterCapMs: file.retry_after_cap_ms ?? DEFAULT_FAILOVER.retryAfterCapMs,
    agentRounds: file.agent_rounds ?? DEFAULT_FAILOVER.agentRounds,
    agentWaitMs: file.agent_wait_ms ?? DEFAULT_FAILOVER.agentWaitMs,
  });
}

/** Of entries for the same key one stays, and it is enabled only when all of them are. */
function buildClientKeys(entries: Iterable<readonly [number, FileClientKey]>, list: ProblemList): ClientKey[] {
  const keys = new Map<string, ClientKey>();
  for (const [index, entry] of entries) {
    const path = ["client_keys", index];
    const key = buildClientKey(entry);
    if (key === null) {
      list.problem(path, "expected a key, or the hash of one; found neither, or a hash that is not the key's");
      continue;
    }
    const earlier = keys.get(key.hash);
    if (earlier) list.warning(path, "the same key comes twice; the first entry counts, disabled if either is");
    keys.set(key.hash, Object.freeze({ ...(earlier ?? key), enabled: key.enabled && (earlier?.enabled ?? true) }));
  }
  return [...keys.values()];
}

function buildClientKey(entry: FileClientKey): ClientKey | null {
  const given = entry.hash?.toLowerCase();
  const hash = entry.key === undefined ? given : hashClientKey(entry.key);
  if (hash === undefined || (given !== undefined && given !== hash)) return null;
  const createdAt = entry.created_at ?? undefined;
  return {
    hash,
    label: entry.label ?? (entry.key === undefined ? `${hash.slice(0, 8)}…` : labelClientKey(entry.key)),
    name: entry.name ?? "",
    enabled: entry.enabled ?? true,
    createdAt: createdAt === undefined ? undefined : String(createdAt),
    ...(entry.mid_stream === undefined ? {} : { midStream: entry.mid_stream }),
    ...(entry.expires_at ? { expiresAtMs: Date.parse(entry.expires_at) } : {}),
    ...(entry.limits ? { limits: buildKeyLimits(entry.limits) } : {}),
  };
}

function buildKeyLimits(entry: NonNullable<FileClientKey["limits"]>): KeyLimits {
  const { budget } = entry;
  return Object.freeze({
    models: entry.models ?? undefined,
    upstreams: entry.upstreams ? new Set(entry.upstreams) : undefined,
    requestsPerMinute: entry.requests_per_minute ?? undefined,
    tokensPerMinute: entry.tokens_per_minute ?? undefined,
    concurrentRequests: entry.concurrent_requests ?? undefined,
    budget: budget
      ? Object.freeze({ period: budget.period, tokens: budget.tokens ?? undefined, usd: budget.usd ?? undefined })
      : undefined,
  });
}

/** A limit to upstreams that are not there keeps the key from everything, which is more than a slip ought to do unseen. */
function warnOfUnknownUpstreams(file: FileConfig, list: ProblemList): void {
  const known = new Set((file.upstreams ?? []).map(({ id }) => id));
  for (const [index, key] of (file.client_keys ?? []).entries()) {
    for (const [position, id] of (key.limits?.upstreams ?? []).entries()) {
      if (known.has(id)) continue;
      list.warning(["client_keys", index, "limits", "upstreams", position], "there is no upstream of this id");
    }
  }
}
