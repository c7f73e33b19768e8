// Fills in what most presets have in common.

import type { ApiFormat, Preset } from "../contract/upstreams.ts";

type Endpoint = Preset["endpoints"][number];

/** A preset as it is written down; absent parts are null, and a key is needed. */
export type PresetDraft = Pick<Preset, "id" | "name" | "source" | "seen"> & {
  readonly endpoints: readonly Endpoint[];
} & Partial<Pick<Preset, "name_zh" | "site" | "key_url" | "needs_key" | "model_map" | "notes">>;

/** Presets of one group. */
export function presetGroup(group: Preset["group"], drafts: readonly PresetDraft[]): Preset[] {
  return drafts.map(({ endpoints, ...draft }) => ({
    group,
    name_zh: null,
    site: null,
    key_url: null,
    needs_key: true,
    model_map: null,
    notes: null,
    ...draft,
    endpoints: [...endpoints],
  }));
}

const LABELS: Readonly<Record<ApiFormat, string>> = {
  anthropic: "Anthropic Messages",
  openai: "OpenAI Chat Completions",
  openai_response: "OpenAI Responses",
  gemini: "Gemini",
};

/** An address of a provider; `label` tells several of one format apart. */
export function endpoint(
  format: ApiFormat,
  baseUrl: string,
  options: { readonly label?: string; readonly auth?: string; readonly quirks?: Record<string, unknown> } = {},
): Endpoint {
  const { label, auth = null, quirks = null } = options;
  return {
    label: label === undefined ? LABELS[format] : `${LABELS[format]} · ${label}`,
    api_format: format,
    base_url: baseUrl,
    auth,
    quirks,
  };
}

/** Several formats at one address. */
export function endpoints(formats: readonly ApiFormat[], baseUrl: string, label?: string): Endpoint[] {
  return formats.map((format) => endpoint(format, baseUrl, label === undefined ? {} : { label }));
}
