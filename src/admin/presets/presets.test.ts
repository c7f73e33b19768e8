import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../config/parse-config.ts";
import { preset } from "../contract/upstreams.ts";
import { PRESETS } from "./presets.ts";

describe("the presets", () => {
  test("are about forty providers and more, each with an id of its own", () => {
    expect(PRESETS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(PRESETS.map(({ id }) => id)).size).toBe(PRESETS.length);
    expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
  });

  for (const entry of PRESETS) {
    test(`${entry.id} is whole, and each of its addresses makes an upstream without warnings`, () => {
      expect(preset.parse(entry)).toEqual(entry);
      expect(entry.endpoints.length).toBeGreaterThan(0);
      expect(entry.seen).toMatch(/^2026-\d\d-\d\d$/);
      for (const link of [entry.site, entry.key_url]) if (link !== null) expect(link).toMatch(/^https:\/\/[^?]+$/);
      const upstreams = entry.endpoints.map(({ label, api_format, base_url, auth, quirks }) => ({
        id: `${entry.id} ${label}`,
        base_url,
        api_format,
        ...(auth && { auth }),
        ...(quirks && { quirks }),
        ...(entry.model_map && { model_map: entry.model_map }),
        keys: entry.needs_key ? ["sk-test"] : [],
      }));
      const result = parseConfig(JSON.stringify({ upstreams }), { version: 1 });
      expect(result.ok ? [] : result.problems).toEqual([]);
      expect(result.warnings).toEqual([]);
      for (const { base_url } of entry.endpoints)
        expect(base_url).not.toMatch(/\/(messages|chat\/completions|responses)$|\/$/);
    });
  }
});
