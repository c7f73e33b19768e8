import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { defaultConfigText } from "../config/defaults.ts";
import type { JsonObject } from "../config/json-path.ts";
import { type ConfigFile, type ConfigFileOptions, ConfigSaveError, openConfigFile } from "./config-file.ts";
import { prepareDataDir } from "./data-dir.ts";
import { type FileSystem, type NewFile, systemFileSystem } from "./file-system.ts";

const CLOCK = { monotonicMs: () => 0, wallMs: () => 1_790_000_000_000 };
const UPSTREAM = { id: "a", base_url: "https://one.example/v1", api_format: "openai", keys: ["sk-0123456789abcdef"] };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "apirouter-config-"));
  chmodSync(dir, 0o700);
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Opened {
  readonly store: ConfigFile;
  readonly changes: { config: Config; reason: string }[];
  readonly reports: string[];
}

async function open(dataDir: string, options: Partial<ConfigFileOptions> = {}): Promise<Opened> {
  const changes: Opened["changes"] = [];
  const reports: string[] = [];
  const store = await openConfigFile({
    dataDir,
    clock: CLOCK,
    watch: false,
    env: {},
    onChange: (config, { reason }) => void changes.push({ config, reason }),
    onProblems: (lines) => void reports.push(lines.join("\n")),
    ...options,
  });
  cleanups.push(() => store.close());
  return { store, changes, reports };
}

function write(dir: string, document: unknown): void {
  writeFileSync(join(dir, "config.json"), typeof document === "string" ? document : JSON.stringify(document));
}

function read(dir: string, name = "config.json"): string {
  return readFileSync(join(dir, name), "utf8");
}

function setDebug(document: JsonObject): JsonObject {
  return { ...document, debug_mode: true };
}

async function saveError(store: ConfigFile, ...parameters: Parameters<ConfigFile["save"]>): Promise<ConfigSaveError> {
  try {
    await store.save(...parameters);
  } catch (error) {
    if (error instanceof ConfigSaveError) return error;
    throw error;
  }
  throw new Error("expected the save to fail");
}

describe("opening", () => {
  test("writes the default file, private, when there is none", async () => {
    const dir = newDir();
    const { store } = await open(dir);
    expect(read(dir)).toBe(defaultConfigText());
    expect(statSync(join(dir, "config.json")).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(["config.json"]);
    expect(store.current().version).toBe(1);
    expect(store.changedAt()).toBe(CLOCK.wallMs());
  });

  test("refuses a file with problems, tells all of them and leaves it alone", async () => {
    const dir = newDir();
    const text = '{"upstreams": [{"id": "a", "base_url": "x", "api_format": "openai"}], "debug_mode": 1}';
    write(dir, text);
    await expect(open(dir)).rejects.toThrow(
      /config\.json is not valid:\n.*line 1, column 40: upstreams\[0\]\.base_url.*\n.*debug_mode: expected true or false, found 1/,
    );
    expect(read(dir)).toBe(text);
  });

  for (const text of ["", "{", "null", '{"debug_mode": true']) {
    test(`refuses ${JSON.stringify(text)} and leaves it alone`, async () => {
      const dir = newDir();
      write(dir, text);
      await expect(open(dir)).rejects.toThrow("config.json is not valid");
      expect(read(dir)).toBe(text);
    });
  }

  test("refuses to start afresh beside a backup", async () => {
    const dir = newDir();
    writeFileSync(join(dir, "config.json.bak"), defaultConfigText());
    await expect(open(dir)).rejects.toThrow("rename that to config.json");
    expect(readdirSync(dir)).toEqual(["config.json.bak"]);
  });

  test("refuses a file that cannot be read", async () => {
    const dir = newDir();
    mkdirSync(join(dir, "config.json"));
    await expect(open(dir)).rejects.toThrow("config.json cannot be used");
  });

  test("removes what a crash left behind, and nothing else", async () => {
    const dir = newDir();
    writeFileSync(join(dir, ".config.json.0123abcd.tmp"), "half");
    writeFileSync(join(dir, ".config.json.swp"), "an editor's");
    await open(dir);
    expect(readdirSync(dir).toSorted()).toEqual([".config.json.swp", "config.json"]);
  });
});

describe("saving", () => {
  test("writes, keeps the previous file as backup, keeps unknown fields and seals client keys", async () => {
    const dir = newDir();
    const before = {
      upstreams: [{ ...UPSTREAM, note: 1 }],
      client_keys: [{ key: "sk-client-0123456789" }],
      extra: { a: [1] },
    };
    write(dir, before);
    const { store, changes } = await open(dir);
    const revision = store.revision();
    const config = await store.save(setDebug);
    expect(config.version).toBe(2);
    expect(config.debugMode).toBe(true);
    expect(store.current()).toBe(config);
    expect(changes).toEqual([{ config, reason: "save" }]);
    const saved = JSON.parse(read(dir));
    expect(saved).toMatchObject({ upstreams: [{ note: 1, keys: UPSTREAM.keys }], extra: { a: [1] }, debug_mode: true });
    expect(read(dir)).not.toContain("sk-client-0123456789");
    expect(config.clientKeys[0]?.label).toBe("sk-clien…6789");
    expect(JSON.parse(read(dir, "config.json.bak"))).toEqual(before);
    expect(store.revision()).not.toBe(revision);
    for (const name of ["config.json", "config.json.bak"]) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toHaveLength(2);
  });

  test("refuses an invalid configuration and changes nothing", async () => {
    const dir = newDir();
    const { store, changes } = await open(dir);
    const error = await saveError(store, (document) => ({
      ...document,
      upstreams: [{ ...UPSTREAM, api_format: "x" }],
    }));
    expect(error.code).toBe("invalid");
    expect(error.problems.map((problem) => problem.path)).toEqual(["upstreams[0].api_format"]);
    expect(read(dir)).toBe(defaultConfigText());
    expect(store.current().version).toBe(1);
    expect(changes).toEqual([]);
  });

  test("passes on what the change throws and goes on with the next save", async () => {
    const dir = newDir();
    const { store } = await open(dir);
    const failing = store.save(() => {
      throw new Error("changed my mind");
    });
    const next = store.save(setDebug);
    await expect(failing).rejects.toThrow("changed my mind");
    expect((await next).version).toBe(2);
  });

  test("applies saves in order, each on top of the one before", async () => {
    const dir = newDir();
    const { store } = await open(dir);
    const saves = Array.from({ length: 20 }, (_, index) =>
      store.save((document) => ({ ...document, list: [...((document["list"] as number[]) ?? []), index] })),
    );
    expect((await Promise.all(saves)).map((config) => config.version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 2),
    );
    expect(JSON.parse(read(dir)).list).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test("refuses a stale revision, so that two tabs do not overwrite each other", async () => {
    const dir = newDir();
    const { store } = await open(dir);
    const seen = store.revision();
    await store.save(setDebug, { ifRevision: seen });
    const error = await saveError(store, (document) => ({ ...document, debug_mode: false }), { ifRevision: seen });
    expect(error.code).toBe("conflict");
    expect(store.current().debugMode).toBe(true);
  });

  test("takes up an edit by hand before it changes anything", async () => {
    const dir = newDir();
    const { store, changes } = await open(dir);
    write(dir, { upstreams: [UPSTREAM] });
    await store.save(setDebug);
    expect(JSON.parse(read(dir))).toMatchObject({ upstreams: [{ id: "a" }], debug_mode: true });
    expect(changes.map((change) => change.reason)).toEqual(["edit", "save"]);
  });

  test("never overwrites an edit by hand that is not valid", async () => {
    const dir = newDir();
    const { store } = await open(dir);
    write(dir, '{"upstreams": [');
    const error = await saveError(store, setDebug);
    expect(error.code).toBe("file-invalid");
    expect(read(dir)).toBe('{"upstreams": [');
  });

  test("writes the file again when it was deleted", async () => {
    const dir = newDir();
    const { store, reports } = await open(dir);
    rmSync(join(dir, "config.json"));
    await store.checkNow();
    expect(reports.at(-1)).toContain("is missing");
    await store.save((document) => document);
    expect(read(dir)).toBe(defaultConfigText());
    expect(store.problems()).toEqual([]);
  });

  test("replaces the target of a link and keeps the link", async () => {
    const dir = newDir();
    const elsewhere = newDir();
    writeFileSync(join(elsewhere, "real.json"), defaultConfigText());
    symlinkSync(join(elsewhere, "real.json"), join(dir, "config.json"));
    const { store } = await open(dir);
    await store.save(setDebug);
    expect(lstatSync(join(dir, "config.json")).isSymbolicLink()).toBe(true);
    expect(JSON.parse(read(elsewhere, "real.json")).debug_mode).toBe(true);
    expect(readdirSync(elsewhere)).toEqual(["real.json"]);
  });

  test("does not fail when a listener does", async () => {
    const dir = newDir();
    const { store, reports } = await open(dir, {
      onChange: () => {
        throw new Error("listener broke");
      },
    });
    expect((await store.save(setDebug)).version).toBe(2);
    expect(reports).toEqual([`applying ${join(dir, "config.json")} failed: listener broke`]);
  });
});

/** Fails the n-th operation that changes or syncs something, and from then on if `forever`. */
function failingAt(
  n: number,
  code: string,
  forever: boolean,
): { files: FileSystem; calls: () => number; arm: () => void } {
  let calls = 0;
  let isArmed = false;
  function arm(): void {
    isArmed = true;
  }

  function step(): void {
    if (!isArmed) return;
    calls += 1;
    if (calls === n || (forever && calls > n)) throw Object.assign(new Error(`${code}: simulated`), { code });
  }
  const files: FileSystem = {
    ...systemFileSystem,
    async createNew(path): Promise<NewFile> {
      step();
      const file = await systemFileSystem.createNew(path);
      return {
        async write(text) {
          // Half of it reaches the disk before the failure, as with a full disk.
          await file.write(text.slice(0, text.length / 2));
          step();
          await file.write(text.slice(text.length / 2));
        },
        async sync() {
          step();
          await file.sync();
        },
        async close() {
          await file.close();
          step();
        },
      };
    },
    async rename(from, to) {
      step();
      await systemFileSystem.rename(from, to);
    },
    async syncDirectory(path) {
      step();
      await systemFileSystem.syncDirectory(path);
    },
    async remove(path) {
      step();
      await systemFileSystem.remove(path);
    },
  };
  return { files, calls: () => calls, arm };
}

describe("when the disk fails", () => {
  async function countCalls(): Promise<number> {
    const dir = newDir();
    const { files, calls, arm } = failingAt(Number.POSITIVE_INFINITY, "", false);
    const { store } = await open(dir, { files });
    arm();
    await store.save(setDebug);
    return calls();
  }

  for (const code of ["ENOSPC", "EIO", "EROFS", "EACCES", "EDQUOT", "EFBIG"]) {
    test(`${code} at any one step leaves file and memory as they were, and the next save works`, async () => {
      const total = await countCalls();
      expect(total).toBeGreaterThanOrEqual(12);
      for (let n = 1; n <= total; n += 1) {
        const dir = newDir();
        const { files, arm } = failingAt(n, code, false);
        const { store, changes } = await open(dir, { files });
        arm();
        const error = await saveError(store, setDebug);
        expect(error.code).toBe("storage");
        expect(error.message).toContain(`${code}: simulated`);
        expect(read(dir)).toBe(defaultConfigText());
        expect(store.current().version).toBe(1);
        expect(changes).toEqual([]);
        expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
        expect((await store.save(setDebug)).debugMode).toBe(true);
        expect(JSON.parse(read(dir)).debug_mode).toBe(true);
      }
    });
  }

  test("a disk that stays broken leaves the old content or the new one, whole, and memory agrees after a look", async () => {
    const total = await countCalls();
    for (let n = 1; n <= total; n += 1) {
      const dir = newDir();
      const { files, arm } = failingAt(n, "EIO", true);
      const { store } = await open(dir, { files });
      arm();
      expect((await saveError(store, setDebug)).code).toBe("storage");
      await store.checkNow();
      expect(JSON.parse(read(dir)).debug_mode).toBe(store.current().debugMode);
    }
  });
});

describe("edits by hand", () => {
  test("that are valid hold from then on", async () => {
    const dir = newDir();
    const { store, changes } = await open(dir);
    write(dir, { upstreams: [UPSTREAM] });
    await store.checkNow();
    expect(store.current().version).toBe(2);
    expect(changes.map((change) => [change.reason, change.config.upstreams.length])).toEqual([["edit", 1]]);
    await store.checkNow();
    expect(changes).toHaveLength(1);
  });

  test("that are not valid are reported once and change nothing, until the file is in order again", async () => {
    const dir = newDir();
    const { store, changes, reports } = await open(dir);
    write(dir, '{\n"debug_mode": "sk-secret-0123456789"}');
    await store.checkNow();
    await store.checkNow();
    expect(reports).toEqual([
      `${join(dir, "config.json")} is not used, the last good configuration stays:\n  line 2, column 15: debug_mode: expected true or false, found a string of 20 characters`,
    ]);
    expect(store.problems()).toHaveLength(1);
    expect(store.current().version).toBe(1);
    write(dir, defaultConfigText());
    await store.checkNow();
    expect(reports[1]).toBe(`${join(dir, "config.json")} is in order again`);
    expect([store.problems(), changes]).toEqual([[], []]);
  });

  test("of a key file count as well", async () => {
    const dir = newDir();
    writeFileSync(join(dir, "key"), "first\n");
    write(dir, { upstreams: [{ ...UPSTREAM, keys: ["file:key"] }] });
    const { store, reports } = await open(dir);
    const keys = () => store.current().upstreams[0]?.keys.map((key) => key.secret.reveal());
    expect(keys()).toEqual(["first"]);
    writeFileSync(join(dir, "key"), "second\n");
    await store.checkNow();
    expect(keys()).toEqual(["second"]);
    rmSync(join(dir, "key"));
    await store.checkNow();
    expect(keys()).toEqual(["second"]);
    expect(reports.at(-1)).toContain("which cannot be read");
  });

  const editors: { name: string; edit: (path: string, text: string) => void }[] = [
    { name: "written in place", edit: (path, text) => writeFileSync(path, text) },
    {
      name: "replaced by renaming",
      edit: (path, text) => {
        writeFileSync(`${path}.new`, text);
        renameSync(`${path}.new`, path);
      },
    },
    {
      name: "moved away and written anew",
      edit: (path, text) => {
        renameSync(path, `${path}~`);
        writeFileSync(path, text);
      },
    },
  ];
  for (const { name, edit } of editors) {
    test(`${name} are noticed without being asked, again and again`, async () => {
      const dir = newDir();
      let arrived = Promise.withResolvers<Config>();
      await open(dir, { watch: true, onChange: (config) => arrived.resolve(config) });
      for (const round of [1, 2, 3]) {
        edit(join(dir, "config.json"), JSON.stringify({ commit_hold_ms: round }));
        expect((await arrived.promise).commitHoldMs).toBe(round);
        arrived = Promise.withResolvers();
      }
    });
  }

  /** A directory whose file is a link to another one. */
  function linkedFile(): { dir: string; real: string } {
    const dir = newDir();
    const real = join(newDir(), "real.json");
    writeFileSync(real, defaultConfigText());
    symlinkSync(real, join(dir, "config.json"));
    return { dir, real };
  }

  test("through a link, where the directory tells nothing, are noticed by looking", async () => {
    const { dir, real } = linkedFile();
    const arrived = Promise.withResolvers<Config>();
    await open(dir, { watch: true, pollMs: 20, onChange: (config) => arrived.resolve(config) });
    writeFileSync(real, '{"commit_hold_ms": 7}');
    expect((await arrived.promise).commitHoldMs).toBe(7);
  });

  test("through a link before the first look are noticed too", async () => {
    const { dir, real } = linkedFile();
    const edited = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<Config>();
    const files: FileSystem = {
      ...systemFileSystem,
      signature: (path) => edited.promise.then(() => systemFileSystem.signature(path)),
    };
    await open(dir, { watch: true, pollMs: 20, files, onChange: (config) => arrived.resolve(config) });
    writeFileSync(real, '{"commit_hold_ms": 7}');
    edited.resolve();
    expect((await arrived.promise).commitHoldMs).toBe(7);
  });

  test("that are not valid are noticed without being asked", async () => {
    const dir = newDir();
    const told = Promise.withResolvers<readonly string[]>();
    await open(dir, { watch: true, onProblems: (lines) => told.resolve(lines) });
    write(dir, "{");
    expect((await told.promise).join()).toContain("line 1, column 2");
  });
});

describe("the data directory", () => {
  test("is created private", async () => {
    const path = join(newDir(), "a", "data");
    const { warnings } = await prepareDataDir(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(warnings).toEqual([]);
  });

  test("is left as it is, with a warning for whatever others may see", async () => {
    const path = newDir();
    chmodSync(path, 0o755);
    writeFileSync(join(path, "config.json"), "{}", { mode: 0o600 });
    writeFileSync(join(path, "apirouter.db"), "");
    chmodSync(join(path, "apirouter.db"), 0o644);
    const { warnings } = await prepareDataDir(path);
    expect(warnings).toEqual([
      `${path} is open to other users of this machine (mode 0755); run: chmod 0700 ${path}`,
      `${path}/apirouter.db is open to other users of this machine (mode 0644); run: chmod 0600 ${path}/apirouter.db`,
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test("is refused when it is a file", async () => {
    const path = join(newDir(), "data");
    writeFileSync(path, "");
    await expect(prepareDataDir(path)).rejects.toThrow("expected a directory, found a file");
    await expect(prepareDataDir(join(path, "deeper"))).rejects.toThrow("expected a directory, found a file");
    expect(existsSync(path)).toBe(true);
  });
});
