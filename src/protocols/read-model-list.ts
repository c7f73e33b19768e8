// Reads model lists as servers send them: every protocol's own form and the liberties that third parties take with them.

import type { ModelEntry } from "./protocol.ts";

/** Entries taken of one list, characters of an id. */
const MAX_ENTRIES = 5_000;
const MAX_ID_CHARACTERS = 256;
/** End of the year 9999, seconds: later dates cannot be written. */
const MAX_SECONDS = 253_402_300_799;

/**
 * The models of a list body: a bare array, or one under `data`, `models` or `publisherModels`; entries are objects or
 * bare ids. Gemini's `models/` in front of names is dropped, and so are entries that say they cannot generate. Returns
 * `[]` for anything else; keeps the first of several entries with one id. Never throws.
 */
export function readModelList(body: unknown): ModelEntry[] {
  const models = new Map<string, ModelEntry>();
  for (const item of listOf(body).slice(0, MAX_ENTRIES)) {
    const model = readEntry(item);
    if (model && !models.has(model.id)) models.set(model.id, model);
  }
  return [...models.values()];
}

function listOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  if (!isObject(body)) return [];
  const list = [body["data"], body["models"], body["publisherModels"]].find(Array.isArray);
  return list ?? [];
}

function readEntry(item: unknown): ModelEntry | undefined {
  if (typeof item === "string") return entryOf(item, undefined, 0, undefined);
  if (!isObject(item)) return undefined;
  const methods = item["supportedGenerationMethods"];
  if (Array.isArray(methods) && !methods.includes("generateContent")) return undefined;
  const id = [item["id"], item["slug"], item["model"], item["name"]].find(isText);
  if (id === undefined) return undefined;
  const displayName = [item["display_name"], item["displayName"], item["name"]].find(isText);
  const ownedBy = [item["owned_by"], item["organization"]].find(isText);
  return entryOf(id, displayName, secondsOf(item["created"] ?? item["created_at"]), ownedBy);
}

function entryOf(
  id: string,
  displayName: string | undefined,
  createdAt: number,
  ownedBy: string | undefined,
): ModelEntry | undefined {
  const bare = id.replace(/^(?:publishers\/[^/]+\/)?models\//, "");
  if (bare === "" || bare.length > MAX_ID_CHARACTERS) return undefined;
  return {
    id: bare,
    displayName: displayName === undefined || displayName === id ? bare : displayName.slice(0, MAX_ID_CHARACTERS),
    createdAt,
    ownedBy: ownedBy?.slice(0, MAX_ID_CHARACTERS) ?? "",
  };
}

/** Seconds since the epoch of a number (seconds, or milliseconds by its size) or an RFC 3339 text; 0 for all else. */
function secondsOf(value: unknown): number {
  const number = typeof value === "string" ? Date.parse(value) / 1000 : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number < 0) return 0;
  const seconds = Math.floor(number > MAX_SECONDS / 10 ? number / 1000 : number);
  return seconds <= MAX_SECONDS ? seconds : 0;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
