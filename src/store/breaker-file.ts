// What the breakers knew when the program ended, in breakers.json of the data folder: keys without credit stay at rest
// over a restart. Losing it loses nothing else.

import { join } from "node:path";
import { putInPlace, writeBeside } from "./atomic-write.ts";
import { type FileSystem, systemFileSystem } from "./file-system.ts";

const NAME = "breakers.json";
/** Characters; more is no file of ours. */
const MAX_LENGTH = 16_777_216;

/** The file's content as plain data, undefined when there is none or it cannot be read. Never rejects. */
export async function readBreakerFile(dataDir: string, files: FileSystem = systemFileSystem): Promise<unknown> {
  try {
    const text = await files.readText(join(dataDir, NAME));
    return text.length > MAX_LENGTH ? undefined : JSON.parse(text);
  } catch {
    return undefined; // a first start, or a file that is damaged: the breakers start closed
  }
}

/** Replaces the file; rejects with the system's error when the disk refuses. */
export async function writeBreakerFile(
  dataDir: string,
  content: unknown,
  files: FileSystem = systemFileSystem,
): Promise<void> {
  const path = join(dataDir, NAME);
  await putInPlace(files, await writeBeside(files, path, `${JSON.stringify(content)}\n`), path);
}
