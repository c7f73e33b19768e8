// What one content of config.json amounts to, together with the key files that it names.

import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Config, ConfigProblem } from "../config/config.ts";
import type { JsonObject } from "../config/json-path.ts";
import { parseConfig } from "../config/parse-config.ts";

/** Bytes of a key file; a larger one is not a key. */
const MAX_KEY_FILE_BYTES = 65_536;

/** A valid content of the file. */
export interface ConfigState {
  readonly config: Config;
  readonly document: JsonObject;
  readonly text: string;
  readonly warnings: readonly ConfigProblem[];
  /** Absolute paths of the key files that were read, with a hash of what was in them; "" for unreadable ones. */
  readonly keyFiles: ReadonlyMap<string, string>;
}

export type StateResult =
  | { readonly ok: true; readonly state: ConfigState }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface StateOptions {
  readonly version: number;
  /** Relative key file paths start here. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Parses a content and reads the key files it names, synchronously: they are few, small and read only on changes. */
export function readState(text: string, options: StateOptions): StateResult {
  const keyFiles = new Map<string, string>();
  const result = parseConfig(text, {
    version: options.version,
    env: options.env,
    readKeyFile(path) {
      const absolute = resolve(options.dataDir, path);
      keyFiles.set(absolute, "");
      const content = readKeyFile(absolute);
      keyFiles.set(absolute, hashText(content));
      return content;
    },
  });
  if (!result.ok) return { ok: false, problems: result.problems };
  const { config, raw: document, warnings } = result;
  return { ok: true, state: { config, document, text, warnings, keyFiles } };
}

/** Whether a key file holds something else than when the state was read. */
export function haveKeyFilesChanged(state: ConfigState): boolean {
  for (const [path, before] of state.keyFiles) if (hashKeyFile(path) !== before) return true;
  return false;
}

/** SHA-256 as hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hashKeyFile(path: string): string {
  try {
    return hashText(readKeyFile(path));
  } catch {
    return "";
  }
}

function readKeyFile(path: string): string {
  const info = statSync(path);
  // A pipe or device would block or never end.
  if (!info.isFile()) throw new Error("not a regular file");
  if (info.size > MAX_KEY_FILE_BYTES) throw new Error(`larger than ${MAX_KEY_FILE_BYTES} bytes`);
  return readFileSync(path, "utf8");
}
