// `apirouter check`: is config.json in order?

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatProblem } from "../../config/problem-list.ts";
import { readState } from "../../store/config-state.ts";
import type { Writable } from "../options.ts";

/** Resolves with 0 for a file that the server would start with, 1 for any other. Writes nothing to the disk. */
export async function check(dataDir: string, out: Writable, err: Writable): Promise<number> {
  const path = join(dataDir, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    err.write(`error: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const result = readState(text, { version: 1, dataDir, env: process.env });
  if (!result.ok) {
    err.write(`${path} is not valid:\n`);
    for (const problem of result.problems) err.write(`  ${formatProblem(problem)}\n`);
    return 1;
  }
  const { config, warnings } = result.state;
  for (const warning of warnings) out.write(`warning: ${formatProblem(warning)}\n`);
  const enabled = config.upstreams.filter((upstream) => upstream.enabled).length;
  out.write(
    `${path} is valid: ${config.upstreams.length} upstreams (${enabled} enabled), ${config.clientKeys.length} client keys\n`,
  );
  return 0;
}
