// Finds providers by name in either language, or by address.

import type { Preset } from "../../../../src/admin/contract/upstreams.ts";

/** Presets that hold every word of the text somewhere; all of them for an empty one. Keeps the order. */
export function searchPresets(presets: readonly Preset[], text: string): readonly Preset[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return presets.filter((preset) => {
    const addresses = preset.endpoints.map(({ base_url, label }) => `${base_url} ${label}`).join(" ");
    const haystack = `${preset.id} ${preset.name} ${preset.name_zh ?? ""} ${addresses}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}
