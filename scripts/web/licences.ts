// Collects the licences of the packages that are bundled into the console; most of them ask for that.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One text with name, version and licence of every package that the console's own dependencies lead to. */
export async function collectLicences(web: string): Promise<string> {
  const modules = join(web, "node_modules");
  const { dependencies } = await readPackage(web);
  const waiting = Object.keys(dependencies ?? {});
  const seen = new Map<string, string>();
  while (waiting.length > 0) {
    const name = waiting.pop() as string;
    const folder = join(modules, name);
    // A dependency that is not installed was not needed on this platform.
    if (seen.has(name) || name.startsWith("@types/") || !existsSync(join(folder, "package.json"))) continue;
    const description = await readPackage(folder);
    seen.set(name, `${name} ${description.version} (${description.license})\n\n${await licenceText(folder)}`);
    waiting.push(...Object.keys(description.dependencies ?? {}));
  }
  const texts = [...seen].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text.trim());
  return `${texts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

interface PackageDescription {
  readonly version?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readPackage(folder: string): Promise<PackageDescription> {
  return (await Bun.file(join(folder, "package.json")).json()) as PackageDescription;
}

async function licenceText(folder: string): Promise<string> {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.md|\.txt)?$/i.test(name));
  return file ? await Bun.file(join(folder, file)).text() : "";
}
