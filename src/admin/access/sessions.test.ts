import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../lib/random.ts";
import { openAdminDatabase } from "../../store/admin-database.ts";
import { createSessionStore, MAX_SESSIONS } from "../../store/session-store.ts";
import { errorResponse } from "../api/admin-error.ts";
import { createSessions, passwordMark } from "./sessions.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const MARK = passwordMark("hash one");

let dataDir: string;
let now = 0;
const clock = { monotonicMs: () => now, wallMs: () => now };
let database: ReturnType<typeof openAdminDatabase>;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "apirouter-sessions-"));
  now = 1_800_000_000_000;
  database = openAdminDatabase(dataDir, now, () => undefined);
});
afterEach(() => {
  database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const create = () => createSessions(createSessionStore(database), clock, systemRandom);
const open = (sessions = create(), isRemembered = false, passwordMark = MARK) =>
  sessions.open({ passwordMark, isRemembered, peer: "192.0.2.1", userAgent: "test" });

describe("a session", () => {
  test("holds on a disk that is full, and only a new one is refused, as the disk's fault", async () => {
    const sessions = create();
    const { token, session } = open(sessions);
    database.run("PRAGMA query_only = ON");
    now += 2 * MINUTE;
    expect(sessions.find(token, MARK, true)).toEqual(session);
    let refusal: unknown;
    try {
      open(sessions);
    } catch (error) {
      refusal = error;
    }
    expect(await errorResponse(refusal).json()).toMatchObject({ error: { code: "storage" } });
    database.run("PRAGMA query_only = OFF");
    now += 29 * MINUTE;
    expect(sessions.find(token, MARK, true)).toBeUndefined();
  });

  test("is found by its token and by nothing else, and the token is kept nowhere", () => {
    const sessions = create();
    const { token, session } = open(sessions);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(sessions.find(token, MARK, true)?.id).toBe(session.id);
    for (const other of [undefined, "", session.id, token.slice(1), `${token}x`, token.toLowerCase(), "x".repeat(43)])
      expect(sessions.find(other, MARK, true)).toBeUndefined();
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(readFileSync(join(dataDir, "admin.db")).includes(token)).toBe(false);
    expect(session.id).not.toContain(token.slice(0, 8));
  });

  test("ends after 30 minutes of silence, counted from its last use", () => {
    const sessions = create();
    const { token } = open(sessions);
    for (let n = 0; n < 10; n++) {
      now += 29 * MINUTE;
      expect(sessions.find(token, MARK, true)).toBeDefined();
    }
    now += 30 * MINUTE;
    expect(sessions.find(token, MARK, true)).toBeUndefined();
    now -= 20 * MINUTE;
    expect(sessions.find(token, MARK, true)).toBeUndefined();
  });

  test("is not prolonged by looks that are no use", () => {
    const sessions = create();
    const { token } = open(sessions);
    for (let n = 0; n < 29; n++) {
      now += MINUTE;
      expect(sessions.find(token, MARK, false)).toBeDefined();
    }
    now += MINUTE;
    expect(sessions.find(token, MARK, false)).toBeUndefined();
  });

  test("that is remembered lasts 7 days of silence and 30 days in all", () => {
    const sessions = create();
    const { token } = open(sessions, true);
    for (let day = 0; day < 4; day++) {
      now += 7 * DAY - 1;
      expect(sessions.find(token, MARK, true)).toBeDefined();
    }
    now += 2 * DAY + 4;
    expect(sessions.find(token, MARK, true)).toBeUndefined();
  });

  test("ends with its password, and goes along when only the hash is written anew", () => {
    const sessions = create();
    const { token } = open(sessions);
    sessions.moveMark(MARK, passwordMark("hash two"));
    expect(sessions.find(token, passwordMark("hash two"), true)).toBeDefined();
    expect(sessions.find(token, MARK, true)).toBeUndefined();
    expect(sessions.find(token, passwordMark("hash two"), true)).toBeUndefined();
  });

  test("survives a restart, in a file that only its owner may read", () => {
    const { token, session } = open();
    database.close();
    expect(statSync(join(dataDir, "admin.db")).mode & 0o777).toBe(0o600);
    database = openAdminDatabase(dataDir, now, () => undefined);
    expect(create().find(token, MARK, true)?.id).toBe(session.id);
  });
});

describe("sessions together", () => {
  test("can be ended one by one, all, or all but one", () => {
    const sessions = create();
    const all = [open(sessions), open(sessions), open(sessions), open(sessions)];
    const [first, second, third] = all;
    if (!first || !second || !third) throw new Error("four were opened");
    expect(sessions.end(first.session.id)).toBe(true);
    expect(sessions.end(first.session.id)).toBe(false);
    expect(sessions.end("nothing")).toBe(false);
    expect(sessions.list(MARK)).toHaveLength(3);
    expect(sessions.endAll(second.session.id)).toBe(2);
    expect(sessions.find(second.token, MARK, true)).toBeDefined();
    expect(sessions.find(third.token, MARK, true)).toBeUndefined();
    expect(sessions.endAll()).toBe(1);
    expect(sessions.list(MARK)).toEqual([]);
  });

  test("are at most a thousand; the longest unused one makes room", () => {
    const sessions = create();
    const first = open(sessions, true);
    for (let n = 0; n < MAX_SESSIONS; n++) {
      now += 1;
      open(sessions, true);
    }
    expect(sessions.list(MARK)).toHaveLength(MAX_SESSIONS);
    expect(sessions.find(first.token, MARK, true)).toBeUndefined();
  });

  test("tokens never repeat", () => {
    const sessions = create();
    expect(new Set(Array.from({ length: 200 }, () => open(sessions).token)).size).toBe(200);
  });
});

test("a damaged file is moved aside, and everybody has to log in again", async () => {
  open();
  database.close();
  await Bun.write(join(dataDir, "admin.db"), "this is no database, but it is long enough to look at".repeat(100));
  const problems: string[] = [];
  database = openAdminDatabase(dataDir, now, (line) => problems.push(line));
  expect(problems).toEqual([expect.stringMatching(/^admin\.db was damaged and is now admin\.db\.corrupt-/)]);
  expect(create().list(MARK)).toEqual([]);
});
