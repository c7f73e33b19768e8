// Drives apirouter.sh as a person would, in a copy of this checkout whose path holds a space: the service
// verbs with the real program as a background process, and the test verb on small suites of its own.
// systemd's part is checked as far as its unit goes; no user manager is assumed.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dir, "../..");
const home = realpathSync(mkdtempSync(join(tmpdir(), "apirouter-script-")));
const checkout = join(home, "api router");
const data = join(checkout, "data");
// The first build compiles the whole program on a machine that is busy with other tests.
const SLOW_MS = 120_000;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function script(
  words: string[],
  { cwd = checkout, env = {}, program = join(checkout, "apirouter.sh") }: RunOptions = {},
): Promise<Outcome> {
  const child = Bun.spawn([program, ...words], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: home, APIROUTER_SERVICE: "background", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  program?: string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

// The service is another process: what it does is waited for by looking again, up to ten seconds.
async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error("it did not happen within 10 s");
    await Bun.sleep(50);
  }
}

function pidIn(name: string): number {
  return Number(readFileSync(join(data, name), "utf8").split("\n")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeAll(() => {
  mkdirSync(checkout);
  const left = new Set(["node_modules", "dist", "data", ".git"]);
  const parts = ["apirouter.sh", "scripts", "deploy", "package.json", "bun.lock", "tsconfig.json", "toolchain", "src"];
  for (const part of [...parts, "web"].filter((name) => existsSync(join(root, name)))) {
    cpSync(join(root, part), join(checkout, part), {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !left.has(path.slice(dirname(path).length + 1)),
    });
  }
  for (const folder of ["node_modules", "toolchain/node_modules", "web/node_modules"]) {
    if (existsSync(join(root, folder))) symlinkSync(join(root, folder), join(checkout, folder));
  }
  // The built console, so that not every run of these tests builds it anew.
  const pack = join("dist", "web", "console.pack");
  if (existsSync(join(root, pack))) cpSync(join(root, pack), join(checkout, pack), { preserveTimestamps: true });
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("the service as a background process", () => {
  let port = 0;

  afterEach(async () => {
    await script(["stop"]);
    rmSync(join(data, "service.env"), { force: true });
  });

  async function start(words: string[] = [], env: Record<string, string> = {}): Promise<Outcome> {
    port = await freePort();
    return await script(["start", "--port", String(port), "--host", "127.0.0.1", ...words], { env });
  }

  test(
    "start builds, starts and waits until it answers; status, restart and stop follow it",
    async () => {
      const started = await start();
      expect(started).toMatchObject({ code: 0 });
      expect(started.stdout).toContain(`http://127.0.0.1:${port}/v1/messages`);
      const health = await (await fetch(`http://127.0.0.1:${port}/`)).json();
      expect(health).toMatchObject({ status: "ok" });

      const status = await script(["status"]);
      expect(status.code).toBe(0);
      expect(status.stdout).toContain("APIRouter is running");
      expect(status.stdout).toContain(`http://127.0.0.1:${port}`);
      expect(status.stdout).toMatch(/pid +\d+\n/);
      expect(status.stdout).toMatch(/version +\d+\.\d+/);

      const before = pidIn("apirouter.child");
      expect((await script(["restart"])).code).toBe(0);
      expect(pidIn("apirouter.child")).not.toBe(before);
      expect(isAlive(before)).toBe(false);

      const pid = pidIn("apirouter.child");
      expect(await script(["stop"])).toMatchObject({ code: 0, stdout: "APIRouter is stopped\n" });
      expect(isAlive(pid)).toBe(false);
      expect(await script(["status"])).toMatchObject({ code: 3, stdout: "APIRouter is not running\n" });
    },
    SLOW_MS,
  );

  test(
    "a program that is killed is started again",
    async () => {
      await start();
      const before = pidIn("apirouter.child");
      process.kill(before, "SIGKILL");
      await eventually(async () => {
        const { code, stdout } = await script(["status"]);
        return code === 0 && !stdout.includes(` ${before}\n`) ? true : undefined;
      });
      expect((await script(["logs"])).stdout).toContain("starting it again");
    },
    SLOW_MS,
  );

  test(
    "a program whose supervisor was killed can still be seen and stopped",
    async () => {
      // The log's keeper notices within a second that its supervisor is gone.
      await start([], { APIROUTER_LOG_CHECK_SECONDS: "1" });
      process.kill(pidIn("apirouter.pid"), "SIGKILL");
      expect((await script(["status"])).code).toBe(0);
      expect((await script(["stop"])).code).toBe(0);
      // Not its pid: without its parent it may stay a zombie where nothing collects those.
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    },
    SLOW_MS,
  );

  test(
    "a pid file left behind, whose pid is now another process, is not believed",
    async () => {
      mkdirSync(data, { recursive: true });
      const bystander = Bun.spawn(["sleep", "60"]);
      for (const name of ["apirouter.pid", "apirouter.child"]) {
        writeFileSync(join(data, name), `${bystander.pid}\nstarted at another time\n1\n`);
      }
      try {
        expect((await script(["status"])).code).toBe(3);
        await script(["stop"]);
        expect(bystander.exitCode).toBeNull();
        expect(await start()).toMatchObject({ code: 0 });
        await script(["stop"]);
        expect(bystander.exitCode).toBeNull();
      } finally {
        bystander.kill();
        await bystander.exited;
      }
    },
    SLOW_MS,
  );

  test(
    "starting twice says that it runs and leaves it alone",
    async () => {
      await start();
      const pid = pidIn("apirouter.child");
      expect(await script(["start"])).toMatchObject({
        code: 0,
        stdout: `APIRouter is running already at http://127.0.0.1:${port}\n`,
      });
      expect(pidIn("apirouter.child")).toBe(pid);
    },
    SLOW_MS,
  );

  test(
    "a port that another program holds is named, and the port from before is kept",
    async () => {
      await start();
      await script(["stop"]);
      const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
      const taken = other.port;
      const { code, stderr } = await script(["start", "--port", String(taken)]);
      await other.stop(true);
      expect(code).toBe(1);
      expect(stderr).toContain(`port ${taken} is in use by another program`);
      expect(readFileSync(join(data, "service.env"), "utf8")).toContain(`APIROUTER_PORT=${port}\n`);
    },
    SLOW_MS,
  );

  test(
    "an option the program refuses ends the start with the program's own words, and is not kept",
    async () => {
      await start();
      await script(["stop"]);
      const { code, stderr } = await script(["start", "--no-such-option"]);
      expect(code).toBe(1);
      expect(stderr).toContain("APIRouter ended while starting");
      expect(stderr).toContain("no-such-option");
      expect(readFileSync(join(data, "service.env"), "utf8")).not.toContain("no-such-option");
      expect((await script(["status"])).code).toBe(3);
    },
    SLOW_MS,
  );

  test(
    "options of the very first start that fails are not kept either",
    async () => {
      port = await freePort();
      expect((await script(["start", "--port", String(port), "--no-such-option"])).code).toBe(1);
      expect(existsSync(join(data, "service.env"))).toBe(false);
      const started = await start();
      expect(started).toMatchObject({ code: 0 });
      expect(started.stdout).toContain(`http://127.0.0.1:${port}/admin-ui`);
    },
    SLOW_MS,
  );

  test(
    "a restart with wrong options leaves a gateway that answers, with the options from before",
    async () => {
      await start();
      const pid = pidIn("apirouter.child");
      const unusable = await script(["restart", "--port", "none"]);
      expect(unusable.code).toBe(2);
      expect(pidIn("apirouter.child")).toBe(pid);

      const refused = await script(["restart", "--no-such-option"]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("no-such-option");
      expect(refused.stderr).toContain("running with the options from before");
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
      expect(readFileSync(join(data, "service.env"), "utf8")).not.toContain("no-such-option");
    },
    SLOW_MS,
  );

  test(
    "asking a verb for help changes nothing",
    async () => {
      await start();
      const pid = pidIn("apirouter.child");
      for (const verb of ["stop", "restart", "uninstall", "start", "install", "status", "logs"]) {
        const { code, stdout } = await script([verb, "--help"]);
        expect([verb, code]).toEqual([verb, 0]);
        expect(stdout).toContain("Usage: apirouter.sh VERB");
      }
      expect(await script(["stop", "now"])).toMatchObject({ code: 2 });
      expect(pidIn("apirouter.child")).toBe(pid);
    },
    SLOW_MS,
  );

  test(
    "the log is rotated when it grows, and the service goes on",
    async () => {
      rmSync(join(data, "apirouter.log"), { force: true });
      // More than the program prints by itself: else its own lines may be rotated first.
      await start([], { APIROUTER_LOG_LIMIT_BYTES: "100000", APIROUTER_LOG_CHECK_SECONDS: "1" });
      writeFileSync(join(data, "apirouter.log"), `${"x".repeat(100_001)}\n`, { flag: "a" });
      await eventually(() => {
        const path = join(data, "apirouter.log.1");
        // It is there before all of it is copied.
        return existsSync(path) && readFileSync(path, "utf8").includes("xxx") ? true : undefined;
      });
      await eventually(() => (readFileSync(join(data, "apirouter.log"), "utf8").includes("xxx") ? undefined : true));
      expect((await script(["status"])).code).toBe(0);
    },
    SLOW_MS,
  );

  test(
    "files of the service are readable by their owner alone",
    async () => {
      await start();
      for (const name of ["apirouter.log", "apirouter.pid", "service.env"]) {
        const mode = await Bun.file(join(data, name)).stat();
        expect([name, (mode.mode & 0o077).toString(8)]).toEqual([name, "0"]);
      }
    },
    SLOW_MS,
  );

  test(
    "install keeps port, host and proxy variables; the last ones only when asked to",
    async () => {
      const settings = (): string => readFileSync(join(data, "service.env"), "utf8");
      const env = { HTTPS_PROXY: "http://127.0.0.1:9" };
      await script(["install", "--no-proxy", "--", "-p", "2999", "--host=127.0.0.1"], { env });
      expect(settings()).toContain("APIROUTER_PORT=2999\nAPIROUTER_HOST=127.0.0.1\n");
      expect(settings()).not.toContain("PROXY=");
      await script(["install", "--with-proxy"], { env });
      expect(settings()).toContain("APIROUTER_PORT=2999");
      expect(settings()).toContain("HTTPS_PROXY=http://127.0.0.1:9\n");
      expect((await script(["uninstall"])).code).toBe(0);
    },
    SLOW_MS,
  );

  test.each([["abc"], ["0"], ["65536"], ["99999999999999999999"]])("a port of %j is refused", async (value) => {
    const { code, stderr } = await script(["start", "--port", value]);
    expect(code).toBe(2);
    expect(stderr).toContain("port must be");
  });
});

describe("the command", () => {
  test("path links it, and through the link it works from any folder", async () => {
    expect((await script(["path"])).code).toBe(0);
    const program = join(home, ".local/bin/apirouter");
    const { code, stdout } = await script(["run", "--version"], { cwd: "/", program });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
    expect((await script(["--version"], { cwd: "/", program })).stdout).toBe(stdout);
  });

  test("the program's own commands work through it", async () => {
    const folder = join(home, "a config");
    mkdirSync(folder);
    writeFileSync(join(folder, "config.json"), '{"upstreams": []}');
    const checked = await script(["check", "--data-dir", "a config"], { cwd: home });
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    expect((await script(["config", "log", "--data-dir", "a config"], { cwd: home })).code).toBe(0);
  });

  test("path does not overwrite a file of somebody else", async () => {
    const program = join(home, ".local/bin/apirouter");
    rmSync(program, { force: true });
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, "mine");
    expect((await script(["path"])).code).toBe(1);
    expect(readFileSync(program, "utf8")).toBe("mine");
    rmSync(program);
  });

  test("an unknown verb gets a hint and code 2", async () => {
    const { code, stderr } = await script(["strat"]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no verb "strat"');
    expect(stderr).toContain("help");
  });

  test("help names every verb", async () => {
    const { stdout } = await script(["help"]);
    const verbs =
      "build path install uninstall start stop restart status logs run test simulate demo check config help".split(" ");
    expect(verbs.filter((verb) => !stdout.includes(verb))).toEqual([]);
  });

  test(
    "run stops when it is told to and starts quickly",
    async () => {
      const port = await freePort();
      const started = performance.now();
      const child = Bun.spawn(
        [
          join(checkout, "apirouter.sh"),
          "run",
          "--port",
          String(port),
          "--host",
          "127.0.0.1",
          "--data-dir",
          "own data",
        ],
        {
          cwd: home,
          env: { PATH: process.env["PATH"], HOME: home },
          stdin: "ignore",
          stdout: "ignore",
          stderr: "ignore",
        },
      );
      try {
        await eventually(
          async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok || undefined,
        );
      } finally {
        child.kill("SIGTERM");
      }
      const readyMs = performance.now() - started;
      expect(await child.exited).toBe(0);
      // Well under a second on an idle machine; this only catches an install on every run.
      expect(readyMs).toBeLessThan(5000);
      // A relative folder is meant from where the caller stands.
      expect(existsSync(join(home, "own data"))).toBe(true);
    },
    SLOW_MS,
  );

  test("without npm and Bun it says in one sentence what to install", async () => {
    const bare = join(home, "bare");
    const bin = join(home, "bin");
    mkdirSync(bin, { recursive: true });
    for (const name of ["bash", "env", "sed", "head", "awk", "uname", "tr", "dirname", "readlink"]) {
      symlinkSync(Bun.which(name) ?? "", join(bin, name));
    }
    cpSync(join(checkout, "scripts"), join(bare, "scripts"), { recursive: true });
    cpSync(join(checkout, "apirouter.sh"), join(bare, "apirouter.sh"));
    mkdirSync(join(bare, "toolchain"));
    for (const name of ["package.json", "package-lock.json", "bun-sha256.txt"]) {
      cpSync(join(root, "toolchain", name), join(bare, "toolchain", name));
    }
    chmodSync(join(bare, "apirouter.sh"), 0o755);
    const { code, stderr } = await script(["run"], {
      cwd: bare,
      program: join(bare, "apirouter.sh"),
      env: { PATH: bin },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^apirouter: npm is missing: install Node\.js [^\n]+\n$/);
  });
});

describe("the test verb", () => {
  async function closingLine(source: string): Promise<{ code: number; line: string | undefined }> {
    const folder = join(checkout, "suite");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "a.test.ts"), `import { test, expect } from "bun:test";\n${source}`);
    const { code, stdout } = await script(["test", "suite"]);
    return { code, line: stdout.trimEnd().split("\n").at(-1) };
  }

  const cases: { name: string; source: string; code: number; line: string }[] = [
    {
      name: "sums up what passed, failed and was skipped",
      source: 'test("a", () => {});\ntest("b", () => expect(1).toBe(2));\ntest.skip("c", () => {});',
      code: 1,
      line: "1 passed, 1 failed, 1 skipped",
    },
    { name: "passes when everything passes", source: 'test("a", () => {});', code: 0, line: "1 passed, 0 failed" },
    {
      name: "counts a failure when a test file cannot be loaded",
      source: 'import { x } from "./missing";\ntest("a", () => x());',
      code: 1,
      line: "0 passed, 1 failed",
    },
    {
      name: "counts a failure when a test ends the runner with code 0",
      source: 'test("a", () => {});\ntest("b", () => process.exit(0));',
      code: 1,
      line: "0 passed, 1 failed",
    },
    {
      name: "counts a failure when a file has no test",
      source: "expect(1).toBe(1);",
      code: 1,
      line: "0 passed, 1 failed",
    },
    {
      name: "does not believe a summary that a test prints",
      source: 'test("a", () => console.log("99 pass\\n<testsuites tests=\\"99\\">"));',
      code: 0,
      line: "1 passed, 0 failed",
    },
  ];
  test.each(cases)(
    "$name",
    async ({ source, code, line }) => {
      expect(await closingLine(source)).toEqual({ code, line });
    },
    SLOW_MS,
  );
});

describe("the systemd unit", () => {
  const template = readFileSync(join(root, "deploy/apirouter.service"), "utf8");

  test.each([
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    'ReadWritePaths="@DATA@" "@STATE@"',
    "PrivateTmp=yes",
    "LimitNOFILE=65536",
    "UMask=0077",
    "Restart=on-failure",
  ])("has %s", (line) => {
    expect(template.split("\n")).toContain(line);
  });

  test("runs on a user manager, which cannot change users or capabilities", () => {
    expect(template).not.toMatch(/^(User|Group|CapabilityBoundingSet|AmbientCapabilities|DynamicUser)=/m);
    expect(template).toContain("WantedBy=default.target");
  });
});
