// Compiles dist/apirouter: one file with Bun, the program and its console, nothing else needed to run it.
// The binary replaces the old one only after it has answered `--version`, so that a running service and a
// failed build do not meet. The commit is put in as APIROUTER_COMMIT; the version comes along with package.json.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const target = join(root, "dist/apirouter");
const draft = `${target}.${process.pid}`;
// Built before this by build-web.ts; without it the program serves no console and says so.
const consolePack = join(root, "dist/web/console.pack");

const started = performance.now();
mkdirSync(join(root, "dist"), { recursive: true });
try {
  await compile();
  const version = await printedVersion();
  renameSync(draft, target);
  const sizeMb = (Bun.file(target).size / 1e6).toFixed(0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`dist/apirouter ${version}: ${sizeMb} MB, built in ${seconds} s`);
} catch (error) {
  rmSync(draft, { force: true });
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  // With several entry points the maps are written out beside being put in.
  for (const name of readdirSync(join(root, "dist"))) if (name.endsWith(".map")) rmSync(join(root, "dist", name));
}

async function compile(): Promise<void> {
  const { exitCode, output } = await run([
    process.execPath,
    "build",
    "--compile",
    "--minify",
    "--sourcemap=inline",
    // The binary takes no settings, and above all no code, from the folder it happens to be started in.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--define=APIROUTER_COMMIT=${JSON.stringify(await currentCommit())}`,
    `--outfile=${draft}`,
    "--asset-naming=[name].[ext]",
    // Threads are entry points of their own, found by their path below this root (src/store/log-thread.ts).
    `--root=${join(root, "src")}`,
    join(root, "src/cli/main.ts"),
    join(root, "src/store/log-worker.ts"),
    ...(existsSync(consolePack) ? [consolePack] : []),
  ]);
  if (exitCode !== 0) throw new Error(`bun build ended with code ${exitCode}\n${output}`);
}

async function printedVersion(): Promise<string> {
  const { exitCode, output } = await run([draft, "--version"]);
  if (exitCode !== 0) throw new Error(`the new binary does not run: --version ended with code ${exitCode}\n${output}`);
  return output.trim();
}

// Short hash, with a plus sign behind it when the checkout has changes; "" outside a git checkout.
async function currentCommit(): Promise<string> {
  try {
    const { exitCode, output } = await run(["git", "rev-parse", "--short=10", "HEAD"]);
    if (exitCode !== 0) return "";
    const status = await run(["git", "status", "--porcelain", "--untracked-files=no"]);
    return output.trim() + (status.output.trim() === "" ? "" : "+");
  } catch {
    // git itself is missing.
    return "";
  }
}

async function run(command: string[]): Promise<{ exitCode: number; output: string }> {
  const child = Bun.spawn(command, { cwd: root, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, output: exitCode === 0 ? stdout : stdout + stderr };
}
