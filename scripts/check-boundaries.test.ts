// The boundary checks on small made-up trees, one rule at a time, and the import scanner on the real sources.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Boundaries, parseSource, readSourceTree, type SourceTree } from "./boundaries/source-tree.ts";
import { tokenize } from "./boundaries/tokenize.ts";
import { checkBoundaries } from "./check-boundaries.ts";
import { findUntestedPureFiles } from "./check-pure-tests.ts";

const boundaries: Boundaries = {
  pure: ["lib", "protocols"],
  allow: { lib: [], core: ["lib"], protocols: ["core", "lib"], gateway: ["protocols", "core"], admin: [], cli: ["*"] },
};

function treeOf(sources: Record<string, string>, undocumented: string[] = []): SourceTree {
  const files = Object.entries(sources).map(([path, text]) => parseSource(path, text));
  const folders = files.map(({ path }) => path.slice(0, path.lastIndexOf("/")));
  return { files, documentedFolders: new Set(folders.filter((folder) => !undocumented.includes(folder))) };
}

function violationsOf(sources: Record<string, string>, undocumented: string[] = []): string[] {
  return checkBoundaries(treeOf(sources, undocumented), boundaries).map(
    ({ path, line, message }) => `${path}:${line ?? "-"} ${message}`,
  );
}

describe("layers", () => {
  const cases: { name: string; sources: Record<string, string>; expected: string[] }[] = [
    {
      name: "lets a folder import itself and what it is allowed to",
      sources: {
        "src/lib/a.ts": 'import { b } from "./b.ts";',
        "src/lib/b.ts": "export const b = 1;",
        "src/core/c.ts": 'import type { b } from "../lib/b.ts";',
      },
      expected: [],
    },
    {
      name: "names an import of a higher layer with its line",
      sources: { "src/lib/a.ts": '\n\nimport { c } from "../core/c.ts";', "src/core/c.ts": "export const c = 1;" },
      expected: ["src/lib/a.ts:3 src/lib may not import src/core (src/core/c.ts)"],
    },
    {
      name: "counts an import of types alone",
      sources: { "src/lib/a.ts": 'import type { C } from "../core/c.ts";' },
      expected: ["src/lib/a.ts:1 src/lib may not import src/core (src/core/c.ts)"],
    },
    {
      name: "counts a re-export, an import() and a type imported in place",
      sources: {
        "src/lib/a.ts":
          'export * from "../core/c.ts";\nexport { c } from "../core/c.ts";\nexport type { C } from "../core/c.ts";',
        "src/lib/b.ts": 'const c = import("../core/c.ts");\ntype C = import("../core/c.ts").C;',
      },
      expected: [
        "src/lib/a.ts:1 src/lib may not import src/core (src/core/c.ts)",
        "src/lib/a.ts:2 src/lib may not import src/core (src/core/c.ts)",
        "src/lib/a.ts:3 src/lib may not import src/core (src/core/c.ts)",
        "src/lib/b.ts:1 src/lib may not import src/core (src/core/c.ts)",
        "src/lib/b.ts:2 src/lib may not import src/core (src/core/c.ts)",
      ],
    },
    {
      name: "does not take imports in comments, strings and templates for imports",
      sources: {
        "src/lib/a.ts": [
          '// import { c } from "../core/c.ts";',
          '/* import "../core/c.ts"; */',
          "const a = 'import \"../core/c.ts\"';",
          'const b = `import "../core/c.ts"`;',
        ].join("\n"),
      },
      expected: [],
    },
    {
      name: "lets a folder marked with a star import everything",
      sources: { "src/cli/a.ts": 'import { g } from "../gateway/g.ts";', "src/gateway/g.ts": "export const g = 1;" },
      expected: [],
    },
    {
      name: "keeps one protocol out of another, but lets both use the files beside them",
      sources: {
        "src/protocols/one/a.ts": 'import { p } from "../protocol.ts";\nimport { b } from "../two/b.ts";',
        "src/protocols/two/b.ts": "export const b = 1;",
        "src/protocols/protocol.ts": "export const p = 1;",
      },
      expected: ["src/protocols/one/a.ts:1 protocols/one may not import protocols/two (src/protocols/two/b.ts)"].map(
        (line) => line.replace(":1 ", ":2 "),
      ),
    },
    {
      name: "lets the protocols' own registry import each of them",
      sources: {
        "src/protocols/registry.ts": 'import { b } from "./two/b.ts";',
        "src/protocols/two/b.ts": "export const b = 1;",
      },
      expected: [],
    },
    {
      name: "lets tests import what they like",
      sources: { "src/lib/a.test.ts": 'import { c } from "../core/c.ts";', "src/core/c.ts": "export const c = 1;" },
      expected: [],
    },
    {
      name: "keeps product code from importing test code",
      sources: {
        "src/core/a.ts": 'import { s } from "./suite.ts";',
        "src/core/suite.ts": 'import { test } from "bun:test";\nexport const s = test;',
      },
      expected: ["src/core/a.ts:1 product code imports the test code src/core/suite.ts"],
    },
    {
      name: "lets the console see the types of the admin contract and nothing else of the gateway",
      sources: {
        "web/app.ts":
          'import type { A } from "../src/admin/contract/a.ts";\nimport type { B } from "../src/admin/b.ts";\nimport { A2 } from "../src/admin/contract/a.ts";',
        "src/admin/contract/a.ts": "export type A = 1;",
        "src/admin/b.ts": "export type B = 1;",
      },
      expected: [
        "web/app.ts:2 web/ may import src/admin/contract/ only, not src/admin/b.ts",
        'web/app.ts:3 web/ may import types only, with "import type", from src/admin/contract/a.ts',
      ],
    },
    {
      name: "names a folder that boundaries.json does not list",
      sources: { "src/misc/a.ts": "export const a = 1;" },
      expected: ["src/misc:- the folder is not listed in boundaries.json"],
    },
    {
      name: "names an import from outside src, except the package's description",
      sources: { "src/core/a.ts": 'import p from "../../package.json";\nimport { s } from "../../scripts/s.ts";' },
      expected: ["src/core/a.ts:2 src/core imports scripts/s.ts, which is outside src/"],
    },
  ];
  test.each(cases)("$name", ({ sources, expected }) => {
    expect(violationsOf(sources)).toEqual(expected);
  });

  test("names a folder with product code and no README.md", () => {
    expect(violationsOf({ "src/lib/deep/a.ts": "export const a = 1;" }, ["src/lib/deep"])).toEqual([
      "src/lib/deep:- the folder has no README.md that says what it is for",
    ]);
  });
});

describe("default exports", () => {
  const cases: { name: string; source: string; lines: number[] }[] = [
    { name: "names export default", source: "const a = 1;\nexport default a;", lines: [2] },
    { name: "names a default in an export list", source: "const a = 1;\nexport { a as default };", lines: [2] },
    { name: "lets a default import be", source: 'import { default as a } from "x";\nexport const b = a;', lines: [] },
    { name: "lets a switch's default be", source: "switch (1) {\n  default:\n}", lines: [] },
    { name: "lets a member of that name be", source: "z.default(1);\nconst a = { default: 1 };", lines: [] },
  ];
  test.each(cases)("$name", ({ source, lines }) => {
    const found = checkBoundaries(treeOf({ "src/cli/a.ts": source }), boundaries);
    expect(found.map(({ line }) => line)).toEqual(lines);
  });
});

describe("pure folders", () => {
  const impure: [source: string, named: string][] = [
    ["const a = Date.now();", "Date.now"],
    ["const a = Date\n  .now();", "Date.now"],
    ['const a = Date["now"]();', "Date.now"],
    ["const a = new Date();", "the clock through Date()"],
    ["const a = Math.random();", "Math.random"],
    ["const a = performance.now();", "performance.now"],
    ["const a = globalThis.performance.now();", "performance.now"],
    ["const a = process.env.HOME;", "process"],
    ["const a = crypto.randomUUID();", "crypto.randomUUID"],
    ["setTimeout(go, 1);", "setTimeout"],
    ["const a = setInterval;", "setInterval"],
    ["console.log(1);", "console"],
    ["Bun.serve({ port });", "Bun.serve"],
    ["Bun.connect(x);", "Bun.connect"],
    ['Bun.file("a");', "Bun.file"],
    ["fetch(url);", "fetch"],
    ["const a = condition ? fetch : other;", "fetch"],
    ["globalThis.fetch(url);", "fetch"],
    ["async function a() {}", "async"],
    ["const a = async () => 1;", "async"],
    ["const a = { async b() {} };", "async"],
    ["const a = await b;", "await"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text under test
    ["const a = `${Date.now()} later`;", "Date.now"],
  ];
  test.each(impure)("names the impure part of %j", (source, named) => {
    expect(violationsOf({ "src/lib/a.ts": `\n${source}` })).toContain(
      `src/lib/a.ts:2 a pure folder may not use ${named}`,
    );
  });

  const modules = ["node:fs", "node:fs/promises", "fs", "node:net", "node:http", "node:timers/promises", "bun:sqlite"];
  test.each(modules)("names an import of %s", (specifier) => {
    expect(violationsOf({ "src/lib/a.ts": `import { x } from "${specifier}";` })).toEqual([
      `src/lib/a.ts:1 a pure folder may not import ${specifier}`,
    ]);
  });

  const pure = [
    "const a = clock.now();",
    "const a = new Date(0);",
    "let a: Date;",
    "const a = Math.max(1, 2);",
    "const a = request.fetch(url);",
    "const a = { fetch: 1, console: 2, process: 3 };",
    "interface A {\n  readonly fetch: () => void;\n  process?: string;\n  async?: boolean;\n}",
    "// Date.now() and await",
    '/* console.log("x") */',
    'const a = "Math.random()";',
    "const a = `Date.now() and await`;",
    "const a = /console.log\\/await['\"`]/;\nconst b = 'x';",
    "const a = 1 / 2; // await\nconst b = 3 / 4;",
    'import { createHash } from "node:crypto";',
    'import { isIP } from "zod";',
    "const hash = Bun.hash(text);",
  ];
  test.each(pure)("finds nothing in %j", (source) => {
    expect(violationsOf({ "src/lib/a.ts": source })).toEqual([]);
  });

  test("lets tests and the two edges do what they need to", () => {
    const source = "export const now = () => Date.now() + Math.random();";
    expect(
      violationsOf({ "src/lib/clock.ts": source, "src/lib/random.ts": source, "src/lib/a.test.ts": source }),
    ).toEqual([]);
  });

  test("leaves folders that are not pure alone", () => {
    expect(violationsOf({ "src/gateway/a.ts": "const a = await fetch(Date.now());" })).toEqual([]);
  });
});

describe("cycles", () => {
  test("names the way round, once per circle", () => {
    expect(
      violationsOf({
        "src/lib/a.ts": 'import { b } from "./b.ts";',
        "src/lib/b.ts": 'import type { c } from "./c.ts";',
        "src/lib/c.ts": 'import { a } from "./a.ts";',
        "src/lib/d.ts": 'import { a } from "./a.ts";',
      }),
    ).toEqual([
      "src/lib/a.ts:- imports itself in a circle: src/lib/a.ts -> src/lib/b.ts -> src/lib/c.ts -> src/lib/a.ts",
    ]);
  });

  test("finds nothing where two files import a third", () => {
    expect(
      violationsOf({
        "src/lib/a.ts": 'import { b } from "./b.ts";\nimport { c } from "./c.ts";',
        "src/lib/b.ts": 'import { c } from "./c.ts";',
        "src/lib/c.ts": "export const c = 1;",
      }),
    ).toEqual([]);
  });
});

test("names pure files with code that no test imports", () => {
  const tree = treeOf({
    "src/lib/tested.ts": "export function a() {}",
    "src/lib/tested.test.ts": 'import { a } from "./tested.ts";',
    "src/lib/untested.ts": "export function b() {}",
    "src/lib/types.ts": "export interface C { d: string }",
    "src/gateway/impure.ts": "export function e() {}",
  });
  expect(findUntestedPureFiles(tree, boundaries)).toEqual(["src/lib/untested.ts"]);
});

test("counts lines across templates, comments and line breaks inside strings", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text under test
  const tokens = tokenize("`a\n${b}\n`;\n/* c\n */ d; 'e\\\nf';\ng");
  const lines = Object.fromEntries(tokens.filter(({ type }) => type === "word").map(({ text, line }) => [text, line]));
  expect(lines).toEqual({ b: 2, d: 5, g: 7 });
});

test("finds every import that Bun's own parser finds in this checkout's sources", () => {
  const root = join(import.meta.dir, "..");
  const missed: string[] = [];
  for (const file of readSourceTree(root).files) {
    const loader = file.path.endsWith(".tsx") ? "tsx" : "ts";
    const parsed = new Bun.Transpiler({ loader }).scanImports(readFileSync(join(root, file.path), "utf8"));
    const found = new Set(file.imports.map(({ specifier }) => specifier));
    for (const { path } of parsed) {
      // What Bun adds by itself for JSX is in no source text.
      if (!found.has(path) && !/^react(\/jsx.*)?$/.test(path)) missed.push(`${file.path}: ${path}`);
    }
  }
  expect(missed).toEqual([]);
});
