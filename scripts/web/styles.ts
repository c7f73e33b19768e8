// Compiles the style sheet: Tailwind's classes that the sources use, and our own rules.

import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** What we use of Tailwind's two packages, which live in web/node_modules. */
interface Tailwind {
  compile(
    css: string,
    options: {
      base: string;
      loadStylesheet(id: string, base: string): Promise<{ path: string; base: string; content: string }>;
    },
  ): Promise<{ build(candidates: string[]): string }>;
}
interface Oxide {
  Scanner: new (options: { sources: { base: string; pattern: string; negated: boolean }[] }) => { scan(): string[] };
}

/** The style sheet as CSS text. `web` is the folder of the console's package. */
export async function compileStyles(web: string): Promise<string> {
  const { compile } = await load<Tailwind>(web, "tailwindcss/dist/lib.mjs");
  const { Scanner } = await load<Oxide>(web, "@tailwindcss/oxide/index.js");
  const entry = join(web, "src/styles/app.css");
  const compiler = await compile(await Bun.file(entry).text(), {
    base: dirname(entry),
    async loadStylesheet(id, base) {
      const path = id.startsWith(".") ? join(base, id) : join(web, "node_modules", STYLE_OF[id] ?? id);
      return { path, base: dirname(path), content: await Bun.file(path).text() };
    },
  });
  const scanner = new Scanner({ sources: [{ base: join(web, "src"), pattern: "**/*.{ts,tsx}", negated: false }] });
  return compiler.build(scanner.scan());
}

/** Packages whose style sheet is not named by a path. */
const STYLE_OF: Readonly<Record<string, string>> = { tailwindcss: "tailwindcss/index.css" };

// These packages belong to web/, so they cannot be named in an import of this folder.
async function load<Module>(web: string, path: string): Promise<Module> {
  return (await import(pathToFileURL(join(web, "node_modules", path)).href)) as Module;
}
