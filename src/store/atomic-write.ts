// Replaces a file so that a crash at any moment leaves the old content or the new one, never a mixture.

import { dirname, join } from "node:path";
import type { FileSystem } from "./file-system.ts";

const TEMPORARY = /^\.config\.json\.[0-9a-z]+\.tmp$/;

/**
 * Writes `text` to a new file beside `path` and syncs it, without touching `path`. Returns the new file's path.
 * When it rejects, nothing is left behind as far as the system allows.
 */
export async function writeBeside(files: FileSystem, path: string, text: string): Promise<string> {
  const temporary = join(dirname(path), temporaryName());
  const file = await files.createNew(temporary);
  try {
    try {
      await file.write(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await removeQuietly(files, temporary);
    throw error;
  }
  return temporary;
}

/** Puts a file written by `writeBeside` in place of `path` and syncs the directory. */
export async function putInPlace(files: FileSystem, temporary: string, path: string): Promise<void> {
  try {
    await files.rename(temporary, path);
  } catch (error) {
    await removeQuietly(files, temporary);
    throw error;
  }
  await files.syncDirectory(dirname(path));
}

/** Removes what a crash may have left in the middle of `writeBeside`. Call before the first write only. */
export async function removeLeftovers(files: FileSystem, directory: string): Promise<void> {
  for (const name of await files.list(directory)) {
    if (TEMPORARY.test(name)) await removeQuietly(files, join(directory, name));
  }
}

async function removeQuietly(files: FileSystem, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch {
    // It may never have been made, or the disk is gone; the next start tries again.
  }
}

function temporaryName(): string {
  return `.config.json.${crypto.randomUUID().replaceAll("-", "")}.tmp`;
}
