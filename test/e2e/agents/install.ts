// Installs the pinned agents with npm below `.cache/agents` of the repository, each once and in a folder of its own.
// `bun run test/e2e/agents/install.ts` installs all of them ahead of a test run.

import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGES, type PackageId, type PinnedPackage } from "./versions.ts";

/** Where an installed package's executable is, or why there is none. */
export type Installed =
  | { readonly ok: true; readonly executable: string }
  | { readonly ok: false; readonly reason: string };

const CACHE = join(import.meta.dir, "..", "..", "..", ".cache", "agents");
/** The largest package has 120 MB; npm itself gives up on a silent registry sooner. */
const INSTALL_MS = 300_000;

const results = new Map<PackageId, Promise<Installed>>();
let lastInstall: Promise<unknown> = Promise.resolve();

/** Installs a package unless it is there. One npm runs at a time; asks npm once per package and process. Never rejects. */
export function install(id: PackageId): Promise<Installed> {
  let result = results.get(id);
  if (!result) {
    const pinned: PinnedPackage = PACKAGES[id];
    const folder = join(CACHE, `${id}-${pinned.version}`);
    const executable = join(folder, "node_modules", ".bin", pinned.executable);
    const isThere = existsSync(executable);
    if (isThere) result = Promise.resolve({ ok: true, executable });
    else lastInstall = result = lastInstall.then(() => fetchOnce());
    results.set(id, result);

    async function fetchOnce(): Promise<Installed> {
      const reason = await npmInstall(pinned, folder).catch((error: unknown) => String(error));
      if (reason === undefined && existsSync(executable)) return { ok: true, executable };
      return { ok: false, reason: reason ?? `npm installed ${pinned.name} without ${pinned.executable}` };
    }
  }
  return result;
}

/** Installs beside the final folder and moves it there whole. Returns what went wrong, or undefined. */
async function npmInstall(pinned: PinnedPackage, folder: string): Promise<string | undefined> {
  const npm = Bun.which("npm");
  if (!npm) return "npm is not on PATH";
  const scratch = `${folder}.${process.pid}.partial`;
  try {
    await mkdir(scratch, { recursive: true });
    const manifest = { private: true, allowScripts: pinned.scripts ?? {} };
    await writeFile(join(scratch, "package.json"), JSON.stringify(manifest));
    const child = Bun.spawn(
      [npm, "install", ...NPM_OPTIONS, `${pinned.name}@${pinned.version}`],
      // The caller's environment: npm finds its registry, proxy and certificates there.
      { cwd: scratch, stdin: "ignore", stdout: "ignore", stderr: "pipe", timeout: INSTALL_MS },
    );
    const [errors, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
    if (code !== 0)
      return `npm could not install ${pinned.name}@${pinned.version}: ${complaint(errors) ?? `exit ${code}`}`;
    // Another test run may have been quicker; its copy is as good.
    if (!existsSync(folder)) await rename(scratch, folder);
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const NPM_OPTIONS = [
  "--save-exact",
  "--no-audit",
  "--no-fund",
  "--no-package-lock",
  "--no-update-notifier",
  "--loglevel=error",
  "--fetch-retries=1",
  "--fetch-timeout=60000",
];

/** The first line of npm's complaint that says something. */
function complaint(errors: string): string | undefined {
  return errors
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .find((line) => line !== "" && !/^(code|errno|syscall|network$)/.test(line));
}

if (import.meta.main) {
  for (const id of Object.keys(PACKAGES) as PackageId[]) {
    const installed = await install(id);
    console.log(`${id} ${PACKAGES[id].version}: ${installed.ok ? installed.executable : installed.reason}`);
    if (!installed.ok) process.exitCode = 1;
  }
}
