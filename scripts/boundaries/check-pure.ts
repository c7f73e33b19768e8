// Checks that the pure folders stay pure: no sockets, files, timers, clock, randomness, environment, logging
// or waiting in their product code.

import type { Violation } from "./check-layers.ts";
import type { Boundaries, SourceFile, SourceTree } from "./source-tree.ts";
import type { Token } from "./tokenize.ts";

// The two files through which time and randomness enter.
const EDGES = new Set(["src/lib/clock.ts", "src/lib/random.ts"]);

const IMPURE_MODULES = new Set(
  "child_process cluster dgram dns fs http http2 https inspector net os process readline repl tls timers tty worker_threads"
    .split(" ")
    .flatMap((name) => [name, `node:${name}`]),
);
const IMPURE_BUN_MODULES = new Set(["bun", "bun:sqlite", "bun:ffi", "bun:jsc"]);

// Global names that are impure by themselves, and members that are.
const IMPURE_WORDS = new Set(
  "console setTimeout setInterval setImmediate queueMicrotask fetch WebSocket XMLHttpRequest process require".split(
    " ",
  ),
);
const IMPURE_MEMBERS: Readonly<Record<string, readonly string[] | undefined>> = Object.assign(Object.create(null), {
  Date: ["now"],
  Math: ["random"],
  performance: ["now", "timeOrigin"],
  crypto: ["randomUUID", "getRandomValues"],
  Bun: "serve connect listen file write spawn spawnSync sleep sleepSync env udpSocket sql redis stdin stdout stderr nanoseconds randomUUIDv7 dns".split(
    " ",
  ),
});

/** All impure places in the product code of the pure folders, in the order of the files. */
export function checkPure(tree: SourceTree, boundaries: Boundaries): Violation[] {
  return tree.files
    .filter((file) => !file.isTest && !EDGES.has(file.path) && isPure(file.path, boundaries))
    .flatMap((file) => [...findImpureImports(file), ...findImpureTokens(file)]);
}

/** True for a file directly or deeper in one of the pure folders. */
export function isPure(path: string, boundaries: Boundaries): boolean {
  const [top, layer] = path.split("/");
  return top === "src" && layer !== undefined && boundaries.pure.includes(layer);
}

function findImpureImports({ path, imports }: SourceFile): Violation[] {
  return imports
    .filter(({ specifier }) => {
      const [name = ""] = specifier.split("/");
      return IMPURE_MODULES.has(specifier) || IMPURE_MODULES.has(name) || IMPURE_BUN_MODULES.has(specifier);
    })
    .map(({ specifier, line }) => ({ path, line, message: `a pure folder may not import ${specifier}` }));
}

function findImpureTokens({ path, tokens }: SourceFile): Violation[] {
  const violations: Violation[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "word") return;
    const found = nameImpure(tokens, index);
    if (found !== undefined) violations.push({ path, line: token.line, message: `a pure folder may not use ${found}` });
  });
  return violations;
}

// What is impure about the word at this place; undefined when nothing is.
function nameImpure(tokens: readonly Token[], index: number): string | undefined {
  const { text } = tokens[index]!;
  if (isMemberOrKey(tokens, index)) return undefined;
  if (text === "async" || text === "await") return text;
  if (IMPURE_WORDS.has(text)) return text;
  if (text === "Date" && readsClock(tokens, index)) return "the clock through Date()";
  const member = memberAfter(tokens, index);
  return member !== undefined && IMPURE_MEMBERS[text]?.includes(member) ? `${text}.${member}` : undefined;
}

// `x.fetch`, `{ fetch: 1 }`, `fetch?: string`: another thing of the same name. `globalThis.fetch` is not.
function isMemberOrKey(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  if (before?.text === "." && before.type === "punctuation") return tokens[index - 2]?.text !== "globalThis";
  const after = tokens[index + 1];
  if (after?.type !== "punctuation") return false;
  if (after.text === ":")
    return before?.text === "{" || before?.text === "," || before?.text === ";" || before?.text === "readonly";
  return after.text === "?" && tokens[index + 2]?.text === ":";
}

// The member in `X.member` and `X["member"]`.
function memberAfter(tokens: readonly Token[], index: number): string | undefined {
  const dot = tokens[index + 1];
  if (dot?.text === "." || (dot?.text === "[" && tokens[index + 2]?.type === "string")) return tokens[index + 2]?.text;
  return undefined;
}

// `new Date()`, `Date()` and `new Date` read the clock; `new Date(0)` and the type `Date` do not.
function readsClock(tokens: readonly Token[], index: number): boolean {
  const isNew = tokens[index - 1]?.text === "new";
  if (tokens[index + 1]?.text !== "(") return isNew;
  return !isNew || tokens[index + 2]?.text === ")";
}
