// data/config.json: read at start, written atomically, reread when someone else changes it.
// The program never runs on anything but a valid file: what is wrong is told and the last good state stays.

import { join } from "node:path";
import type { Config, ConfigProblem } from "../config/config.ts";
import { defaultConfigText } from "../config/defaults.ts";
import type { JsonObject } from "../config/json-path.ts";
import { formatProblem } from "../config/problem-list.ts";
import { sealClientKeys, serializeConfig } from "../config/serialize-config.ts";
import type { Clock } from "../lib/clock.ts";
import { putInPlace, removeLeftovers, writeBeside } from "./atomic-write.ts";
import { type ConfigState, hashText, haveKeyFilesChanged, readState, type StateResult } from "./config-state.ts";
import { errorCode, errorMessage, type FileSystem, systemFileSystem } from "./file-system.ts";
import { type FileWatcher, watchFile } from "./watch-file.ts";

const NAME = "config.json";
const DEBOUNCE_MS = 100;
const POLL_MS = 2000;

export interface ConfigFileOptions {
  /** Must exist; see prepareDataDir. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** A new configuration holds: the file is safe and `current()` is the new one. Not called for the one at start. */
  readonly onChange: (config: Config, change: ConfigChange) => void;
  /** An edit by hand was refused, or the file is in order again. Lines are for people and hold no secrets. */
  readonly onProblems: (lines: readonly string[]) => void;
  /** For `env:NAME` keys; the process's own when absent. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly files?: FileSystem | undefined;
  /** Whether edits by hand are noticed by themselves; `checkNow` works either way. Default true. */
  readonly watch?: boolean | undefined;
  /** How often the file is looked at where the system tells nothing. Default 2000. */
  readonly pollMs?: number | undefined;
}

export interface ConfigChange {
  /** `save` came through this program, `edit` from outside. */
  readonly reason: "save" | "edit";
  /** Who saved, as the caller of `save` said; undefined for edits. */
  readonly origin: ConfigOrigin | undefined;
  /** The whole document that holds now, with its secrets. */
  readonly document: JsonObject;
  readonly warnings: readonly ConfigProblem[];
}

/** Where a change came from, for the history. */
export interface ConfigOrigin {
  readonly source: "console" | "script" | "rollback" | "import";
  /** Address of the peer, or the user's name on a command line. */
  readonly author: string;
}

/** Why a save was refused; file and memory are as before. */
export type ConfigSaveCode =
  /** The new configuration has problems. */
  | "invalid"
  /** The file has another revision than the caller saw. */
  | "conflict"
  /** Someone edited the file into something invalid, which a save would overwrite. */
  | "file-invalid"
  /** The disk refused. */
  | "storage";

export class ConfigSaveError extends Error {
  readonly code: ConfigSaveCode;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigSaveCode, message: string, problems: readonly ConfigProblem[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConfigSaveError";
    this.code = code;
    this.problems = problems;
  }
}

export type ConfigPreview =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ConfigFile {
  current(): Config;
  /** A copy of the document behind `current()`, unknown fields included. Holds secrets. */
  document(): JsonObject;
  /** Differs for every content of the file; for ETags. */
  revision(): string;
  /** When `current()` began to hold, milliseconds since the epoch. */
  changedAt(): number;
  warnings(): readonly ConfigProblem[];
  /** What is wrong with the file as it stands; empty while it is what `current()` came from. */
  problems(): readonly ConfigProblem[];
  /**
   * Changes the document: `mutate` gets a copy and returns the new one, or throws to give up. One save at a time, in
   * order of the calls. Client keys in clear become hashes. Resolves once the new file is on the disk and holds;
   * rejects with ConfigSaveError, or with what `mutate` threw.
   */
  save(mutate: (document: JsonObject) => JsonObject, options?: SaveOptions): Promise<Config>;
  /** The variables that `env:NAME` keys come from. */
  environment(): Readonly<Record<string, string | undefined>>;
  /** What a document would amount to, without saving it: a configuration, or what is wrong. */
  preview(document: JsonObject): ConfigPreview;
  /** Looks at the file now instead of waiting for the watcher. */
  checkNow(): Promise<void>;
  /** Stops watching and waits for running saves. May be called twice. */
  close(): Promise<void>;
}

export interface SaveOptions {
  /** Refuses with `conflict` unless the file still has this revision. */
  readonly ifRevision?: string | undefined;
  readonly origin?: ConfigOrigin | undefined;
}

/**
 * Opens the file, creating the seed's default when there is none. Throws an Error that lists every problem when the
 * file cannot be read or is not valid, and when it is missing although a backup shows that there was one; nothing
 * is written then.
 */
export async function openConfigFile(options: ConfigFileOptions): Promise<ConfigFile> {
  const files = options.files ?? systemFileSystem;
  const path = join(options.dataDir, NAME);
  await removeLeftovers(files, options.dataDir);
  let text: string;
  try {
    text = (await readIfThere(files, path)) ?? (await createDefault(files, path));
  } catch (error) {
    throw new Error(`${path} cannot be used: ${errorMessage(error)}`, { cause: error });
  }
  const first = readState(text, { version: 1, dataDir: options.dataDir, env: options.env ?? process.env });
  if (first.ok) return new ConfigFileStore(options, files, path, first.state);
  const backup = (await readIfThere(files, `${path}.bak`)) === null ? "" : `\n(the previous version is in ${path}.bak)`;
  throw new Error(`${path} is not valid:\n${linesOf(first.problems).join("\n")}${backup}`);
}

async function createDefault(files: FileSystem, path: string): Promise<string> {
  if ((await readIfThere(files, `${path}.bak`)) !== null) {
    throw new Error(
      `it is missing, but ${path}.bak is there; rename that to config.json, or remove it to start afresh`,
    );
  }
  const text = defaultConfigText();
  await putInPlace(files, await writeBeside(files, path, text), path);
  return text;
}

async function readIfThere(files: FileSystem, path: string): Promise<string | null> {
  try {
    return await files.readText(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function linesOf(problems: readonly ConfigProblem[]): string[] {
  return problems.map((problem) => `  ${formatProblem(problem)}`);
}

class ConfigFileStore implements ConfigFile {
  readonly #options: ConfigFileOptions;
  readonly #files: FileSystem;
  readonly #path: string;
  #state: ConfigState;
  #changedAt: number;
  #problems: readonly ConfigProblem[] = [];
  #isMissing = false;
  /** Content that was found invalid once, and is reported if it is still there at the second look. */
  #suspect: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #watcher: FileWatcher | undefined;

  constructor(options: ConfigFileOptions, files: FileSystem, path: string, state: ConfigState) {
    this.#options = options;
    this.#files = files;
    this.#path = path;
    this.#state = state;
    this.#changedAt = options.clock.wallMs();
    if (options.watch === false) return;
    this.#watcher = watchFile({
      directory: options.dataDir,
      name: NAME,
      debounceMs: DEBOUNCE_MS,
      pollMs: options.pollMs ?? POLL_MS,
      signature: () => this.#signature(),
      onChange: () => void this.#enqueue(() => this.#check(false)),
    });
  }

  current(): Config {
    return this.#state.config;
  }

  document(): JsonObject {
    return copy(this.#state.document);
  }

  revision(): string {
    return hashText(this.#state.text).slice(0, 32);
  }

  changedAt(): number {
    return this.#changedAt;
  }

  warnings(): readonly ConfigProblem[] {
    return this.#state.warnings;
  }

  problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  save(mutate: (document: JsonObject) => JsonObject, options: SaveOptions = {}): Promise<Config> {
    return this.#enqueue(() => this.#save(mutate, options));
  }

  environment(): Readonly<Record<string, string | undefined>> {
    return this.#options.env ?? process.env;
  }

  preview(document: JsonObject): ConfigPreview {
    const parsed = this.#parse(serializeConfig(sealClientKeys(copy(document))));
    return parsed.ok ? { ok: true, config: parsed.state.config } : parsed;
  }

  checkNow(): Promise<void> {
    return this.#enqueue(() => this.#check(true));
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    await this.#queue;
  }

  /** Runs one task after the other; a failed one does not stop the next. */
  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #save(mutate: (document: JsonObject) => JsonObject, options: SaveOptions): Promise<Config> {
    await this.#check(true);
    const before = this.#state;
    if (this.#problems.length > 0 && !this.#isMissing) {
      const message = `${this.#path} was edited and is not valid, mend it first`;
      throw new ConfigSaveError("file-invalid", message, this.#problems);
    }
    if (options.ifRevision !== undefined && options.ifRevision !== this.revision()) {
      throw new ConfigSaveError("conflict", "the configuration was changed in the meantime");
    }
    const text = serializeConfig(sealClientKeys(mutate(copy(before.document))));
    if (text === before.text && !this.#isMissing) return before.config;
    const parsed = this.#parse(text);
    if (!parsed.ok) throw new ConfigSaveError("invalid", linesOf(parsed.problems).join("\n").trim(), parsed.problems);
    try {
      await this.#replace(this.#isMissing ? null : before.text, text);
    } catch (error) {
      throw new ConfigSaveError("storage", `${this.#path} could not be written: ${errorMessage(error)}`, [], error);
    }
    this.#apply(parsed.state, "save", options.origin);
    return parsed.state.config;
  }

  /** Keeps the old content as `.bak` and puts the new one in place; when it rejects, the old file is what is there. */
  async #replace(before: string | null, after: string): Promise<void> {
    const files = this.#files;
    const backup = `${this.#path}.bak`;
    // A link stays a link: the file it points at is replaced.
    const path = await files.resolve(this.#path);
    if (before !== null) await putInPlace(files, await writeBeside(files, backup, before), backup);
    const temporary = await writeBeside(files, path, after);
    try {
      await putInPlace(files, temporary, path);
    } catch (error) {
      await this.#restore(path, before, after);
      throw error;
    }
  }

  /**
   * The new content may be in place without being safe on the disk: the old one goes back, so that the file agrees
   * with memory. When the disk refuses even that, the next look at the file takes up what is there.
   */
  async #restore(path: string, before: string | null, after: string): Promise<void> {
    try {
      if ((await readIfThere(this.#files, path)) !== after) return;
      if (before === null) await this.#files.remove(path);
      else await this.#files.rename(await writeBeside(this.#files, path, before), path);
    } catch {
      this.#watcher?.recheck();
    }
  }

  /**
   * Takes up a change made outside. Content that is not valid may be half of what an editor is writing: unless
   * `isCertain`, it gets a second look before it is reported.
   */
  async #check(isCertain: boolean): Promise<void> {
    let text: string | null;
    try {
      text = await readIfThere(this.#files, this.#path);
    } catch (error) {
      this.#report([{ path: "", message: `cannot be read: ${errorMessage(error)}` }]);
      return;
    }
    this.#isMissing = text === null;
    if (text === null) {
      this.#report([{ path: "", message: "is missing; the next save writes it again" }]);
      return;
    }
    if (text === this.#state.text && !haveKeyFilesChanged(this.#state)) {
      this.#report([]);
      return;
    }
    const parsed = this.#parse(text);
    if (parsed.ok) this.#apply(parsed.state, "edit");
    else if (isCertain || this.#suspect === text) this.#report(parsed.problems);
    else {
      this.#suspect = text;
      this.#watcher?.recheck();
    }
  }

  #parse(text: string): StateResult {
    const { dataDir } = this.#options;
    return readState(text, { version: this.#state.config.version + 1, dataDir, env: this.environment() });
  }

  #apply(state: ConfigState, reason: "save" | "edit", origin?: ConfigOrigin): void {
    this.#state = state;
    this.#changedAt = this.#options.clock.wallMs();
    this.#problems = [];
    this.#isMissing = false;
    this.#suspect = undefined;
    try {
      const { document, warnings } = state;
      this.#options.onChange(state.config, { reason, origin, document, warnings });
    } catch (error) {
      // The file is written and holds: a listener's failure must not look like a failed save.
      this.#options.onProblems([`applying ${this.#path} failed: ${errorMessage(error)}`]);
    }
  }

  /** Tells what is wrong with the file, each state of affairs once. */
  #report(problems: readonly ConfigProblem[]): void {
    const [before, now] = [linesOf(this.#problems), linesOf(problems)];
    this.#problems = problems;
    this.#suspect = undefined;
    if (before.join("\n") === now.join("\n")) return;
    if (now.length === 0) this.#options.onProblems([`${this.#path} is in order again`]);
    else this.#options.onProblems([`${this.#path} is not used, the last good configuration stays:`, ...now]);
  }

  async #signature(): Promise<string> {
    const paths = [this.#path, ...this.#state.keyFiles.keys()];
    return (await Promise.all(paths.map((path) => this.#files.signature(path)))).join(" ");
  }
}

/** Through JSON, as the document came from there: keys such as `__proto__` stay plain keys. */
function copy(document: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}
