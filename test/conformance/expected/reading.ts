// What an answer says, read without any of the gateway's code: the common form of the naive readers beside this file.
// A reader knows nothing of streams that break or lie; it adds up what stands there.

/** A tool call that the client has to run. */
export interface ReadCall {
  readonly name: string;
  /** Parsed arguments of a function; text of a custom tool. */
  readonly input: unknown;
  /** The call carries free text, not an object. */
  readonly isCustom?: boolean;
}

/** Why an answer ended, apart from any format's words. */
export type Ending = "end" | "stop-sequence" | "tool" | "length" | "refusal";

/** Token counts; absent means not reported. `input` is everything that went in, cached or not. */
export interface ReadUsage {
  readonly input?: number | undefined;
  readonly cached?: number | undefined;
  /** With reasoning. */
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** An answer. */
export interface Reading {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly calls: readonly ReadCall[];
  /** The format's own word. */
  readonly stop: string;
  readonly ending: Ending | undefined;
  readonly usage: ReadUsage;
  /** An error instead of an answer, or in its middle. */
  readonly error?: ReadError | undefined;
}

/** An error in the format's words. */
export interface ReadError {
  readonly type: string;
  readonly message: string;
}

/** A body as text: JSON, or a whole stream. */
export interface AnswerBody {
  readonly text: string;
  readonly isStream: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty when it is none. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The objects of a list; empty when it is none. */
export function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

/** The value as text; `""` when it is none. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value as a count; undefined when it is none. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Sum of counts; undefined when the first was not reported. */
export function sum(first: number | undefined, ...others: (number | undefined)[]): number | undefined {
  return first === undefined ? undefined : others.reduce<number>((total, each) => total + (each ?? 0), first);
}

/** Arguments as an object, or as they are when they are no JSON. Nothing at all is an empty object. */
export function parseInput(json: string): unknown {
  if (json.trim() === "") return {};
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** The JSON objects of a stream's `data:` lines, or of a body that is a JSON array. Comments and `[DONE]` are left out. */
export function streamObjects(raw: string): Fields[] {
  if (raw.trimStart().startsWith("[")) return list(JSON.parse(raw));
  return raw
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trim())
    .filter((data) => data.startsWith("{"))
    .map((data) => fields(JSON.parse(data)));
}

/** The objects of a body, one for JSON. */
export function objectsOf({ text: body, isStream }: AnswerBody): Fields[] {
  return isStream ? streamObjects(body) : [fields(JSON.parse(body))];
}
