// Turns checked upstream entries of the file into the program's form: keys resolved, defaults filled in.

import type { ProtocolId } from "../core/protocol-id.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";
import { Secret } from "../lib/secret.ts";
import { checkBaseUrl } from "./base-url.ts";
import { hashClientKey } from "./client-key.ts";
import type { BreakerSettings, Timeouts, UpstreamConfig, UpstreamKey } from "./config.ts";
import { DEFAULT_PRIORITY } from "./defaults.ts";
import { type KeySources, resolveKey } from "./key-reference.ts";
import type { ProblemList } from "./problem-list.ts";
import type { FileBreaker, FileQuirks, FileTimeouts, FileUpstream } from "./schema.ts";

/** Names of the seed's file to ours. */
export const PROTOCOL_OF_FORMAT: Readonly<Record<FileUpstream["api_format"], ProtocolId>> = {
  anthropic: "anthropic",
  openai: "openai-chat",
  openai_response: "openai-responses",
  gemini: "gemini",
};

export interface BuildContext {
  readonly sources: KeySources;
  /** The file's global timeouts. */
  readonly timeouts: Timeouts;
  /** The file's global breaker settings. */
  readonly breaker: BreakerSettings;
  /** The file's global limit per upstream. */
  readonly maxInflight: number;
  readonly list: ProblemList;
}

/** Builds upstreams given with their place in the file; what is wrong goes to the list, and the result is then not to be used. */
export function buildUpstreams(
  entries: Iterable<readonly [number, FileUpstream]>,
  context: BuildContext,
): UpstreamConfig[] {
  const indexOfId = new Map<string, number>();
  const upstreams: UpstreamConfig[] = [];
  for (const [index, entry] of entries) {
    const first = indexOfId.get(entry.id);
    if (first === undefined) indexOfId.set(entry.id, index);
    else context.list.wrong(["upstreams", index, "id"], `expected an id that upstreams[${first}] does not have`);
    upstreams.push(buildUpstream(entry, index, context));
  }
  return upstreams;
}

function buildUpstream(entry: FileUpstream, index: number, context: BuildContext): UpstreamConfig {
  const path = ["upstreams", index];
  const enabled = entry.enabled ?? true;
  return Object.freeze({
    id: entry.id,
    baseUrl: buildBaseUrl(entry, index, context.list),
    protocol: PROTOCOL_OF_FORMAT[entry.api_format],
    keys: buildKeys(entry.keys ?? [], index, enabled, context),
    modelMap: entry.model_map ?? new Map<string, string>(),
    priority: entry.priority ?? DEFAULT_PRIORITY,
    enabled,
    auth: entry.auth ?? "auto",
    headers: buildHeaders(entry.headers ?? new Map(), [...path, "headers"], context.list),
    timeouts: buildTimeouts(entry.timeouts, context.timeouts),
    quirks: buildQuirks(entry.quirks ?? {}),
    lossPolicy: entry.loss_policy ?? "allow",
    breaker: buildBreaker(entry.breaker, context.breaker),
    maxInflight: entry.max_inflight ?? context.maxInflight,
    midStream: entry.mid_stream,
  });
}

function buildBaseUrl(entry: FileUpstream, index: number, list: ProblemList): string {
  const path = ["upstreams", index, "base_url"];
  const check = checkBaseUrl(entry.base_url);
  if (!check.ok) {
    list.wrong(path, `expected ${check.expected}`);
    return "";
  }
  if (check.warning !== undefined) list.warning(path, check.warning);
  return check.baseUrl;
}

function buildKeys(
  texts: readonly string[],
  index: number,
  enabled: boolean,
  context: BuildContext,
): readonly UpstreamKey[] {
  const keys = new Map<string, UpstreamKey>();
  for (const [position, text] of texts.entries()) {
    const path = ["upstreams", index, "keys", position];
    if (text.trim() === "") {
      context.list.warning(path, "empty key is left out");
      continue;
    }
    const resolved = resolveKey(text, context.sources);
    if (!resolved.ok) {
      // An upstream that is switched off must not keep the others from starting for want of its variable.
      if (enabled) context.list.problem(path, resolved.message);
      else context.list.warning(path, `${resolved.message}; left out while the upstream is disabled`);
      continue;
    }
    if (keys.has(resolved.value))
      context.list.warning(path, "key comes twice in this upstream; the second is left out");
    else keys.set(resolved.value, Object.freeze(buildKey(resolved.value, position)));
  }
  return Object.freeze([...keys.values()]);
}

function buildKey(value: string, position: number): UpstreamKey {
  return { id: upstreamKeyId(value), secret: new Secret(value), position };
}

/** Fingerprint of an upstream's key, which stands for it wherever the key itself must not be seen. */
export function upstreamKeyId(value: string): string {
  return hashClientKey(value).slice(0, 12);
}

function buildHeaders(entries: ReadonlyMap<string, string>, path: readonly (string | number)[], list: ProblemList) {
  const headers = new Map<string, string>();
  for (const [name, value] of entries) {
    const lower = name.toLowerCase();
    if (headers.has(lower)) list.problem([...path, name], `expected each header once, found ${lower} twice`);
    headers.set(lower, value.trim());
  }
  return headers;
}

/** The file's timeouts over the ones that hold otherwise. */
export function buildTimeouts(entry: FileTimeouts | undefined, otherwise: Timeouts): Timeouts {
  return Object.freeze({
    connectMs: entry?.connect_ms ?? otherwise.connectMs,
    firstByteMs: entry?.first_byte_ms ?? otherwise.firstByteMs,
    firstContentMs: entry?.first_content_ms ?? otherwise.firstContentMs,
    idleMs: entry?.idle_ms ?? otherwise.idleMs,
    requestMs: entry?.request_ms ?? otherwise.requestMs,
    streamMs: entry?.stream_ms ?? otherwise.streamMs,
  });
}

/** The file's breaker settings over the ones that hold otherwise. */
export function buildBreaker(entry: FileBreaker | undefined, otherwise: BreakerSettings): BreakerSettings {
  return Object.freeze({
    failureThreshold: entry?.failure_threshold ?? otherwise.failureThreshold,
    openMs: entry?.open_ms ?? otherwise.openMs,
    openMultiplier: entry?.open_multiplier ?? otherwise.openMultiplier,
    maxOpenMs: entry?.max_open_ms ?? otherwise.maxOpenMs,
    windowMs: entry?.window_ms ?? otherwise.windowMs,
    windowMinRequests: entry?.window_min_requests ?? otherwise.windowMinRequests,
    windowFailureRate: entry?.window_failure_rate ?? otherwise.windowFailureRate,
  });
}

function buildQuirks(entry: FileQuirks): UpstreamQuirks {
  return Object.freeze({
    maxTokensField: entry.max_tokens_field,
    reasoningPassback: entry.reasoning_passback,
    thinkTags: entry.think_tags,
    toolImages: entry.tool_images,
    extraSampling: entry.extra_sampling,
    explicitCache: entry.explicit_cache,
    developerRole: entry.developer_role,
    streamOptions: entry.stream_options,
    anthropicVersion: entry.anthropic_version,
    mixedTools: entry.mixed_tools,
    openApiSchema: entry.open_api_schema,
    fetchesUrls: entry.fetches_urls,
    prefill: entry.prefill,
  });
}
