// The few file operations that saving a configuration needs, as an interface, so that each can be made to fail.

import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that was just created for writing. */
export interface NewFile {
  write(text: string): Promise<void>;
  /** Waits until the content is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** All operations reject with the system's error. */
export interface FileSystem {
  readText(path: string): Promise<string>;
  /** Creates a file with mode 0600, and its directory where that is gone; rejects when it exists, links included. */
  createNew(path: string): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Waits until the names in a directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  list(path: string): Promise<string[]>;
  /** Follows links; the path itself when nothing is there. */
  resolve(path: string): Promise<string>;
  /** Changes whenever the file is written or replaced; "" when it is missing or cannot be looked at. */
  signature(path: string): Promise<string>;
}

/** The machine's file system. */
export const systemFileSystem: FileSystem = {
  readText: (path) => readFile(path, "utf8"),
  rename,
  remove: unlink,
  syncDirectory,
  list: (path) => readdir(path),

  async createNew(path) {
    const create = () => open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    const file = await create().catch(async (error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return create();
    });
    return {
      write: (text) => file.writeFile(text),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },

  async resolve(path) {
    try {
      const info = await lstat(path);
      return info.isSymbolicLink() ? await realpath(path) : path;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return path;
      throw error;
    }
  },

  async signature(path) {
    try {
      const info = await stat(path, { bigint: true });
      return `${info.ino}:${info.size}:${info.mtimeNs}:${info.ctimeNs}`;
    } catch {
      // Missing and unreadable look the same here; the read that follows tells them apart.
      return "";
    }
  },
};

/** Some file systems refuse to sync a directory at all; there the rename itself has to do. */
const SYNC_UNSUPPORTED: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EISDIR", "EPERM", "EBADF"]);

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } catch (error) {
    if (!SYNC_UNSUPPORTED.has(errorCode(error))) throw error;
  } finally {
    await directory.close();
  }
}

/** The system's code of an error, `ENOSPC`; "" when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** An error's message for a sentence; never throws. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
