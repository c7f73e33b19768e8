import { expect, test } from "bun:test";
import type { SettingField, SettingsView } from "../../../../src/admin/contract/settings.ts";
import { settingFields } from "../../../../src/config/setting-fields.ts";
import { EDITED_ELSEWHERE, sectionsOf, textKey, toPatch, toValues } from "./fields.ts";
import { en } from "./text.en.ts";

const field = (path: string): SettingField => ({
  path,
  type: "integer",
  unit: "ms",
  minimum: 1,
  maximum: 10,
  options: null,
  default: 5,
  needs_restart: false,
});

test("every setting of the gateway has a label, and every label a setting", () => {
  const paths = settingFields()
    .map(({ path }) => path.join("."))
    .filter((path) => !EDITED_ELSEWHERE.has(path));
  expect(Object.keys(en.field).sort()).toEqual(paths.map(textKey).sort());
});

test("a setting that this console does not know yet is shown under others", () => {
  const sections = sectionsOf([field("debug_mode"), field("brand.new"), field("access_control_enabled")], "general");
  expect(sections.map(({ name, fields }) => [name, fields.map(({ path }) => path)])).toEqual([
    ["logs", ["debug_mode"]],
    ["other", ["brand.new"]],
  ]);
});

test("only what the file sets itself has a value", () => {
  const view = {
    fields: [field("timeouts.idle_ms"), field("timeouts.connect_ms")],
    explicit: ["timeouts.idle_ms"],
    settings: { timeouts: { idle_ms: 7, connect_ms: 5 } },
  } as unknown as SettingsView;
  expect(toValues(view)).toEqual({ "timeouts.idle_ms": 7, "timeouts.connect_ms": null });
});

test("a patch holds what changed, nested as in the file, null for back to the default", () => {
  const before = { "timeouts.idle_ms": 7, "timeouts.connect_ms": null, debug_mode: null, "failover.statuses": [500] };
  const after = { "timeouts.idle_ms": null, "timeouts.connect_ms": 3, debug_mode: null, "failover.statuses": [500] };
  expect(toPatch(before, after)).toEqual({ timeouts: { idle_ms: null, connect_ms: 3 } });
});
