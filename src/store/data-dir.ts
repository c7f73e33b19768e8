// The directory that holds everything the program keeps: made private, and checked that it still is.

import { access, constants, mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorCode, errorMessage } from "./file-system.ts";

/** Files of ours that hold secrets or what users sent. */
const PRIVATE_FILES = [
  "config.json",
  "config.json.bak",
  "apirouter.db",
  "apirouter.db-wal",
  "apirouter.db-shm",
  "admin.db",
  "admin.db-wal",
  "admin.db-shm",
  "logs.json",
];

export interface DataDir {
  /** Absolute. */
  readonly path: string;
  /** One line per file or directory that others on the machine may read or write. */
  readonly warnings: readonly string[];
}

/**
 * Creates the directory (mode 0700, parents as the system does) or checks the one that is there. Permissions of
 * what exists are never changed, only told. Throws an Error that says what is in the way.
 */
export async function prepareDataDir(path: string): Promise<DataDir> {
  const absolute = resolve(path);
  try {
    await mkdir(absolute, { recursive: true, mode: 0o700 });
    await access(absolute, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (errorCode(error) === "EEXIST" || errorCode(error) === "ENOTDIR") {
      throw new Error(`data directory ${absolute}: expected a directory, found a file`);
    }
    throw new Error(`data directory ${absolute} cannot be used: ${errorMessage(error)}`, { cause: error });
  }
  const warnings: string[] = [];
  for (const name of ["", ...PRIVATE_FILES]) {
    const warning = await checkMode(name === "" ? absolute : join(absolute, name), name === "" ? 0o700 : 0o600);
    if (warning !== null) warnings.push(warning);
  }
  return { path: absolute, warnings };
}

async function checkMode(path: string, wanted: number): Promise<string | null> {
  // Windows has no such permissions and reports made-up ones.
  if (process.platform === "win32") return null;
  try {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & ~wanted & 0o077) === 0) return null;
    return `${path} is open to other users of this machine (mode ${octal(mode)}); run: chmod ${octal(wanted)} ${path}`;
  } catch {
    // Not there yet, or not ours to look at: opening it will tell.
    return null;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
