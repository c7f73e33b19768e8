// Settings, history of the configuration, export and import.
//
// GET   /settings                        SettingsView
// PATCH /settings                        SettingsPatch -> Saved; null puts a field back to its default
// GET   /history?limit                   HistoryList, newest first
// GET   /history/{id}/diff?against=      `current` (default) or `previous` -> ConfigDiff
// POST  /history/{id}/rollback           Saved
// POST  /export                          ExportInput -> the configuration document; with secrets only with the password
// POST  /import                          ImportInput -> ImportResult

import { z } from "zod";
import { configVersion, isoTime, problem } from "./common.ts";

/** A section of config.json, as written there, without upstreams, keys and password. */
const section = z.record(z.string(), z.unknown());

export const settingField = z.object({
  /** `timeouts.first_byte_ms` */
  path: z.string(),
  type: z.enum(["integer", "number", "boolean", "string", "enum", "list"]),
  /** `ms`, `bytes`, `days`, "" */
  unit: z.string(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  options: z.array(z.string()).nullable(),
  default: z.unknown(),
  /** Takes effect only when the program is started again. */
  needs_restart: z.boolean(),
});
export type SettingField = z.infer<typeof settingField>;

export const settingsView = z.object({
  version: configVersion,
  /** Values in force, in the shape of config.json. */
  settings: section,
  /** Paths that the file sets itself. */
  explicit: z.array(z.string()),
  fields: z.array(settingField),
  /** What is wrong or odd with the file. */
  problems: z.array(problem),
  warnings: z.array(problem),
  about: z.object({
    version: z.string(),
    data_dir: z.string(),
    address: z.string(),
    started_at: isoTime,
    runtime: z.string(),
  }),
});
export type SettingsView = z.infer<typeof settingsView>;
export const settingsPatch = z.strictObject({ settings: section });

export const historyRow = z.object({
  id: z.string(),
  at: isoTime,
  /** `console`, `script`, `file`, `rollback`, `import`, `start`. */
  source: z.string(),
  /** Peer address or file name. */
  author: z.string(),
  /** `upstreams.deepseek: changed`, one per change, at most 20. */
  summary: z.array(z.string()),
  is_current: z.boolean(),
});
export const historyList = z.object({ rows: z.array(historyRow) });
export type HistoryRow = z.infer<typeof historyRow>;

/** One difference; secrets masked. `before` or `after` is absent where there was nothing. */
export const configChange = z.object({
  path: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type ConfigChange = z.infer<typeof configChange>;
export const configDiff = z.object({ changes: z.array(configChange) });

/** A whole config.json without the administrator's password. */
export const configDocument = z.record(z.string(), z.unknown());
export const exportInput = z.strictObject({
  include_secrets: z.boolean().default(false),
  password: z.string().optional(),
});
export const importInput = z.strictObject({
  document: configDocument,
  /** Only tells what would change. */
  dry_run: z.boolean().default(false),
});
export const importResult = z.object({
  applied: z.boolean(),
  changes: z.array(configChange),
  problems: z.array(problem),
  version: configVersion,
});
export type ImportResult = z.infer<typeof importResult>;
