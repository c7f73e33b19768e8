// Finds what a TypeScript file imports, type-only imports included: Bun.Transpiler drops those, and the
// layers hold for types too. Static and dynamic imports and re-exports with a literal path are found.

import type { Token } from "./tokenize.ts";

/** One import of a file. */
export interface ImportFound {
  /** As written: `./x.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  readonly line: number;
  /** `import type`, `export type`: nothing of it is there when the program runs. */
  readonly isTypeOnly: boolean;
}

/** Imports in a file's tokens, in order; an import of the same path twice is there twice. Never throws. */
export function scanImports(tokens: readonly Token[]): ImportFound[] {
  const found: ImportFound[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "word" || isProperty(tokens, index)) return;
    const source = SOURCE_OF[token.text]?.(tokens, index);
    if (source !== undefined)
      found.push({ specifier: source.text, line: source.line, isTypeOnly: isTypeOnly(tokens, index) });
  });
  return found;
}

// `import type from "x"` and `import type, { y } from "x"` name a value "type".
function isTypeOnly(tokens: readonly Token[], index: number): boolean {
  const behind = tokens[index + 2]?.text;
  return tokens[index + 1]?.text === "type" && behind !== "from" && behind !== ",";
}

type SourceFinder = (tokens: readonly Token[], index: number) => Token | undefined;

// Which token names the imported module, by the word that starts the statement.
const SOURCE_OF: Readonly<Record<string, SourceFinder | undefined>> = Object.assign(Object.create(null), {
  import: (tokens: readonly Token[], index: number) => {
    const next = tokens[index + 1];
    if (next?.type === "string") return next;
    // import("x"), which is also how a type is imported in place; import.meta is not an import.
    if (next?.text === "(" && next.type === "punctuation") return stringAt(tokens, index + 2);
    if (next?.text === ".") return undefined;
    return sourceAfterFrom(tokens, index + 1);
  },
  export: (tokens: readonly Token[], index: number) => {
    let next = index + 1;
    if (tokens[next]?.text === "type") next++;
    const opener = tokens[next];
    if (opener?.type !== "punctuation" || (opener.text !== "*" && opener.text !== "{")) return undefined;
    return sourceAfterFrom(tokens, next);
  },
});

// The names between the keyword and `from` are words, commas, stars, braces and (rarely) strings.
function sourceAfterFrom(tokens: readonly Token[], start: number): Token | undefined {
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.type === "word" && token.text === "from" && tokens[index + 1]?.type === "string") {
      return tokens[index + 1];
    }
    if (token.type === "literal") return undefined;
    if (token.type === "punctuation" && !"{},*".includes(token.text)) return undefined;
  }
  return undefined;
}

function stringAt(tokens: readonly Token[], index: number): Token | undefined {
  const token = tokens[index];
  return token?.type === "string" ? token : undefined;
}

function isProperty(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  return before?.type === "punctuation" && before.text === ".";
}
