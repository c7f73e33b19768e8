// Settings as the gateway describes them, put in order for people, and their values as a form holds them.

import type { SettingField, SettingsView } from "../../../../src/admin/contract/settings.ts";
import type { en } from "./text.en.ts";

/** Value of each setting by path; null means "the default". */
export type SettingValues = Readonly<Record<string, unknown>>;

export type SectionName = keyof (typeof en)["section"];
export type SettingsTab = "general" | "failover" | "limits";

/** Which section a setting belongs to: the first that fits. */
const SECTIONS: readonly { readonly name: SectionName; readonly tab: SettingsTab; readonly paths: RegExp }[] = [
  { name: "logs", tab: "general", paths: /^(debug_mode$|log_retention\.)/ },
  { name: "network", tab: "general", paths: /^((admin|cors)\.|trusted_proxies$)/ },
  { name: "media", tab: "general", paths: /^remote_media\./ },
  { name: "broken", tab: "failover", paths: /^mid_stream$/ },
  { name: "failover", tab: "failover", paths: /^failover\./ },
  { name: "breaker", tab: "failover", paths: /^breaker\./ },
  { name: "waiting", tab: "limits", paths: /^(timeouts\.|commit_hold_ms$|keep_alive_ms$|client_stall_ms$|drain_ms$)/ },
  { name: "size", tab: "limits", paths: /^limits\..*_bytes$/ },
  { name: "load", tab: "limits", paths: /^limits\./ },
  { name: "telemetry", tab: "general", paths: /^(metrics|otel)\./ },
  { name: "other", tab: "general", paths: /./ },
];

/** Edited on the pages of the access keys and of usage. */
export const EDITED_ELSEWHERE: ReadonlySet<string> = new Set([
  "access_control_enabled",
  "allow_anonymous_lan",
  "prices",
]);

export interface SettingsSection {
  readonly name: SectionName;
  readonly fields: readonly SettingField[];
}

/** The sections of a tab with their settings; those without any are left out. */
export function sectionsOf(fields: readonly SettingField[], tab: SettingsTab): SettingsSection[] {
  const shown = fields.filter(({ path }) => !EDITED_ELSEWHERE.has(path));
  const sectionOf = (path: string) => SECTIONS.find(({ paths }) => paths.test(path))?.name;
  return SECTIONS.filter((section) => section.tab === tab)
    .map(({ name }) => ({ name, fields: shown.filter(({ path }) => sectionOf(path) === name) }))
    .filter((section) => section.fields.length > 0);
}

/** What the form begins with: what the file sets itself, null for everything else. */
export function toValues(view: SettingsView): SettingValues {
  const explicit = new Set(view.explicit);
  return Object.fromEntries(
    view.fields.map(({ path }) => [path, explicit.has(path) ? (valueAt(view.settings, path) ?? null) : null]),
  );
}

/** The patch that leads from one to the other, in the shape of config.json; null puts a setting back to its default. */
export function toPatch(before: SettingValues, after: SettingValues): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(after)) {
    if (JSON.stringify(value) !== JSON.stringify(before[path])) setAt(patch, path.split("."), value ?? null);
  }
  return patch;
}

/** `timeouts.idle_ms` as the texts name it: `timeouts_idle_ms`. */
export function textKey(path: string): string {
  return path.replaceAll(".", "_");
}

const FACTORS: Readonly<Record<string, { readonly factor: number; readonly unit: "s" | "MiB" | "days" }>> = {
  ms: { factor: 1000, unit: "s" },
  bytes: { factor: 1024 * 1024, unit: "MiB" },
  days: { factor: 1, unit: "days" },
};

/** How a number is shown: in seconds and mebibytes instead of milliseconds and bytes. */
export function shownUnit(field: SettingField): {
  readonly factor: number;
  readonly unit: "s" | "MiB" | "days" | undefined;
} {
  return FACTORS[field.unit] ?? { factor: 1, unit: undefined };
}

/** `settings.timeouts.idle_ms` and `timeouts.idle_ms` are the same place. */
export function problemPath(path: string): string {
  return path.replace(/^settings\./, "");
}

function valueAt(settings: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = settings;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function setAt(target: Record<string, unknown>, names: readonly string[], value: unknown): void {
  const [name = "", ...rest] = names;
  if (rest.length === 0) target[name] = value;
  else {
    const inner = (target[name] ?? {}) as Record<string, unknown>;
    target[name] = inner;
    setAt(inner, rest, value);
  }
}
