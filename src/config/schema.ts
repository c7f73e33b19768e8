// The shape of config.json: field names, types and ranges. What depends on other fields or on the outside is checked
// in parse-config.ts. Unknown fields are left out of the result here and kept in the raw document.

import * as z from "zod";
import { collectorHeaderFault, headerNameFault, headerValueFault } from "./header-rules.ts";
import { isJsonObject } from "./json-path.ts";

/** Most characters of a string, upstreams of a file, keys of an upstream and so on. */
export const MAX_TEXT = 4096;
const MAX_UPSTREAMS = 1000;
const MAX_KEYS = 1000;
const MAX_CLIENT_KEYS = 10_000;
const MAX_MAP_ENTRIES = 1000;
const MAX_PRICES = 1000;
const DAY_MS = 86_400_000;

function flag() {
  return z.boolean({ error: "expected true or false" });
}

function integer(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return z.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error });
}

function fraction(minimum: number, maximum: number) {
  const error = `expected a number from ${minimum} to ${maximum}`;
  return z.number({ error }).min(minimum, { error }).max(maximum, { error });
}

function text(minimum: number, maximum = MAX_TEXT) {
  const error =
    minimum === 0
      ? `expected a string of at most ${maximum} characters`
      : `expected a string of ${minimum} to ${maximum} characters`;
  return z.string({ error }).min(minimum, { error }).max(maximum, { error });
}

function choice<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `expected ${values.map((value) => JSON.stringify(value)).join(" or ")}` });
}

function list<T extends z.ZodType>(item: T, maximum: number) {
  const error = `expected a list of at most ${maximum} entries`;
  return z.array(item, { error }).max(maximum, { error });
}

function section<T extends z.ZodRawShape>(shape: T) {
  return z.object(shape, { error: "expected an object" });
}

/** An object of strings, as a Map: names such as `__proto__` are names like any other. */
function stringMap(options: {
  readonly maximum: number;
  readonly name: (name: string) => string | null;
  readonly value: (value: string) => string | null;
}) {
  const error = `expected an object of at most ${options.maximum} strings`;
  return z.unknown().transform((input, context): ReadonlyMap<string, string> => {
    const result = new Map<string, string>();
    if (!isJsonObject(input) || Object.keys(input).length > options.maximum) {
      context.issues.push({ code: "custom", input, message: error });
      return result;
    }
    for (const [name, value] of Object.entries(input)) {
      const fault = options.name(name) ?? (typeof value === "string" ? options.value(value) : "a string");
      if (fault !== null)
        context.issues.push({ code: "custom", input: value, path: [name], message: `expected ${fault}` });
      else result.set(name, String(value));
    }
    return result;
  });
}

function modelFault(model: string): string | null {
  return model.length >= 1 && model.length <= 256 ? null : "a model name of 1 to 256 characters";
}

const TIMEOUTS = section({
  connect_ms: integer(1, DAY_MS).optional(),
  first_byte_ms: integer(1, DAY_MS).optional(),
  first_content_ms: integer(1, DAY_MS).optional(),
  idle_ms: integer(1, DAY_MS).optional(),
  request_ms: integer(1, DAY_MS).optional(),
  stream_ms: integer(0, DAY_MS).optional(),
});

const BREAKER = section({
  failure_threshold: integer(1, 1000).optional(),
  open_ms: integer(1, DAY_MS).optional(),
  open_multiplier: fraction(1, 10).optional(),
  max_open_ms: integer(1, DAY_MS).optional(),
  window_ms: integer(1000, DAY_MS).optional(),
  window_min_requests: integer(1, 1_000_000).optional(),
  window_failure_rate: fraction(0, 1).optional(),
});

const FAILOVER_RULE = section({
  status: integer(100, 999).optional(),
  contains: text(1, 512).optional(),
  action: choice(["stop", "continue"]),
  cooldown_ms: integer(0, DAY_MS).optional(),
}).refine((rule) => rule.status !== undefined || rule.contains !== undefined, {
  error: "expected status, contains or both",
});

const MID_STREAM = choice(["auto", "restart", "continue", "error"]);

const QUIRKS = section({
  max_tokens_field: choice(["max_tokens", "max_completion_tokens"]).optional(),
  reasoning_passback: flag().optional(),
  think_tags: flag().optional(),
  tool_images: flag().optional(),
  extra_sampling: flag().optional(),
  explicit_cache: flag().optional(),
  developer_role: flag().optional(),
  stream_options: flag().optional(),
  anthropic_version: z
    .string({ error: "expected a string" })
    .regex(/^[\x21-\x7e]{1,64}$/, { error: "expected 1 to 64 printable ASCII characters without spaces" })
    .optional(),
  mixed_tools: flag().optional(),
  open_api_schema: flag().optional(),
  fetches_urls: flag().optional(),
  prefill: flag().optional(),
});

/** One entry of `upstreams`. */
export const UPSTREAM = section({
  id: text(1, 256).refine((id) => id.trim() !== "", { error: "expected a name that is not blank" }),
  base_url: text(1),
  api_format: choice(["anthropic", "openai", "openai_response", "gemini"]),
  keys: list(text(0, MAX_TEXT + 256), MAX_KEYS).optional(),
  model_map: stringMap({ maximum: MAX_MAP_ENTRIES, name: modelFault, value: modelFault }).optional(),
  priority: integer(-1_000_000, 4_294_967_295).optional(),
  enabled: flag().optional(),
  auth: choice(["auto", "bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]).optional(),
  headers: stringMap({
    maximum: 64,
    name: (name) => headerNameFault(name.toLowerCase()),
    value: (value) => headerValueFault(value.trim()),
  }).optional(),
  timeouts: TIMEOUTS.optional(),
  quirks: QUIRKS.optional(),
  loss_policy: choice(["allow", "strict"]).optional(),
  breaker: BREAKER.optional(),
  max_inflight: integer(0, 1_000_000).optional(),
  mid_stream: MID_STREAM.optional(),
});

const EXPECTED_TIME = "expected a time such as 2027-01-31T00:00:00Z, or a date";
const EXPECTED_USD = "expected an amount above 0";
/** A date alone is its beginning in UTC; a time needs its zone, which otherwise would be the machine's. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** One entry of `client_keys`. */
export const CLIENT_KEY = section({
  key: z
    .string({ error: "expected a string" })
    .regex(/^[\x21-\x7e]{1,512}$/, { error: "expected a key of 1 to 512 printable ASCII characters without spaces" })
    .optional(),
  hash: z
    .string({ error: "expected a string" })
    .regex(/^[0-9a-fA-F]{64}$/, { error: "expected the SHA-256 of a key, 64 hex digits" })
    .optional(),
  label: text(0, 256).optional(),
  name: text(0).optional(),
  enabled: flag().optional(),
  created_at: z.union([text(0, 256), z.number(), z.null()], { error: "expected a string" }).optional(),
  mid_stream: MID_STREAM.optional(),
  expires_at: z
    .string({ error: EXPECTED_TIME })
    .max(64, { error: EXPECTED_TIME })
    .refine((text) => ISO_TIME.test(text) && !Number.isNaN(Date.parse(text)), { error: EXPECTED_TIME })
    .nullish(),
  limits: section({
    models: list(text(1, 256), 1000).nullish(),
    upstreams: list(text(1, 256), MAX_UPSTREAMS).nullish(),
    requests_per_minute: integer(1, 1_000_000).nullish(),
    tokens_per_minute: integer(1, 1_000_000_000_000).nullish(),
    concurrent_requests: integer(1, 1_000_000).nullish(),
    budget: section({
      period: choice(["day", "month"]),
      tokens: integer(1, 1_000_000_000_000).nullish(),
      usd: z
        .number({ error: EXPECTED_USD })
        .positive({ error: EXPECTED_USD })
        .max(1_000_000_000, { error: EXPECTED_USD })
        .nullish(),
    }).nullish(),
  }).nullish(),
});

const PASSWORD_HASH =
  /^$|^[0-9a-fA-F]{64}$|^\$argon2id\$v=\d+\$[A-Za-z0-9=,]{1,100}\$[A-Za-z0-9+/]{8,200}\$[A-Za-z0-9+/]{16,200}$/;

const HOST_NAME = z
  .string({ error: "expected a string" })
  .regex(/^(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,20}$/, {
    error: 'expected a host name without port, or one that begins with "*."',
  });

const NETWORK = z
  .string({ error: "expected a string" })
  .refine(isNetwork, { error: "expected an IP address, or a network such as 10.0.0.0/8" });

/** Everybody (`/0`) is no network: anyone could then claim any address. */
function isNetwork(text: string): boolean {
  const found = /^([0-9A-Fa-f:.]{2,45})(?:\/([1-9]\d{0,2}))?$/.exec(text);
  if (!found) return false;
  const [, address = "", prefix = "1"] = found;
  if (address.includes(":")) return Number(prefix) <= 128 && URL.canParse(`http://[${address}]`);
  return Number(prefix) <= 32 && /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(address);
}

const ORIGIN = z.string({ error: "expected a string" }).regex(/^https?:\/\/[A-Za-z0-9._[\]:-]{1,255}$/, {
  error: "expected an origin such as https://chat.example, without a path",
});

function rate() {
  const error = "expected US dollars per million tokens, from 0 to 100000, or null";
  return z.number({ error }).min(0, { error }).max(100_000, { error }).nullable().optional();
}

/** One entry of `prices`. */
export const PRICE = section({
  model: text(1, 256),
  upstream: text(1, 256).nullable().optional(),
  input: rate(),
  output: rate(),
  cache_read: rate(),
  cache_write: rate(),
  reasoning: rate(),
});

/** config.json as a whole. */
export const CONFIG_FILE = section({
  upstreams: list(UPSTREAM, MAX_UPSTREAMS).optional(),
  debug_mode: flag().optional(),
  admin_password_hash: z
    .string({ error: "expected a string" })
    .regex(PASSWORD_HASH, { error: 'expected a SHA-256 (64 hex digits), an argon2id string or ""' })
    .optional(),
  client_keys: list(CLIENT_KEY, MAX_CLIENT_KEYS).optional(),
  access_control_enabled: flag().optional(),
  allow_anonymous_lan: flag().optional(),
  breaker: BREAKER.optional(),
  failover: section({
    statuses: list(integer(400, 599), 200).optional(),
    max_attempts: integer(1, 100).optional(),
    window_ms: integer(0, DAY_MS).optional(),
    all_open: choice(["probe", "fail_fast"]).optional(),
    pass_upstream_auth_errors: flag().optional(),
    context_length: flag().optional(),
    content_filter: flag().optional(),
    conversion_suspect: flag().optional(),
    rules: list(FAILOVER_RULE, 100).optional(),
    retry_ratio: fraction(0, 100).optional(),
    retry_per_second: fraction(0, 100_000).optional(),
    retry_after_cap_ms: integer(0, DAY_MS).optional(),
    agent_rounds: integer(1, 10).optional(),
    agent_wait_ms: integer(0, 60_000).optional(),
  }).optional(),
  limits: section({
    max_request_bytes: integer(1024, 1_073_741_824).optional(),
    max_event_bytes: integer(1024, 268_435_456).optional(),
    max_response_bytes: integer(1024, 1_073_741_824).optional(),
    max_inflight: integer(1, 1_000_000).optional(),
    max_inflight_per_upstream: integer(0, 1_000_000).optional(),
    max_inflight_per_client: integer(0, 1_000_000).optional(),
    max_loop_delay_ms: integer(0, DAY_MS).optional(),
    max_memory_bytes: integer(0, 1_099_511_627_776).optional(),
    body_idle_ms: integer(1000, 240_000).optional(),
  }).optional(),
  timeouts: TIMEOUTS.optional(),
  commit_hold_ms: integer(0, DAY_MS).optional(),
  keep_alive_ms: integer(1, DAY_MS).optional(),
  client_stall_ms: integer(1000, DAY_MS).optional(),
  drain_ms: integer(0, DAY_MS).optional(),
  mid_stream: MID_STREAM.optional(),
  prices: list(PRICE, MAX_PRICES).optional(),
  metrics: section({ token: text(1, MAX_TEXT).optional() }).optional(),
  otel: section({
    endpoint: text(1, 2048).optional(),
    headers: stringMap({
      maximum: 32,
      name: (name) => collectorHeaderFault(name.toLowerCase()),
      value: (value) => headerValueFault(value.trim()),
    }).optional(),
    service_name: text(1, 256).optional(),
  }).optional(),
  log_retention: section({
    days: integer(1, 36_500).optional(),
    rows: integer(1, 1_000_000_000).optional(),
  }).optional(),
  remote_media: section({
    inline: flag().optional(),
    max_bytes: integer(1024, 67_108_864).optional(),
    timeout_ms: integer(1, 60_000).optional(),
    max_items: integer(1, 100).optional(),
  }).optional(),
  admin: section({
    allowed_hosts: list(HOST_NAME, 100).optional(),
    password_header: flag().optional(),
  }).optional(),
  cors: section({ allowed_origins: list(ORIGIN, 100).optional() }).optional(),
  trusted_proxies: list(NETWORK, 100).optional(),
});

export type FileConfig = z.infer<typeof CONFIG_FILE>;
export type FileUpstream = z.infer<typeof UPSTREAM>;
export type FileClientKey = z.infer<typeof CLIENT_KEY>;
export type FileBreaker = z.infer<typeof BREAKER>;
export type FileTimeouts = z.infer<typeof TIMEOUTS>;
export type FileQuirks = z.infer<typeof QUIRKS>;

/** Field names of each kind of object, for finding misspelt ones; taken from the schema itself. */
export const KNOWN_FIELDS = {
  file: Object.keys(CONFIG_FILE.shape),
  upstream: Object.keys(UPSTREAM.shape),
  clientKey: Object.keys(CLIENT_KEY.shape),
  price: Object.keys(PRICE.shape),
  clientKeyLimits: Object.keys(CLIENT_KEY.shape.limits.unwrap().unwrap().shape),
  timeouts: Object.keys(TIMEOUTS.shape),
  quirks: Object.keys(QUIRKS.shape),
  breaker: Object.keys(BREAKER.shape),
  failover: Object.keys(CONFIG_FILE.shape.failover.unwrap().shape),
  limits: Object.keys(CONFIG_FILE.shape.limits.unwrap().shape),
  log_retention: Object.keys(CONFIG_FILE.shape.log_retention.unwrap().shape),
  failover_rule: Object.keys(FAILOVER_RULE.shape),
  remote_media: Object.keys(CONFIG_FILE.shape.remote_media.unwrap().shape),
  metrics: Object.keys(CONFIG_FILE.shape.metrics.unwrap().shape),
  otel: Object.keys(CONFIG_FILE.shape.otel.unwrap().shape),
  admin: Object.keys(CONFIG_FILE.shape.admin.unwrap().shape),
  cors: Object.keys(CONFIG_FILE.shape.cors.unwrap().shape),
} as const;
