// config.json changes while requests run: by hand, by an editor, by the administrator's routes.

import { afterEach, describe, expect, test } from "bun:test";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { answerText, clientCall, send, streamViolations } from "./support/client-calls.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const ADMIN = { "x-admin-password": "admin" };
const WHOLE = clientCall("anthropic", { stream: false });
const STREAM = clientCall("anthropic", { stream: true });
const LONG_TEXT = "one two three four five six seven eight nine ten ".repeat(6);

interface World {
  readonly old: Simulator;
  readonly fresh: Simulator;
  readonly gateway: TestGateway;
  readonly path: string;
}

async function createWorld(config: object = {}): Promise<World> {
  const old = startSimulator({ plan: { answer: { text: LONG_TEXT, chunkSize: 8 }, eventDelayMs: 4 } });
  const fresh = startSimulator({ plan: { answer: { text: "fresh" } } });
  const gateway = await startGateway({ upstreams: [upstreamEntry("old", "anthropic", old.url)], config });
  closers.push(
    () => old.stop(),
    () => fresh.stop(),
    () => gateway.stop(),
  );
  return { old, fresh, gateway, path: join(gateway.dataDir, "config.json") };
}

const withUpstream = (...upstreams: object[]): string => JSON.stringify({ upstreams }, null, 2);

/** Ways in which a file gets new content. */
const EDITS: readonly (readonly [name: string, edit: (path: string, text: string) => Promise<void>])[] = [
  ["written in place", (path, text) => writeFile(path, text)],
  [
    "replaced by an editor",
    async (path, text) => {
      await writeFile(`${path}.swp`, text);
      await rename(`${path}.swp`, path);
    },
  ],
  [
    "removed and created anew",
    async (path, text) => {
      await rm(path);
      await writeFile(path, text);
    },
  ],
  [
    "written in two halves",
    async (path, text) => {
      await writeFile(path, text.slice(0, 20));
      await Bun.sleep(20);
      await writeFile(path, text);
    },
  ],
];

const applied = (gateway: TestGateway) => until("the edit is applied", () => gateway.app.config().version > 1);

describe("a valid edit", () => {
  for (const [name, edit] of EDITS) {
    test(`${name} holds for new requests while a running stream goes on to its end`, async () => {
      const { old, fresh, gateway, path } = await createWorld();
      const running = send(gateway.url, STREAM);
      await until("the stream runs", () => (old.requests[0]?.eventsSent ?? 0) > 3);
      await edit(path, withUpstream(upstreamEntry("fresh", "openai-chat", fresh.url)));
      await applied(gateway);
      const answer = await send(gateway.url, WHOLE);
      expect(answerText(WHOLE, answer.text)).toBe("fresh");
      expect(old.requests[0]?.finishedAt).toBeUndefined();
      const streamed = await running;
      expect(streamViolations("anthropic", streamed.text)).toEqual([]);
      expect(answerText(STREAM, streamed.text)).toBe(LONG_TEXT);
      expect(gateway.lines.join("")).toContain("configuration applied (edit)");
      expect(gateway.lines.join("")).not.toContain("not used");
    });
  }

  test("under load loses no request", async () => {
    const { fresh, gateway, path } = await createWorld();
    let isOver = false;
    const statuses = new Map<number, number>();
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const { status } = await send(gateway.url, WHOLE);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    for (let i = 0; i < 8; i++) {
      await writeFile(path, withUpstream(upstreamEntry(`fresh-${i}`, "openai-chat", fresh.url)));
      await until("the edit is applied", () => gateway.app.config().upstreams[0]?.id === `fresh-${i}`);
    }
    isOver = true;
    await Promise.all(load);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(100);
  });

  test("keeps the breakers of upstreams that it did not touch and closes those of edited ones", async () => {
    const down = startSimulator({ plan: { status: 500 } });
    closers.push(() => down.stop());
    const entry = (id: string, more: object = {}) => upstreamEntry(id, "anthropic", down.url, more);
    const gateway = await startGateway({ upstreams: [entry("kept"), entry("edited"), entry("removed")] });
    closers.push(() => gateway.stop());
    for (let i = 0; i < 3; i++) await send(gateway.url, WHOLE);
    const openIds = async (): Promise<string[]> => {
      const answer = await fetch(`${gateway.url}/admin/breakers`, { headers: ADMIN });
      const { breakers } = (await answer.json()) as { breakers: { id: string; state: string }[] };
      return breakers.filter((row) => row.state === "open").map((row) => row.id);
    };
    expect(await openIds()).toEqual(["kept", "edited", "removed"]);
    const path = join(gateway.dataDir, "config.json");
    await writeFile(path, withUpstream(entry("kept"), entry("edited", { keys: ["sk-another-key"] })));
    await applied(gateway);
    expect(await openIds()).toEqual(["kept"]);
  });

  test("changes keys, switches and limits as well as upstreams", async () => {
    const { old, gateway, path } = await createWorld();
    const document = {
      upstreams: [
        upstreamEntry("old", "anthropic", old.url, { keys: ["sk-new-key"], model_map: { "claude-test": "m2" } }),
      ],
      access_control_enabled: true,
      client_keys: [{ key: "sk-client-one", name: "one", enabled: true }],
      limits: { max_request_bytes: 2000 },
    };
    await writeFile(path, JSON.stringify(document));
    await applied(gateway);
    expect((await send(gateway.url, WHOLE)).status).toBe(401);
    expect((await send(gateway.url, WHOLE, { "x-api-key": "sk-client-one" })).status).toBe(200);
    expect(old.requests.at(-1)?.key).toBe("sk-new-key");
    expect(old.requests.at(-1)?.model).toBe("m2");
    const large = clientCall("anthropic", { stream: false, prompt: "x".repeat(3000) });
    expect((await send(gateway.url, large, { "x-api-key": "sk-client-one" })).status).toBe(413);
  });

  test("of a file that holds a key is taken up too", async () => {
    const { old, gateway, path } = await createWorld();
    await writeFile(join(gateway.dataDir, "key.txt"), "sk-first\n", { mode: 0o600 });
    await writeFile(path, withUpstream(upstreamEntry("old", "anthropic", old.url, { keys: ["file:key.txt"] })));
    await applied(gateway);
    await send(gateway.url, WHOLE);
    expect(old.requests.at(-1)?.key).toBe("sk-first");
    const { version } = gateway.app.config();
    await writeFile(join(gateway.dataDir, "key.txt"), "sk-second\n");
    await until("the new key is taken up", () => gateway.app.config().version > version, 6000);
    await send(gateway.url, WHOLE);
    expect(old.requests.at(-1)?.key).toBe("sk-second");
  }, 10_000);
});

describe("an invalid edit", () => {
  const INVALID: readonly (readonly [name: string, text: string | Uint8Array, told: RegExp])[] = [
    ["broken JSON", '{"upstreams": [', /line 1, column \d+: expected/],
    ["an empty file", "", /empty|JSON/i],
    ["binary junk", Buffer.from([0, 255, 254, 1]), /line 1, column 1: expected a value/],
    ["an array", "[]", /expected a JSON object/],
    ["a wrong type", '{"upstreams": {}}', /upstreams: expected a list/],
    [
      "a bad URL",
      withUpstream({ id: "a", base_url: "ftp://x", api_format: "openai", keys: [] }),
      /upstreams\[0\]\.base_url: expected/,
    ],
    [
      "an unknown format",
      withUpstream({ id: "a", base_url: "http://x/v1", api_format: "mistral", keys: [] }),
      /upstreams\[0\]\.api_format: expected "anthropic" or/,
    ],
    [
      "two upstreams of one name",
      withUpstream(upstreamEntry("a", "gemini", "http://x"), upstreamEntry("a", "gemini", "http://y")),
      /upstreams\[1\]\.id/,
    ],
    ["a broken password hash", '{"upstreams":[],"admin_password_hash":"nonsense"}', /admin_password_hash: expected/],
  ];

  for (const [name, text, told] of INVALID) {
    test(`with ${name} leaves everything as it runs and is told on the console and to the administrator`, async () => {
      const { old, gateway, path } = await createWorld();
      const before = await readFile(path, "utf8");
      await writeFile(path, text);
      await until("it is told", () => gateway.lines.some((line) => line.includes("is not used")));
      expect(gateway.lines.join("")).toContain("the last good configuration stays");
      expect(gateway.lines.join("")).toMatch(told);

      const answer = await send(gateway.url, WHOLE);
      expect(answer.status).toBe(200);
      expect(old.requestCount).toBe(1);
      const shown = (await (await fetch(`${gateway.url}/admin/config`, { headers: ADMIN })).json()) as {
        upstreams: { id: string }[];
        problems: string[];
      };
      expect(shown.upstreams.map((upstream) => upstream.id)).toEqual(["old"]);
      expect(shown.problems.join("\n")).toMatch(told);

      // A save would overwrite what the operator is working on: refused, and the file stays as it is.
      const save = await fetch(`${gateway.url}/admin/config`, {
        method: "POST",
        headers: ADMIN,
        body: JSON.stringify({ debug_mode: true }),
      });
      expect(save.status).toBe(409);
      expect(await readFile(path)).toEqual(Buffer.from(text as string));

      await writeFile(path, before);
      await until("it is in order again", () => gateway.lines.some((line) => line.includes("in order again")));
      const mended = (await (await fetch(`${gateway.url}/admin/config`, { headers: ADMIN })).json()) as {
        problems: string[];
      };
      expect(mended.problems).toEqual([]);
    });
  }

  test("says nothing of the secrets in it", async () => {
    const { gateway, path } = await createWorld();
    const secret = "sk-secret-of-a-bad-file-0123456789";
    await writeFile(
      path,
      withUpstream({ id: "a", base_url: "nope", api_format: "openai", keys: [secret, `${secret}\n2`] }),
    );
    await until("it is told", () => gateway.lines.some((line) => line.includes("is not used")));
    expect(gateway.lines.join("")).not.toContain(secret);
    expect(await (await fetch(`${gateway.url}/admin/config`, { headers: ADMIN })).text()).not.toContain(secret);
  });

  test("that removes the file keeps everything running; the next save writes it again", async () => {
    const { gateway, path } = await createWorld();
    await rm(path);
    await until("it is told", () => gateway.lines.some((line) => line.includes("is missing")));
    expect((await send(gateway.url, WHOLE)).status).toBe(200);
    const save = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: ADMIN,
      body: JSON.stringify({ debug_mode: true }),
    });
    expect(save.status).toBe(200);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ upstreams: [{ id: "old" }], debug_mode: true });
  });
});

describe("a save through the administrator's route", () => {
  async function save(gateway: TestGateway, body: object): Promise<Response> {
    return await fetch(`${gateway.url}/admin/config`, { method: "POST", headers: ADMIN, body: JSON.stringify(body) });
  }

  test("holds for new requests at once, keeps unknown fields and what was there as .bak", async () => {
    const { fresh, gateway, path } = await createWorld({ my_own_field: { kept: true } });
    const before = await readFile(path, "utf8");
    const entry = { ...upstreamEntry("fresh", "openai-chat", fresh.url), note_of_mine: "kept too" };
    const answer = await save(gateway, { upstreams: [entry] });
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    expect(answerText(WHOLE, (await send(gateway.url, WHOLE)).text)).toBe("fresh");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
      my_own_field: { kept: true },
      upstreams: [{ id: "fresh", note_of_mine: "kept too" }],
    });
    expect(await readFile(`${path}.bak`, "utf8")).toBe(before);
  });

  test("of something invalid is refused with the reason; file and service stay", async () => {
    const { old, gateway, path } = await createWorld();
    const before = await readFile(path, "utf8");
    for (const [body, told] of [
      [{ upstreams: [{ id: "x" }] }, /upstreams\[0\]/],
      [{ upstreams: "none" }, /upstreams: expected/],
      [{ debug_mode: "yes" }, /debug_mode: expected true or false/],
      [{ new_password: "short" }, /new_password: expected 8 to 256 characters/],
      [{ new_password: "admin" }, /new_password/],
    ] as const) {
      const answer = await save(gateway, body);
      expect(answer.status).toBe(400);
      expect(((await answer.json()) as { error: string }).error).toMatch(told);
    }
    expect(await readFile(path, "utf8")).toBe(before);
    expect((await send(gateway.url, WHOLE)).status).toBe(200);
    expect(old.requestCount).toBe(1);
  });

  test("by two administrators at once loses nothing of either", async () => {
    const { gateway, path } = await createWorld();
    const bodies = Array.from({ length: 10 }, (_, i) => i);
    await Promise.all(
      bodies.flatMap((i) => [
        save(gateway, { debug_mode: i % 2 === 0 }),
        fetch(`${gateway.url}/admin/client-keys`, {
          method: "POST",
          headers: ADMIN,
          body: JSON.stringify({ keys: [{ key: `sk-client-${i}`, name: `n${i}`, enabled: true }] }),
        }),
      ]),
    );
    const document = JSON.parse(await readFile(path, "utf8")) as { upstreams: unknown[]; client_keys: unknown[] };
    expect(document.upstreams).toHaveLength(1);
    expect(document.client_keys).toHaveLength(1);
  });
});
