// Request bodies for the playground: a plain question in each of the four formats, and the check of one typed by hand.

import type { ProtocolName } from "../../../../src/admin/contract/common.ts";

export interface Question {
  readonly protocol: ProtocolName;
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
}

/** Anthropic requires a limit; enough for a playful answer. */
const MAX_TOKENS = 4096;

/** The body a client of the protocol would send. */
export function questionBody(question: Question): Record<string, unknown> {
  return BODIES[question.protocol](question);
}

const BODIES: Readonly<Record<ProtocolName, (question: Question) => Record<string, unknown>>> = {
  anthropic: ({ model, prompt, stream }) => ({
    model,
    max_tokens: MAX_TOKENS,
    stream,
    messages: [{ role: "user", content: prompt }],
  }),
  "openai-chat": ({ model, prompt, stream }) => ({
    model,
    stream,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
    messages: [{ role: "user", content: prompt }],
  }),
  "openai-responses": ({ model, prompt, stream }) => ({ model, stream, input: prompt }),
  // Model and stream are in the path there.
  gemini: ({ prompt }) => ({ contents: [{ role: "user", parts: [{ text: prompt }] }] }),
};

export type BodyCheck =
  | { readonly type: "ok"; readonly body: Record<string, unknown>; readonly missing: readonly string[] }
  | { readonly type: "not-json"; readonly line: number; readonly column: number }
  | { readonly type: "not-object" };

/**
 * Checks a body that was typed by hand. `missing` names fields that the protocol requires: worth a word, but sent all
 * the same when one wants to see what happens.
 */
export function checkBody(protocol: ProtocolName, text: string): BodyCheck {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: "not-json", ...placeOfError(text) };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { type: "not-object" };
  const body = value as Record<string, unknown>;
  return { type: "ok", body, missing: REQUIRED[protocol].filter((field) => !Object.hasOwn(body, field)) };
}

const REQUIRED: Readonly<Record<ProtocolName, readonly string[]>> = {
  anthropic: ["messages", "max_tokens"],
  "openai-chat": ["messages"],
  "openai-responses": ["input"],
  gemini: ["contents"],
};

/**
 * Line and column, from 1, where the text stops being JSON. Browsers word and place this error differently, so the
 * place is found here.
 */
function placeOfError(text: string): { line: number; column: number } {
  const at = new JsonScan(text).firstError();
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before[before.length - 1]?.length ?? 0) + 1 };
}

/** Walks over JSON by its grammar and remembers nothing but where it stands. */
class JsonScan {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstError(): number {
    if (this.#value(0)) this.#blank();
    return this.#at;
  }

  /** Each step returns false where the text is not what is expected there, and stands at that place. */
  #value(depth: number): boolean {
    this.#blank();
    const first = this.#text[this.#at];
    if (first === "{") return this.#list("}", depth, () => this.#member(depth));
    if (first === "[") return this.#list("]", depth, () => this.#value(depth + 1));
    if (first === '"') return this.#string();
    return this.#take(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y);
  }

  #member(depth: number): boolean {
    this.#blank();
    if (!this.#string()) return false;
    this.#blank();
    return this.#take(/:/y) && this.#value(depth + 1);
  }

  #list(close: string, depth: number, item: () => boolean): boolean {
    if (depth > 500) return false;
    this.#at += 1;
    this.#blank();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return true;
    }
    for (;;) {
      if (!item()) return false;
      this.#blank();
      const next = this.#text[this.#at];
      if (next !== "," && next !== close) return false;
      this.#at += 1;
      if (next === close) return true;
    }
  }

  #string(): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
    return this.#take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
  }

  #blank(): void {
    this.#take(/[ \t\r\n]*/y);
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
