// What this program is made of: few dependencies, pinned exactly, from one registry, without scripts of their own.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly scripts?: Record<string, string>;
  readonly trustedDependencies?: readonly string[];
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function manifest(path: string): Manifest {
  return JSON.parse(read(path)) as Manifest;
}

/** `bun.lock` is JSON with trailing commas. */
function lockedPackages(path: string): readonly (readonly unknown[])[] {
  const lock = JSON.parse(read(path).replace(/,(\s*[}\]])/g, "$1")) as { packages: Record<string, readonly unknown[]> };
  return Object.values(lock.packages);
}

const MANIFESTS = ["package.json", "web/package.json", "toolchain/package.json"];
const LOCKS = ["bun.lock", "web/bun.lock"];

describe("dependencies", () => {
  test("of the running gateway are four, each with a reason in docs/decisions", () => {
    expect(Object.keys(manifest("package.json").dependencies ?? {}).toSorted()).toEqual([
      "commander",
      "gpt-tokenizer",
      "hono",
      "zod",
    ]);
    const decisions = readdirSync(join(ROOT, "docs/decisions")).map((name) =>
      read(`docs/decisions/${name}`).toLowerCase(),
    );
    for (const name of Object.keys(manifest("package.json").dependencies ?? {}))
      expect([name, decisions.some((text) => text.includes(name))]).toEqual([name, true]);
  });

  test("of their own they have none: what runs is what is listed", () => {
    const names = new Set(Object.keys(manifest("package.json").dependencies ?? {}));
    for (const entry of lockedPackages("bun.lock")) {
      const id = String(entry[0]);
      if (!names.has(id.slice(0, id.lastIndexOf("@")))) continue;
      const facts = entry.find((part) => typeof part === "object" && part !== null) as
        | { dependencies?: object }
        | undefined;
      expect([id, Object.keys(facts?.dependencies ?? {})]).toEqual([id, []]);
    }
  });

  test("are pinned to one version each", () => {
    for (const path of MANIFESTS) {
      const { dependencies, devDependencies, optionalDependencies } = manifest(path);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
        expect([path, name, /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/.test(version)]).toEqual([path, name, true]);
    }
  });

  test("are locked with a hash each, and come from the default registry", () => {
    for (const path of LOCKS) {
      const packages = lockedPackages(path);
      expect(packages.length).toBeGreaterThan(5);
      for (const entry of packages) {
        expect([path, entry[0], String(entry.at(-1)).startsWith("sha512-")]).toEqual([path, entry[0], true]);
        expect([path, entry[0], /https?:|git[+:]|file:|link:/.test(JSON.stringify(entry.slice(0, 2)))]).toEqual([
          path,
          entry[0],
          false,
        ]);
      }
    }
  });

  test("run no scripts when they are installed, nor do we", () => {
    for (const path of MANIFESTS) {
      const { scripts, trustedDependencies } = manifest(path);
      const hooks = Object.keys(scripts ?? {}).filter((name) =>
        /^(pre|post)?(install|prepare|publish|pack)/.test(name),
      );
      expect([path, hooks, trustedDependencies ?? []]).toEqual([path, [], []]);
    }
    const shell =
      readdirSync(join(ROOT, "scripts/shell"))
        .map((name) => read(`scripts/shell/${name}`))
        .join("\n") + read("apirouter.sh");
    const installs = shell.match(/^.*(?:\bnpm|\bbun|"\$BUN")"? (?:install|ci)\b.*$/gm) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs.filter((each) => !/^\s*#|say|echo|printf|hint/.test(each)))
      expect([line.trim(), /--ignore-scripts/.test(line)]).toEqual([line.trim(), true]);
  });
});

test("nothing here runs by itself in somebody's editor or agent", () => {
  const names = readdirSync(ROOT);
  for (const hidden of [
    ".vscode",
    ".cursor",
    ".claude",
    ".idea",
    ".devcontainer",
    ".husky",
    ".mcp.json",
    "CLAUDE.md",
    "AGENTS.md",
  ])
    expect([hidden, names.includes(hidden)]).toEqual([hidden, false]);
});

test("the service runs with the least that it needs", () => {
  const unit = read("deploy/apirouter.service");
  for (const rule of [
    "NoNewPrivileges=",
    "ProtectSystem=strict",
    "PrivateTmp=",
    "ReadWritePaths=",
    "LimitNOFILE=",
    "UMask=0077",
  ])
    expect([rule, unit.includes(rule)]).toEqual([rule, true]);
});
