// Checks who imports whom: the layers of boundaries.json, the wall between protocols, what the console may
// see, that product code does not lean on test code, that there are no default exports and that every
// folder says what it is for.

import { dirname } from "node:path";
import type { Boundaries, ResolvedImport, SourceFile, SourceTree } from "./source-tree.ts";

/** One broken rule. `line` is missing when the rule is about a whole folder or file. */
export interface Violation {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

// The one folder of the gateway that the console may import from, and for types only.
const CONSOLE_CONTRACT = "src/admin/contract/";

/** All violations of the import rules, in the order of the files. */
export function checkLayers(tree: SourceTree, boundaries: Boundaries): Violation[] {
  const testFiles = new Set(tree.files.filter((file) => file.isTest).map((file) => file.path));
  return tree.files.flatMap((file) => {
    const violations = findDefaultExports(file);
    if (file.isTest) return violations;
    for (const imported of file.imports) {
      const message = judgeImport(file.path, imported, boundaries, testFiles);
      if (message !== undefined) violations.push({ path: file.path, line: imported.line, message });
    }
    return violations;
  });
}

/** Every folder below src/ that holds product code needs a README.md, and every layer an entry in boundaries.json. */
export function checkFolders(tree: SourceTree, boundaries: Boundaries): Violation[] {
  const folders = new Set(
    tree.files.filter((file) => file.path.startsWith("src/") && !file.isTest).map((file) => dirname(file.path)),
  );
  const violations: Violation[] = [];
  for (const folder of folders) {
    if (!tree.documentedFolders.has(folder)) {
      violations.push({ path: folder, message: "the folder has no README.md that says what it is for" });
    }
  }
  for (const layer of new Set([...folders].map((folder) => folder.split("/")[1]))) {
    if (layer !== undefined && boundaries.allow[layer] === undefined) {
      violations.push({ path: `src/${layer}`, message: "the folder is not listed in boundaries.json" });
    }
  }
  return violations;
}

function judgeImport(
  path: string,
  imported: ResolvedImport,
  boundaries: Boundaries,
  testFiles: ReadonlySet<string>,
): string | undefined {
  const { target } = imported;
  if (target === undefined) return undefined;
  if (testFiles.has(target) && !path.startsWith("test/")) return `product code imports the test code ${target}`;
  if (path.startsWith("web/")) return judgeConsoleImport(target, imported.isTypeOnly);
  if (!path.startsWith("src/")) return undefined;
  return judgeLayer(path, target, boundaries) ?? judgeProtocols(path, target);
}

function judgeConsoleImport(target: string, isTypeOnly: boolean): string | undefined {
  if (target.startsWith("web/")) return undefined;
  if (!target.startsWith(CONSOLE_CONTRACT)) return `web/ may import ${CONSOLE_CONTRACT} only, not ${target}`;
  return isTypeOnly ? undefined : `web/ may import types only, with "import type", from ${target}`;
}

function judgeLayer(path: string, target: string, boundaries: Boundaries): string | undefined {
  const from = path.split("/")[1] ?? "";
  const allowed = boundaries.allow[from] ?? [];
  if (allowed.includes("*")) return undefined;
  const [top, to = ""] = target.split("/");
  // The package's own description is data, not a layer.
  if (target === "package.json") return undefined;
  if (top !== "src") return `src/${from} imports ${target}, which is outside src/`;
  if (to === from || allowed.includes(to)) return undefined;
  return `src/${from} may not import src/${to} (${target})`;
}

function judgeProtocols(path: string, target: string): string | undefined {
  const from = protocolOf(path);
  const to = protocolOf(target);
  if (from === undefined || to === undefined || from === to) return undefined;
  return `protocols/${from} may not import protocols/${to} (${target})`;
}

// The folder below src/protocols; a file directly in it belongs to all protocols.
function protocolOf(path: string): string | undefined {
  const [top, layer, folder, file] = path.split("/");
  return top === "src" && layer === "protocols" && file !== undefined ? folder : undefined;
}

function findDefaultExports({ path, tokens }: SourceFile): Violation[] {
  const violations: Violation[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "word" || token.text !== "default") return;
    const before = tokens[index - 1]?.text;
    // `export default x`, `export { x as default }`; not `import { default as x }`, `default:` or `.default`.
    if (before !== "export" && !(before === "as" && isInExportList(tokens, index))) return;
    violations.push({ path, line: token.line, message: "default exports are not used here; export by name" });
  });
  return violations;
}

function isInExportList(tokens: SourceFile["tokens"], index: number): boolean {
  for (let at = index; at >= 0; at--) {
    if (tokens[at]!.text === "{") return tokens[at - 1]?.text === "export";
  }
  return false;
}
