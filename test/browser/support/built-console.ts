// Makes sure that the tests see the console as its sources are now.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const PACK = join(ROOT, "dist/web/console.pack");

/** Builds the console when it is missing or older than a source. Throws with the builder's words when that fails. */
export async function buildConsole(): Promise<void> {
  if (existsSync(PACK) && newestSource() <= statSync(PACK).mtimeMs) return;
  const web = join(ROOT, "web");
  if (!existsSync(join(web, "node_modules/react")))
    await run([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts"], web);
  await run([process.execPath, join(ROOT, "scripts/build-web.ts")], ROOT);
}

function newestSource(): number {
  // Two globs: one with a path inside its braces finds nothing at all.
  const sources = ["web/src/**/*", "web/{index.html,icon.svg,bun.lock}"].flatMap((pattern) => [
    ...new Bun.Glob(pattern).scanSync(ROOT),
  ]);
  return Math.max(
    ...sources.filter((path) => !path.endsWith(".test.ts")).map((path) => statSync(join(ROOT, path)).mtimeMs),
  );
}

async function run(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}\n${stdout}${stderr}`);
}
