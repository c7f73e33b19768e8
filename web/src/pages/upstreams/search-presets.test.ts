import { expect, test } from "bun:test";
import type { Preset } from "../../../../src/admin/contract/upstreams.ts";
import { searchPresets } from "./search-presets.ts";

const preset = (id: string, name: string, nameZh: string | null, url: string): Preset => ({
  id,
  name,
  name_zh: nameZh,
  group: "official",
  site: null,
  key_url: null,
  endpoints: [{ label: "Chat", api_format: "openai", base_url: url, auth: null, quirks: null }],
  needs_key: true,
  model_map: null,
  notes: null,
  source: "",
  seen: "2026-11-28",
});
const PRESETS = [
  preset("zhipu", "Zhipu GLM", "智谱", "https://open.bigmodel.cn/api/paas/v4"),
  preset("moonshot", "Moonshot Kimi", "月之暗面", "https://api.moonshot.cn/v1"),
];
const found = (text: string) => searchPresets(PRESETS, text).map(({ id }) => id);

test("finds providers by either name, by address, and by several words", () => {
  expect(found("智谱")).toEqual(["zhipu"]);
  expect(found("KIMI")).toEqual(["moonshot"]);
  expect(found("bigmodel")).toEqual(["zhipu"]);
  expect(found("moonshot chat")).toEqual(["moonshot"]);
  expect(found("")).toEqual(["zhipu", "moonshot"]);
  expect(found("nobody")).toEqual([]);
});
