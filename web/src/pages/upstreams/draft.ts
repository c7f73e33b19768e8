// An upstream while it is edited: what the form holds, and back to what is saved.

import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { ApiFormat, UpstreamInput, UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { cleanAddress, cleanKey } from "./clean-paste.ts";

/** A name and a value; both may be empty while they are typed. */
export interface Row {
  /** For React only. */
  readonly rowId: number;
  readonly name: string;
  readonly value: string;
}

/** One key: untouched (`text` is the masked value), replaced, or to be replaced. */
export interface KeyDraft {
  readonly rowId: number;
  readonly text: string;
  /** The masked value that stands in the definition; null for a key that is new. */
  readonly masked: string | null;
}

/** The form's content. */
export interface Draft {
  readonly id: string;
  readonly baseUrl: string;
  readonly format: ApiFormat;
  readonly enabled: boolean;
  readonly auth: string;
  readonly lossPolicy: "allow" | "strict";
  readonly keys: readonly KeyDraft[];
  /** Lines that become keys. */
  readonly newKeys: string;
  readonly modelMap: readonly Row[];
  readonly headers: readonly Row[];
  readonly timeouts: Readonly<Record<string, number>>;
  readonly quirks: Readonly<Record<string, unknown>>;
  readonly breaker: Readonly<Record<string, unknown>>;
  readonly maxInflight: number | null;
  readonly midStream: string;
}

const counter = { next: 1 };

/** A new row. */
export function newRow(name = "", value = ""): Row {
  return { rowId: counter.next++, name, value };
}

/** An empty upstream, or one from a preset's facts. */
export function emptyUpstream(facts: Partial<UpstreamInput> = {}): UpstreamInput {
  return { id: "", base_url: "", api_format: "anthropic", keys: [], enabled: true, ...facts };
}

/** The form for a definition. */
export function toDraft(definition: UpstreamInput): Draft {
  return {
    id: definition.id,
    baseUrl: definition.base_url,
    format: definition.api_format,
    enabled: definition.enabled ?? true,
    auth: definition.auth ?? "auto",
    lossPolicy: definition.loss_policy ?? "allow",
    keys: (definition.keys ?? []).map((text) => ({ rowId: counter.next++, text, masked: text })),
    newKeys: "",
    modelMap: Object.entries(definition.model_map ?? {}).map(([name, value]) => newRow(name, value)),
    headers: Object.entries(definition.headers ?? {}).map(([name, value]) => newRow(name, value)),
    timeouts: definition.timeouts ?? {},
    quirks: definition.quirks ?? {},
    breaker: recordOf(definition["breaker"]),
    maxInflight: typeof definition["max_inflight"] === "number" ? definition["max_inflight"] : null,
    midStream: typeof definition["mid_stream"] === "string" ? definition["mid_stream"] : "",
  };
}

/** What is saved: the definition with the form's values; fields the form does not know stay, defaults are not written. */
export function toDefinition(draft: Draft, base: UpstreamInput): UpstreamInput {
  const changes: Readonly<Record<string, unknown>> = {
    id: draft.id.trim(),
    base_url: cleanAddress(draft.baseUrl),
    api_format: draft.format,
    keys: [...draft.keys.map(keyToSave), ...cleanKeyLines(draft.newKeys)].filter((key) => key !== ""),
    model_map: unlessEmpty(rowsToRecord(draft.modelMap)),
    enabled: draft.enabled,
    auth: draft.auth === "auto" ? undefined : draft.auth,
    headers: unlessEmpty(rowsToRecord(draft.headers)),
    timeouts: unlessEmpty(draft.timeouts),
    quirks: unlessEmpty(draft.quirks),
    loss_policy: draft.lossPolicy === "allow" ? undefined : draft.lossPolicy,
    breaker: unlessEmpty(draft.breaker),
    max_inflight: draft.maxInflight ?? undefined,
    mid_stream: draft.midStream === "" ? undefined : draft.midStream,
  };
  const fields = new Map<string, unknown>(Object.entries(base));
  for (const [name, value] of Object.entries(changes)) {
    // A default that the file wrote out stays written out.
    if (value !== undefined) fields.set(name, value);
    else if (isDefault(name, fields.get(name))) continue;
    else fields.delete(name);
  }
  // Every required field was just set.
  return Object.fromEntries(fields) as UpstreamInput;
}

/** Whether saving would change anything. Compares what is saved, so that an empty row counts as nothing. */
export function isChanged(draft: Draft, base: UpstreamInput): boolean {
  return JSON.stringify(toDefinition(draft, base)) !== JSON.stringify(toDefinition(toDraft(base), base));
}

/** Whether masked keys would be sent to another machine than they were entered for; the gateway refuses that. */
export function needsKeysAgain(draft: Draft, base: UpstreamInput): boolean {
  const before = hostOf(base.base_url);
  return (
    before !== undefined &&
    hostOf(cleanAddress(draft.baseUrl)) !== before &&
    draft.keys.some(({ text, masked }) => masked !== null && text === masked && !/^(env|file):/.test(text))
  );
}

export type LocalProblem =
  | "id-empty"
  | "id-taken"
  | "url-bad"
  | "url-placeholder"
  | "key-bad"
  | "row-half"
  | "row-twice";

/** Where the problem of the field for new keys is. */
export const NEW_KEYS = "keys.new";

/** What is wrong before the gateway is asked: field path to what. */
export function localProblems(draft: Draft, otherIds: ReadonlySet<string>): ReadonlyMap<string, LocalProblem> {
  const found = new Map<string, LocalProblem>();
  const id = draft.id.trim();
  if (id === "") found.set("id", "id-empty");
  else if (otherIds.has(id)) found.set("id", "id-taken");
  if (!/^https?:\/\/[^/\s]+\S*$/i.test(cleanAddress(draft.baseUrl))) found.set("base_url", "url-bad");
  else if (/\b[A-Z]{4,}\b/.test(draft.baseUrl)) found.set("base_url", "url-placeholder");
  for (const [index, key] of draft.keys.entries())
    if (isReplaced(key) && !isKey(keyToSave(key))) found.set(`keys[${index}]`, "key-bad");
  if (!cleanKeyLines(draft.newKeys).every(isKey)) found.set(NEW_KEYS, "key-bad");
  for (const [index, row] of draft.modelMap.entries()) {
    const problem = rowProblem(row, draft.modelMap);
    if (problem) found.set(`model_map.${index}`, problem);
  }
  return found;
}

/** What is wrong with a row of names; a row that is empty on both sides is nothing. */
export function rowProblem(row: Row, rows: readonly Row[]): "row-half" | "row-twice" | undefined {
  const name = row.name.trim();
  if ((name === "") !== (row.value.trim() === "")) return "row-half";
  const isTwice = name !== "" && rows.some((other) => other !== row && other.name.trim() === name);
  return isTwice ? "row-twice" : undefined;
}

/** The problems of one field and everything in it, as one text; undefined when there are none. */
export function problemsAt(problems: readonly Problem[], path: string): string | undefined {
  const found = problems.filter(
    (each) => each.path === path || each.path.startsWith(`${path}.`) || each.path.startsWith(`${path}[`),
  );
  return found.length === 0 ? undefined : found.map(({ message }) => message).join("; ");
}

/** The path that the gateway appends to the address. */
export const ENDPOINTS: Readonly<Record<ApiFormat, string>> = {
  anthropic: "/messages",
  openai: "/chat/completions",
  openai_response: "/responses",
  gemini: "/models/…",
};

/** Upstreams in the order in which they are tried. */
export function inOrder(upstreams: readonly UpstreamView[]): UpstreamView[] {
  return upstreams.toSorted((a, b) => priorityOf(a) - priorityOf(b));
}

function priorityOf({ definition }: UpstreamView): number {
  return definition.priority ?? 999;
}

/** Rows as an object, blank ones left out. Names like `__proto__` are names like others. */
export function rowsToRecord(rows: readonly Row[]): Record<string, string> {
  return Object.fromEntries(
    rows
      .filter(({ name, value }) => name.trim() !== "" || value.trim() !== "")
      .map(({ name, value }) => [name.trim(), value.trim()]),
  );
}

/** The keys in the field for new ones, one per line, without what was copied along. */
export function cleanKeyLines(text: string): string[] {
  return text
    .split("\n")
    .map(cleanKey)
    .filter((key) => key !== "");
}

function keyToSave(key: KeyDraft): string {
  return isReplaced(key) ? cleanKey(key.text) : key.text;
}

function isReplaced({ text, masked }: KeyDraft): boolean {
  return text !== masked;
}

/** As the gateway has it: printable ASCII without blanks, or a reference. An empty one is left out when saving. */
function isKey(key: string): boolean {
  return /^(?:env|file):/.test(key) || /^[\x21-\x7e]{0,4096}$/.test(key);
}

function unlessEmpty<T extends object>(record: T): T | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}

function isDefault(name: string, value: unknown): boolean {
  if (name === "auth") return value === "auto";
  if (name === "loss_policy") return value === "allow";
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url.trim()).host;
  } catch {
    return undefined; // not an address yet
  }
}
