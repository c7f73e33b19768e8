import { expect, test } from "bun:test";
import fc from "fast-check";
import { PROTOCOL_OF_FORMAT } from "./build-upstreams.ts";
import { isJsonObject, type JsonObject, valueAt } from "./json-path.ts";
import { parseConfig } from "./parse-config.ts";
import { patchConfig, sealClientKeys, serializeConfig } from "./serialize-config.ts";

const RUNS = Number(Bun.env["FUZZ_RUNS"] ?? 2000);
const OPTIONS = { version: 1, env: { KEY: "from-env" }, readKeyFile: () => "from-file" };

const SAMPLE = {
  upstreams: [
    {
      id: "a",
      base_url: "https://api.example.com/v1",
      api_format: "anthropic",
      keys: ["sk-one", "env:KEY", "file:key"],
      model_map: { "claude-*": "opus" },
      priority: 1,
      enabled: true,
      auth: "bearer",
      headers: { "x-team": "blue" },
      timeouts: { connect_ms: 1000, stream_ms: 0 },
      quirks: { think_tags: true },
      loss_policy: "strict",
      note: "kept",
    },
    { id: "b", base_url: "http://127.0.0.1:1", api_format: "openai", keys: [] },
  ],
  debug_mode: false,
  admin_password_hash: "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
  client_keys: [{ key: "sk-client", name: "n", enabled: true, created_at: "2025" }],
  access_control_enabled: true,
  allow_anonymous_lan: false,
  breaker: { failure_threshold: 3, open_ms: 60_000 },
  failover: { statuses: [500], max_attempts: 16, window_ms: 1, all_open: "probe", pass_upstream_auth_errors: false },
  limits: { max_request_bytes: 4096, max_event_bytes: 4096, max_response_bytes: 4096, max_inflight: 5 },
  timeouts: { idle_ms: 5 },
  commit_hold_ms: 1,
  keep_alive_ms: 2,
  log_retention: { days: 3, rows: 4 },
  remote_media: { inline: true, max_bytes: 4096, timeout_ms: 6, max_items: 7 },
};
const TEXT = JSON.stringify(SAMPLE, null, 2);

/** Each field of the file beside what the program works with: whatever the file says must be what holds. */
function expectNothingDefaulted(text: string): void {
  const result = parseConfig(text, OPTIONS);
  if (!result.ok) {
    expect(result.problems.length).toBeGreaterThan(0);
    return;
  }
  const { config, raw } = result;
  const pairs: [readonly (string | number)[], unknown][] = [
    [["debug_mode"], config.debugMode],
    [["admin_password_hash"], config.adminPasswordHash],
    [["access_control_enabled"], config.accessControlEnabled],
    [["allow_anonymous_lan"], config.allowAnonymousLan],
    [["breaker", "failure_threshold"], config.breaker.failureThreshold],
    [["breaker", "open_ms"], config.breaker.openMs],
    [["failover", "max_attempts"], config.failover.maxAttempts],
    [["failover", "window_ms"], config.failover.windowMs],
    [["failover", "all_open"], config.failover.allOpen],
    [["failover", "pass_upstream_auth_errors"], config.failover.passUpstreamAuthErrors],
    [["limits", "max_request_bytes"], config.limits.maxRequestBytes],
    [["limits", "max_inflight"], config.limits.maxInflight],
    [["commit_hold_ms"], config.commitHoldMs],
    [["keep_alive_ms"], config.keepAliveMs],
    [["log_retention", "days"], config.logRetention.days],
    [["log_retention", "rows"], config.logRetention.rows],
    [["remote_media", "inline"], config.remoteMedia.inline],
    [["remote_media", "max_bytes"], config.remoteMedia.maxBytes],
    [["remote_media", "timeout_ms"], config.remoteMedia.timeoutMs],
    [["remote_media", "max_items"], config.remoteMedia.maxItems],
    [["upstreams", "length"], undefined],
  ];
  for (const [index, upstream] of config.upstreams.entries()) {
    const path = ["upstreams", index] as const;
    const format = valueAt(raw, [...path, "api_format"]) as keyof typeof PROTOCOL_OF_FORMAT;
    expect(upstream.protocol).toBe(PROTOCOL_OF_FORMAT[format]);
    pairs.push([[...path, "id"], upstream.id], [[...path, "priority"], upstream.priority]);
    pairs.push([[...path, "enabled"], upstream.enabled], [[...path, "loss_policy"], upstream.lossPolicy]);
    pairs.push([[...path, "timeouts", "connect_ms"], upstream.timeouts.connectMs], [[...path, "auth"], upstream.auth]);
    pairs.push([[...path, "timeouts", "stream_ms"], upstream.timeouts.streamMs]);
    pairs.push([[...path, "quirks", "think_tags"], upstream.quirks.thinkTags]);
    const map = valueAt(raw, [...path, "model_map"]);
    if (map !== undefined) expect([...upstream.modelMap]).toEqual(Object.entries(map as Record<string, string>));
  }
  for (const [path, value] of pairs) {
    const written = valueAt(raw, path);
    if (written !== undefined) expect(value).toEqual(written);
  }
  expect(config.upstreams).toHaveLength(lengthOf(raw, "upstreams"));
  expect(config.clientKeys.length > 0).toBe(lengthOf(raw, "client_keys") > 0);
}

function lengthOf(raw: JsonObject, name: string): number {
  const value = valueAt(raw, [name]);
  return Array.isArray(value) ? value.length : 0;
}

test("texts with flipped, cut, repeated and inserted characters never throw and never fall back to a default", () => {
  const edit = fc.tuple(
    fc.nat(TEXT.length),
    fc.nat(12),
    fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('"', ",", "}", "0", "-", "null", '"x":1,')),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = TEXT;
      for (const [at, cut, insert] of edits) text = text.slice(0, at) + insert + text.slice(at + cut);
      expectNothingDefaulted(text);
    }),
    { numRuns: RUNS },
  );
});

test("documents with any value in any place never throw and never fall back to a default", () => {
  const paths = allPaths(SAMPLE);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
    fc.constantFrom<unknown>(
      true,
      false,
      0,
      1,
      2,
      1.5,
      -1,
      1e308,
      "",
      " ",
      "env:KEY",
      "env:",
      "file:x",
      "https://x.org",
      "a",
      [],
      {},
      null,
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), value), { minLength: 1, maxLength: 3 }), (changes) => {
      const document = structuredClone(SAMPLE) as JsonObject;
      for (const [path, replacement] of changes) setAt(document, path, replacement);
      expectNothingDefaulted(JSON.stringify(document));
    }),
    { numRuns: RUNS },
  );
});

test("cut at every offset, a file is refused", () => {
  for (let at = 0; at < TEXT.length; at += 1) expect(parseConfig(TEXT.slice(0, at), OPTIONS).ok).toBe(false);
});

test("saving any accepted document and reading it again gives the same configuration", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (extra) => {
      const text = serializeConfig({
        ...SAMPLE,
        ...Object.fromEntries(Object.entries(extra).map(([k, v]) => [`x_${k}`, v])),
      });
      const first = parseConfig(text, OPTIONS);
      if (!first.ok) throw new Error("sample refused");
      const second = parseConfig(serializeConfig(sealClientKeys(patchConfig(first.raw, {}))), OPTIONS);
      expect(second.ok && second.config).toEqual(first.config);
    }),
    { numRuns: 200 },
  );
});

function allPaths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const paths = path.length === 0 ? [] : [path];
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) paths.push(...allPaths(item, [...path, index]));
  else if (isJsonObject(value))
    for (const [name, item] of Object.entries(value)) paths.push(...allPaths(item, [...path, name]));
  return paths;
}

function setAt(document: JsonObject, path: readonly (string | number)[], value: unknown): void {
  const parent = valueAt(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || typeof parent !== "object" || parent === null) return;
  (parent as Record<string | number, unknown>)[last] = value;
}
