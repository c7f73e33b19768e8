// What the script tells the engine, read from the script itself.

import { resolve } from "node:path";

const SCRIPT = resolve(import.meta.dir, "../scripts/shell/engine.sh");

/** This process's environment with what `apirouter.sh` adds to it. Throws where bash is missing. */
export function engineEnvironment(): Record<string, string> {
  const done = Bun.spawnSync(["bash", "-c", '. "$0" && export_engine_settings && env -0', SCRIPT]);
  if (!done.success) throw new Error(`${SCRIPT} failed: ${done.stderr.toString()}`);
  const lines = done.stdout
    .toString()
    .split("\0")
    .filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
