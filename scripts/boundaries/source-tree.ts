// Reads the checkout's TypeScript sources into memory for the checks; the only file of this folder that
// touches the file system.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { type ImportFound, scanImports } from "./scan-imports.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** One source file. Paths are relative to the checkout with forward slashes: `src/lib/sse.ts`. */
export interface SourceFile {
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly ResolvedImport[];
  /** A test, a fixture, or a suite that imports `bun:test`: exempt from the rules for product code. */
  readonly isTest: boolean;
}

/** An import with the file it means, when it means a file of the checkout. */
export interface ResolvedImport extends ImportFound {
  readonly target?: string;
}

/** Everything the checks look at. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** Folders that hold a README.md. */
  readonly documentedFolders: ReadonlySet<string>;
}

/** What the file boundaries.json says. */
export interface Boundaries {
  readonly pure: readonly string[];
  readonly allow: Readonly<Record<string, readonly string[]>>;
}

/** Reads `src`, `web`, `scripts`, `test` and `bench` below the root; folders that are not there are left out. */
export function readSourceTree(root: string): SourceTree {
  const folders = ["src", "web", "scripts", "test", "bench"].filter((folder) => existsSync(join(root, folder)));
  const paths = folders.flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)]);
  const readmes = folders.flatMap((folder) => [...new Bun.Glob(`${folder}/**/README.md`).scanSync(root)]);
  return {
    files: paths
      .map(toPortable)
      .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
      .sort()
      .map((path) => parseSource(path, readFileSync(join(root, path), "utf8"))),
    documentedFolders: new Set(readmes.map((path) => dirname(toPortable(path)))),
  };
}

/** Reads boundaries.json. Throws with the file's name when it does not have the two keys. */
export function readBoundaries(root: string): Boundaries {
  const parsed: unknown = JSON.parse(readFileSync(join(root, "boundaries.json"), "utf8"));
  if (typeof parsed !== "object" || parsed === null || !("pure" in parsed) || !("allow" in parsed)) {
    throw new Error('boundaries.json: expected an object with the keys "pure" and "allow"');
  }
  // Our own file, read by our own script; a wrong value below shows up as a violation or a crash here.
  return parsed as Boundaries;
}

/** One source file from its path and text. Pure; never throws. */
export function parseSource(path: string, text: string): SourceFile {
  const tokens = tokenize(text);
  const found = scanImports(tokens);
  return {
    path,
    tokens,
    imports: found.map((entry) => resolveImport(path, entry)),
    isTest:
      /\.test\.tsx?$/.test(path) ||
      path.includes("/__fixtures__/") ||
      found.some((entry) => entry.specifier === "bun:test"),
  };
}

function resolveImport(path: string, found: ImportFound): ResolvedImport {
  if (!found.specifier.startsWith(".")) return found;
  return { ...found, target: toPortable(normalize(join(dirname(path), found.specifier))) };
}

function toPortable(path: string): string {
  return path.replaceAll("\\", "/");
}
