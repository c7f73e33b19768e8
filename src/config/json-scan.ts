// Walks a JSON text to learn where each value stands and which keys come twice, and says where broken JSON breaks.
// Makes no values: JSON.parse does that. Accepts exactly the texts that JSON.parse accepts, up to MAX_DEPTH.

import { formatPath } from "./json-path.ts";

/** Deepest nesting that a configuration may have. */
export const MAX_DEPTH = 100;

export type JsonScan =
  | {
      readonly ok: true;
      /** Offset of each value by its formatted path. */
      readonly offsets: ReadonlyMap<string, number>;
      /** Paths of keys that come more than once in one object; the last one counts. */
      readonly duplicates: readonly (readonly (string | number)[])[];
    }
  | { readonly ok: false; readonly offset: number; readonly message: string };

class ScanError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Scans a whole text. Never throws; messages show at most one character of the text, as it may be part of a secret. */
export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text);
  try {
    scanner.document();
  } catch (error) {
    if (error instanceof ScanError) return { ok: false, offset: error.offset, message: error.message };
    throw error;
  }
  return { ok: true, offsets: scanner.offsets, duplicates: scanner.duplicates };
}

/** 1-based line and column of an offset; lines end at LF, CR or CRLF. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < offset && at < text.length; at += 1) {
    const char = text[at];
    if (char !== "\n" && !(char === "\r" && text[at + 1] !== "\n")) continue;
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERALS = ["true", "false", "null"];

class Scanner {
  readonly offsets = new Map<string, number>();
  readonly duplicates: (readonly (string | number)[])[] = [];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#skipSpace();
    if (this.#at === this.#text.length) throw new ScanError(0, "expected a JSON object, found an empty file");
    this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail("the end of the file");
  }

  #value(): void {
    this.offsets.set(formatPath(this.#path), this.#at);
    const char = this.#text[this.#at];
    if (char === "{") this.#object();
    else if (char === "[") this.#array();
    else if (char === '"') this.#string();
    else this.#scalar();
  }

  #scalar(): void {
    NUMBER.lastIndex = this.#at;
    const word = NUMBER.exec(this.#text)?.[0] ?? LITERALS.find((literal) => this.#text.startsWith(literal, this.#at));
    if (word === undefined) this.#fail("a value");
    this.#at += word.length;
  }

  #object(): void {
    this.#enter();
    const seen = new Set<string>();
    if (this.#closes("}")) return;
    for (;;) {
      if (this.#text[this.#at] !== '"')
        this.#fail(seen.size === 0 ? 'a key in double quotes or "}"' : "a key in double quotes");
      const key = this.#string();
      this.#path.push(key);
      if (seen.has(key)) this.duplicates.push([...this.#path]);
      seen.add(key);
      this.#skipSpace();
      if (this.#text[this.#at] !== ":") this.#fail('":"');
      this.#at += 1;
      this.#skipSpace();
      this.#value();
      this.#path.pop();
      if (this.#closes("}")) return;
      this.#comma("}");
    }
  }

  #array(): void {
    this.#enter();
    if (this.#closes("]")) return;
    for (let index = 0; ; index += 1) {
      this.#path.push(index);
      this.#value();
      this.#path.pop();
      if (this.#closes("]")) return;
      this.#comma("]");
    }
  }

  #enter(): void {
    if (this.#path.length >= MAX_DEPTH) {
      throw new ScanError(this.#at, `expected at most ${MAX_DEPTH} levels of nesting, found more`);
    }
    this.#at += 1;
    this.#skipSpace();
  }

  #closes(end: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== end) return false;
    this.#at += 1;
    return true;
  }

  #comma(end: string): void {
    if (this.#text[this.#at] !== ",") this.#fail(`"," or "${end}"`);
    this.#at += 1;
    this.#skipSpace();
  }

  /** Passes a string and returns its value. */
  #string(): string {
    const start = this.#at;
    let hasEscape = false;
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) throw new ScanError(start, "expected a closing double quote, found the end of the file");
      if (code === 0x22) {
        this.#at = at + 1;
        const inner = this.#text.slice(start + 1, at);
        return hasEscape ? (JSON.parse(`"${inner}"`) as string) : inner;
      }
      if (code < 0x20) {
        throw new ScanError(at, "expected a closing double quote, found a line break or control character");
      }
      if (code !== 0x5c) continue;
      hasEscape = true;
      at = this.#escape(at);
    }
  }

  /** Returns the offset of the escape's last character. */
  #escape(at: number): number {
    const kind = this.#text[at + 1] ?? "";
    if (kind === "u") {
      if (/^[0-9a-fA-F]{4}$/.test(this.#text.slice(at + 2, at + 6))) return at + 5;
    } else if (kind !== "" && '"\\/bfnrt'.includes(kind)) return at + 1;
    throw new ScanError(
      at,
      'expected an escape such as \\n, \\" or \\u00e4, found another character after the backslash',
    );
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #fail(expected: string): never {
    const char = this.#text[this.#at];
    const found = char === undefined ? "the end of the file" : JSON.stringify(char);
    throw new ScanError(this.#at, `expected ${expected}, found ${found}`);
  }
}
