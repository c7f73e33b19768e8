// Upstreams: definition, order, health, keys, test, models; presets; breakers.
//
// GET    /upstreams                          UpstreamList
// POST   /upstreams                          UpstreamInput -> Saved (201); goes to the end of the order unless it has a priority
// PUT    /upstreams/{id}                     UpstreamInput -> Saved; may rename; masked keys stay, unless the host changes
// PATCH  /upstreams/{id}                     UpstreamPatch -> Saved
// DELETE /upstreams/{id}                     Saved
// PUT    /upstreams/order                    OrderInput -> Saved; priorities become 1..n
// POST   /upstreams/{id}/test                TestInput -> TestResult
// POST   /upstreams/test                     DraftTestInput -> TestResult; keys must be complete, not masked
// GET    /upstreams/{id}/models              UpstreamModels; asks the upstream
// POST   /upstreams/models                   DraftInput -> UpstreamModels
// POST   /upstreams/{id}/keys/{key_id}/reveal  RevealInput -> RevealedKey; password again, audited
// GET    /breakers                           BreakerList
// POST   /breakers/reset                     BreakerResetInput -> done
// GET    /presets                            PresetList

import { z } from "zod";
import { configVersion, count, isoTime, milliseconds, money } from "./common.ts";

export const apiFormat = z.enum(["anthropic", "openai", "openai_response", "gemini"]);
export type ApiFormat = z.infer<typeof apiFormat>;

/** An upstream as in config.json; fields this program does not know come and go unchanged. */
export const upstreamInput = z.looseObject({
  id: z.string(),
  base_url: z.string(),
  api_format: apiFormat,
  keys: z.array(z.string()).optional(),
  model_map: z.record(z.string(), z.string()).optional(),
  priority: z.number().optional(),
  enabled: z.boolean().optional(),
  auth: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeouts: z.record(z.string(), z.number()).optional(),
  quirks: z.record(z.string(), z.unknown()).optional(),
  loss_policy: z.enum(["allow", "strict"]).optional(),
});
export type UpstreamInput = z.infer<typeof upstreamInput>;

export const upstreamPatch = z.strictObject({ enabled: z.boolean().optional(), priority: z.number().optional() });
export const orderInput = z.strictObject({ ids: z.array(z.string()) });

export const breakerRow = z.object({
  scope: z.enum(["upstream", "model", "key"]),
  /** As the reset takes it: `upstream`, `upstream/model` or `upstream#key id`. */
  id: z.string(),
  upstream_id: z.string(),
  /** Model or masked key; null for the upstream itself. */
  subject: z.string().nullable(),
  state: z.enum(["closed", "open", "half-open"]),
  failures: count,
  remaining_ms: milliseconds,
  last_error: z.string().nullable(),
  times_opened: count,
});
export type BreakerRow = z.infer<typeof breakerRow>;
export const breakerList = z.object({ breakers: z.array(breakerRow) });
export const breakerResetInput = z.strictObject({ scope: z.enum(["upstream", "model", "key"]), id: z.string() });

export const upstreamKeyView = z.object({
  /** Fingerprint, stable across saves. */
  id: z.string(),
  /** What `keys[]` of the definition shows at the same place. */
  masked: z.string(),
  source: z.enum(["plain", "env", "file"]),
  /** `missing`: the variable or file is not there. */
  state: z.enum(["ok", "cooling", "failing", "missing"]),
  remaining_ms: milliseconds,
  last_error: z.string().nullable(),
});
export type UpstreamKeyView = z.infer<typeof upstreamKeyView>;

/** What happened at an upstream in the last hour. */
export const upstreamStats = z.object({
  attempts: count,
  failures: count,
  first_content_p50_ms: milliseconds.nullable(),
  input_tokens: count,
  output_tokens: count,
  cost_usd: money,
  last_used_at: isoTime.nullable(),
});

export const upstreamView = z.object({
  /** As in config.json, keys masked. */
  definition: upstreamInput,
  /** `degraded`: some key or model is left alone; `down`: nothing of it can be used now. */
  health: z.enum(["healthy", "degraded", "down", "disabled", "unused"]),
  keys: z.array(upstreamKeyView),
  breakers: z.array(breakerRow),
  running: count,
  last_hour: upstreamStats,
  warnings: z.array(z.string()),
});
export type UpstreamView = z.infer<typeof upstreamView>;
export const upstreamList = z.object({ version: configVersion, upstreams: z.array(upstreamView) });
export type UpstreamList = z.infer<typeof upstreamList>;

export const testInput = z.strictObject({ model: z.string().optional(), key_id: z.string().optional() });
export const draftInput = z.strictObject({
  upstream: upstreamInput,
  /** Id of a saved upstream whose keys the masked ones are, under the same rules as when it is saved. */
  keys_of: z.string().optional(),
});
export type DraftInput = z.infer<typeof draftInput>;
export const draftTestInput = draftInput.extend({ model: z.string().optional() });
export const testResult = z.object({
  ok: z.boolean(),
  /** Status of the upstream; null when there was no answer. */
  status: z.number().nullable(),
  duration_ms: milliseconds,
  model: z.string(),
  /** Beginning of what the model said. */
  text: z.string().nullable(),
  /** What to tell a person; null when ok. */
  error: z.string().nullable(),
  /** Outcome code of the fail-over table, `ok` when ok. */
  outcome: z.string(),
});
export type TestResult = z.infer<typeof testResult>;

export const upstreamModels = z.object({
  models: z.array(z.object({ id: z.string(), display_name: z.string().nullable() })),
});
export const revealInput = z.strictObject({ password: z.string().max(256) });
export const revealedKey = z.object({ key: z.string() });

export const preset = z.object({
  id: z.string(),
  name: z.string(),
  /** Chinese name, where there is one. */
  name_zh: z.string().nullable(),
  group: z.enum(["official", "china", "plan", "aggregator", "inference", "local", "relay"]),
  site: z.string().nullable(),
  /** Page where a key is made. */
  key_url: z.string().nullable(),
  endpoints: z.array(
    z.object({
      label: z.string(),
      api_format: apiFormat,
      /** May hold a placeholder in capitals that the user has to replace: `https://RESOURCE.openai.azure.com/openai/v1`. */
      base_url: z.string(),
      auth: z.string().nullable(),
      quirks: z.record(z.string(), z.unknown()).nullable(),
    }),
  ),
  needs_key: z.boolean(),
  /** Suggested model map. */
  model_map: z.record(z.string(), z.string()).nullable(),
  /** What to know, in both languages. */
  notes: z.object({ en: z.string(), zh: z.string() }).nullable(),
  source: z.string(),
  /** Day the facts were taken from the source. */
  seen: z.string(),
});
export type Preset = z.infer<typeof preset>;
export const presetList = z.object({ presets: z.array(preset) });
