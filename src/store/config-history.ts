// Every configuration that ever held, as files in data/history: one per change, the newest kept. They hold the secrets
// that config.json held and are as private as it is.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { diffConfig, summarizeDiff } from "../config/diff-config.ts";
import { isJsonObject, type JsonObject, ownValue } from "../config/json-path.ts";
import { serializeConfig } from "../config/serialize-config.ts";
import type { Clock } from "../lib/clock.ts";
import { putInPlace, removeLeftovers, writeBeside } from "./atomic-write.ts";
import { hashText } from "./config-state.ts";
import { errorCode, errorMessage, type FileSystem, systemFileSystem } from "./file-system.ts";

export interface ConfigHistoryOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  /** A snapshot could not be written; the configuration holds all the same. */
  readonly onProblem: (line: string) => void;
  readonly files?: FileSystem | undefined;
  /** Snapshots kept. Default 200. */
  readonly maxSnapshots?: number | undefined;
  /** Bytes of all snapshots together; the newest stays whatever its size. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Where a snapshot came from. */
export interface SnapshotOrigin {
  /** `console`, `script`, `file`, `rollback`, `import`, `start`. */
  readonly source: string;
  /** Peer address, user or file name. */
  readonly author: string;
}

export interface SnapshotRow extends SnapshotOrigin {
  /** Sorts by age; name of its file without extension. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What changed against the snapshot before. */
  readonly summary: readonly string[];
  /** Equal for equal documents. */
  readonly revision: string;
}

export interface ConfigHistory {
  /**
   * Keeps a document, unless it is the same as that of the newest snapshot. Returns at once; snapshots are written in
   * the order of the calls. The document must not change afterwards.
   */
  record(document: JsonObject, origin: SnapshotOrigin): void;
  /** Newest first, those still being written included. Rejects when the folder cannot be read. */
  list(): Promise<SnapshotRow[]>;
  /** The document of a snapshot, with its secrets; undefined when there is none of this id. */
  read(id: string): Promise<JsonObject | undefined>;
  /** Waits until everything is written. */
  close(): Promise<void>;
}

const ID = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

/** Equal for equal documents, as `SnapshotRow.revision`. */
export function documentRevision(document: JsonObject): string {
  return hashText(serializeConfig(document)).slice(0, 32);
}

/** Makes the history; the folder is created with the first snapshot. */
export function createConfigHistory(options: ConfigHistoryOptions): ConfigHistory {
  const files = options.files ?? systemFileSystem;
  const folder = join(options.dataDir, "history");
  const { maxSnapshots = 200, maxBytes = 64 * 1024 * 1024 } = options;
  /** What was read of each file; a snapshot never changes. */
  const known = new Map<string, SnapshotRow & { readonly bytes: number }>();
  let queue: Promise<unknown> = Promise.resolve();
  let isPrepared = false;

  function pathOf(id: string): string {
    return join(folder, `${id}.json`);
  }

  /** Oldest first. */
  async function ids(): Promise<string[]> {
    try {
      const names = await files.list(folder);
      return names
        .filter((name) => name.endsWith(".json"))
        .map((name) => name.slice(0, -5))
        .filter((id) => ID.test(id))
        .sort();
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw error;
    }
  }

  async function prepare(): Promise<void> {
    if (isPrepared) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeLeftovers(files, folder);
    isPrepared = true;
  }

  async function write(document: JsonObject, origin: SnapshotOrigin, nowMs: number): Promise<void> {
    await prepare();
    const revision = documentRevision(document);
    const newest = (await ids()).at(-1);
    const previous = newest === undefined ? undefined : await readDocument(newest);
    if (previous && documentRevision(previous) === revision) return;
    const at = freeTime(nowMs, newest);
    const id = idOf(at);
    const summary = previous ? summarizeDiff(diffConfig(previous, document)) : [];
    const head = JSON.stringify({ at, source: origin.source, author: origin.author, summary, revision });
    const text = `${head.slice(0, -1)},\n"document":${JSON.stringify(document)}}\n`;
    await putInPlace(files, await writeBeside(files, pathOf(id), text), pathOf(id));
    known.set(id, { id, at, ...origin, summary, revision, bytes: Buffer.byteLength(text) });
    await prune();
  }

  async function prune(): Promise<void> {
    let [count, bytes] = [0, 0];
    for (const id of (await ids()).reverse()) {
      const row = await readRow(id);
      count += 1;
      bytes += row?.bytes ?? 0;
      if (count <= maxSnapshots && (bytes <= maxBytes || count === 1)) continue;
      await files.remove(pathOf(id));
      known.delete(id);
    }
  }

  /** Undefined for a file that is none of ours, or damaged. */
  async function readRow(id: string): Promise<(SnapshotRow & { readonly bytes: number }) | undefined> {
    const cached = known.get(id);
    if (cached) return cached;
    const text = await files.readText(pathOf(id));
    const row = parseHead(id, text);
    if (row) known.set(id, row);
    return row;
  }

  async function readDocument(id: string): Promise<JsonObject | undefined> {
    try {
      const snapshot: unknown = JSON.parse(await files.readText(pathOf(id)));
      const document = isJsonObject(snapshot) ? ownValue(snapshot, "document") : undefined;
      return isJsonObject(document) ? document : undefined;
    } catch {
      return undefined; // gone, unreadable or damaged: all the same to the caller
    }
  }

  return {
    record(document, origin) {
      const nowMs = options.clock.wallMs();
      queue = queue
        .then(() => write(document, origin, nowMs))
        .catch((error: unknown) => options.onProblem(`history: no snapshot was written: ${errorMessage(error)}`));
    },
    async list() {
      await queue;
      const rows: SnapshotRow[] = [];
      for (const id of (await ids()).reverse()) {
        const row = await readRow(id);
        if (row) rows.push(row);
      }
      return rows;
    },
    async read(id) {
      await queue;
      return ID.test(id) ? await readDocument(id) : undefined;
    },
    async close() {
      await queue;
    },
  };
}

/** The first line is the snapshot without its document, but for the bracket at its end. */
function parseHead(id: string, text: string): (SnapshotRow & { readonly bytes: number }) | undefined {
  const end = text.indexOf("\n");
  try {
    const head: unknown = JSON.parse(`${text.slice(0, end).replace(/,$/, "")}}`);
    if (!isJsonObject(head)) return undefined;
    const summary = ownValue(head, "summary");
    return {
      id,
      at: Number(ownValue(head, "at")),
      source: String(ownValue(head, "source") ?? ""),
      author: String(ownValue(head, "author") ?? ""),
      summary: Array.isArray(summary) ? summary.map(String) : [],
      revision: String(ownValue(head, "revision") ?? ""),
      bytes: Buffer.byteLength(text),
    };
  } catch {
    return undefined;
  }
}

/** ISO time that may be a file name: `2026-11-28T15-24-16.123Z`. */
function idOf(at: number): string {
  return new Date(at).toISOString().replaceAll(":", "-");
}

/** Just after the newest snapshot when the clock was put back. */
function freeTime(nowMs: number, newest: string | undefined): number {
  return newest === undefined || idOf(nowMs) > newest ? nowMs : timeOf(newest) + 1;
}

function timeOf(id: string): number {
  return Date.parse(id.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"));
}
