// Looks for configured secrets where none belongs: console lines, and all files of the data folder but the configuration.

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Shorter ones cannot be told from ordinary text; the redactor leaves them alone as well. */
const MIN_LENGTH = 12;

/** Upstream keys and client keys that a configuration document holds as they are. */
export function secretsOf(document: { readonly [name: string]: unknown }): string[] {
  const upstreamKeys = list(document["upstreams"]).flatMap((upstream) => list(field(upstream, "keys")));
  const clientKeys = list(document["client_keys"]).map((entry) => field(entry, "key"));
  const texts = [...upstreamKeys, ...clientKeys].filter((key) => typeof key === "string");
  return [...new Set(texts)].filter((key) => key.length >= MIN_LENGTH && !/^(env|file):/.test(key));
}

/** Where secrets were found, without repeating them; empty when all is well. */
export async function findSecrets(
  secrets: readonly string[],
  dataDir: string,
  lines: readonly string[],
): Promise<string[]> {
  if (secrets.length === 0) return [];
  const found: string[] = [];
  const look = (where: string, content: string | Buffer) => {
    for (const secret of secrets) if (content.includes(secret)) found.push(`${where} holds ${secret.slice(0, 6)}…`);
  };
  for (const line of lines) look(`the console line "${line.slice(0, 60)}"`, line);
  // A gateway may be stopped twice: the second time its folder is gone.
  const entries = existsSync(dataDir) ? await readdir(dataDir, { recursive: true, withFileTypes: true }) : [];
  for (const entry of entries) {
    // The configuration and its history are where the keys live.
    if (!entry.isFile() || entry.name.startsWith("config.json") || entry.parentPath.endsWith("history")) continue;
    look(entry.name, await readFile(join(entry.parentPath, entry.name)));
  }
  return found;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
