// `apirouter config log|diff|rollback`: the history of the configuration from the command line, with the server running
// or not: the files are what both sides work on.

import { access } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type ConfigDifference, diffConfig } from "../../config/diff-config.ts";
import type { JsonObject } from "../../config/json-path.ts";
import { keepPassword } from "../../config/serialize-config.ts";
import { systemClock } from "../../lib/clock.ts";
import { type ConfigFile, openConfigFile } from "../../store/config-file.ts";
import {
  type ConfigHistory,
  createConfigHistory,
  documentRevision,
  type SnapshotRow,
} from "../../store/config-history.ts";
import type { Writable } from "../options.ts";

/** Characters of a value in a diff. */
const MAX_VALUE = 200;

interface Opened {
  readonly configFile: ConfigFile;
  readonly history: ConfigHistory;
  /** Newest first. */
  readonly rows: readonly SnapshotRow[];
}

/** One line per snapshot; the one that holds is marked. */
export function configLog(dataDir: string, out: Writable, err: Writable): Promise<number> {
  return withHistory(dataDir, err, async ({ configFile, rows }) => {
    const current = documentRevision(configFile.document());
    const held = rows.find(({ revision }) => revision === current);
    if (rows.length === 0) out.write("no configuration has been recorded yet\n");
    for (const [index, row] of rows.entries()) {
      const mark = row === held ? "*" : " ";
      const origin = `${row.source} ${row.author}`.trim();
      const changes = row.summary.length > 0 ? `  ${row.summary.join(", ")}` : "";
      out.write(`${mark}${String(index + 1).padStart(3)}  ${row.id}  ${origin}${changes}\n`);
    }
  });
}

export interface DiffChoice {
  readonly id: string;
  /** What changed with it, instead of since it. */
  readonly isPrevious: boolean;
}

export function configDiff(dataDir: string, choice: DiffChoice, out: Writable, err: Writable): Promise<number> {
  return withHistory(dataDir, err, async (opened) => {
    const index = placeOf(opened.rows, choice.id);
    const document = await documentAt(opened, index);
    const changes = choice.isPrevious
      ? diffConfig(index + 1 < opened.rows.length ? await documentAt(opened, index + 1) : {}, document)
      : diffConfig(document, opened.configFile.document());
    if (changes.length === 0) out.write("no difference\n");
    for (const change of changes) out.write(lineOf(change));
  });
}

export function configRollback(dataDir: string, id: string, out: Writable, err: Writable): Promise<number> {
  return withHistory(dataDir, err, async (opened) => {
    const document = await documentAt(opened, placeOf(opened.rows, id));
    const { configFile } = opened;
    const before = configFile.document();
    await configFile.save((current) => keepPassword(document, current), {
      origin: { source: "rollback", author: userName() },
    });
    const changes = diffConfig(before, configFile.document());
    if (changes.length === 0) out.write("that configuration holds already\n");
    for (const change of changes) out.write(lineOf(change));
  });
}

async function withHistory(dataDir: string, err: Writable, use: (opened: Opened) => Promise<void>): Promise<number> {
  const tell = (line: string) => void err.write(`${line}\n`);
  try {
    // Opening would make a new one.
    await access(join(dataDir, "config.json"));
    const history = createConfigHistory({ dataDir, clock: systemClock, onProblem: tell });
    const configFile = await openConfigFile({
      dataDir,
      clock: systemClock,
      watch: false,
      onChange: (_config, { document, origin }) => {
        if (origin) history.record(document, origin);
      },
      onProblems: (lines) => lines.forEach(tell),
    });
    await use({ configFile, history, rows: await history.list() });
    await configFile.close();
    await history.close();
    return 0;
  } catch (error) {
    tell(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

/** By id or by number in the list, from 1. */
function placeOf(rows: readonly SnapshotRow[], id: string): number {
  const index = /^\d{1,4}$/.test(id) ? Number(id) - 1 : rows.findIndex((row) => row.id === id);
  if (!rows[index])
    throw new Error(`expected an id or number of \`apirouter config log\`, found ${JSON.stringify(id)}`);
  return index;
}

async function documentAt({ history, rows }: Opened, index: number): Promise<JsonObject> {
  const document = await history.read(rows[index]?.id ?? "");
  if (!document) throw new Error("the snapshot cannot be read");
  return document;
}

function lineOf({ path, before, after }: ConfigDifference): string {
  if (before === undefined) return `+ ${path}: ${textOf(after)}\n`;
  if (after === undefined) return `- ${path}: ${textOf(before)}\n`;
  return `  ${path}: ${textOf(before)} -> ${textOf(after)}\n`;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "command line"; // a user id without an entry in the system's list, as in containers
  }
}
