import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Secret } from "../lib/secret.ts";
import { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
import { createLineRedactor } from "./redact-line.ts";

const AT = new Date(2026, 10, 23, 21, 50, 1, 23).getTime();

function create(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    format: "text",
    write: (line) => void lines.push(line),
    clock: { monotonicMs: () => 0, wallMs: () => AT },
    level: "info",
    ...options,
  });
  return { logger, lines };
}

describe("text lines", () => {
  test("have local time, level, message and fields", () => {
    const { logger, lines } = create();
    logger.info("listening", {
      host: "0.0.0.0",
      port: 1999,
      note: "two words",
      empty: "",
      none: undefined,
      nothing: null,
    });
    logger.warn("slow");
    expect(lines).toEqual([
      '2026-11-23 21:50:01.023 info  listening host=0.0.0.0 port=1999 note="two words" empty="" nothing=null\n',
      "2026-11-23 21:50:01.023 warn  slow\n",
    ]);
  });

  test("are coloured only where asked", () => {
    const { logger, lines } = create({ color: true });
    logger.error("x");
    expect(lines).toEqual(["2026-11-23 21:50:01.023 \x1b[31merror\x1b[0m x\n"]);
  });

  test("keep the time right across a minute", () => {
    let now = AT;
    const { logger, lines } = create({ clock: { monotonicMs: () => 0, wallMs: () => now } });
    for (const step of [0, 58_977, 60_000, -120_000]) {
      now = AT + step;
      logger.info("x");
    }
    expect(lines.map((line) => line.slice(11, 23))).toEqual([
      "21:50:01.023",
      "21:51:00.000",
      "21:51:01.023",
      "21:48:01.023",
    ]);
  });

  test("show errors by message, code and cause, objects as JSON", () => {
    const { logger, lines } = create();
    const cause = new Error("disk gone");
    logger.info("x", { error: Object.assign(new Error("no luck", { cause }), { code: "EIO" }), list: [1, { a: "b" }] });
    expect(lines[0]).toEndWith(' x error="no luck (EIO): disk gone" list="[1,{\\"a\\":\\"b\\"}]"\n');
  });
});

describe("JSON lines", () => {
  test("are one object each, with the time in UTC", () => {
    const { logger, lines } = create({ format: "json" });
    logger.warn("odd", { a: 1, b: { c: "d" }, u: undefined });
    expect(lines).toEqual([
      `{"time":"${new Date(AT).toISOString()}","level":"warn","message":"odd","a":1,"b":{"c":"d"}}\n`,
    ]);
  });
});

test("levels below the lowest are not written, and the lowest can change", () => {
  const { logger, lines } = create({ level: "warn" });
  logger.info("no");
  logger.debug("no");
  expect([logger.isEnabled("info"), logger.isEnabled("error")]).toEqual([false, true]);
  logger.setLevel("debug");
  logger.debug("yes");
  expect(lines).toHaveLength(1);
});

describe("one event stays one line", () => {
  const odd = "a\nb\r\tc\x1b[31md\u2028e\u202ef\x7fg\u009bh\u0000";
  for (const format of ["text", "json"] as const) {
    test(`of ${format}, without control characters`, () => {
      const { logger, lines } = create({ format });
      logger.info(odd, { field: odd, [odd]: odd, deep: { [odd]: [odd] }, error: new Error(odd) });
      expect(lines).toHaveLength(1);
      const line = lines[0]?.slice(0, -1) ?? "";
      for (const char of line) {
        const code = char.codePointAt(0) ?? 0;
        expect(code >= 0x20 && (code < 0x7f || code > 0x9f) && code !== 0x2028 && code !== 0x202e).toBe(true);
      }
      if (format === "json")
        expect(JSON.parse(line)).toMatchObject({ message: odd, field: odd, [odd]: odd, deep: { [odd]: [odd] } });
    });
  }
});

test("never throws, whatever it is given", () => {
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle["self"] = cycle;
  const hostile = {
    toJSON(): unknown {
      throw new Error("no");
    },
  };
  const broken = create({
    write: () => {
      throw new Error("EPIPE");
    },
  });
  expect(() => broken.logger.info("x")).not.toThrow();
  for (const format of ["text", "json"] as const) {
    const { logger, lines } = create({ format });
    logger.info("x", {
      cycle,
      big: 10n,
      symbol: Symbol("s"),
      call: () => 1,
      map: new Map([["a", 1]]),
      set: new Set([1]),
    });
    expect(lines).toHaveLength(1);
    expect(() => logger.info("x", { hostile })).not.toThrow();
    fc.assert(
      fc.property(
        fc.string(),
        fc.object({ withBigInt: true, withMap: true, withSet: true, withDate: true }),
        (message, fields) => {
          expect(() => logger.info(message, fields as Record<string, unknown>)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  }
});

describe("credentials", () => {
  test("are hidden by the name of their field or header", () => {
    for (const format of ["text", "json"] as const) {
      const { logger, lines } = create({ format });
      const headers = {
        Authorization: "Bearer canary-1",
        "x-api-key": "canary-2",
        "X-Goog-Api-Key": ["canary-3"],
        accept: "shown",
      };
      logger.info("x", { headers, cookie: "canary-4", "x-admin-password": "canary-5", secret: new Secret("canary-6") });
      expect(lines[0]).not.toContain("canary");
      expect(lines[0]).toContain("shown");
    }
  });

  test("are hidden in queries and after authorization schemes", () => {
    const { logger, lines } = create();
    logger.info("GET https://x/v1?alt=sse&key=canary-123&b=1 with Bearer canary-456.abc", {
      url: "https://x/?api_key=canary-7",
    });
    expect(lines[0]).not.toContain("canary");
    expect(lines[0]).toContain("alt=sse&key=***&b=1 with Bearer ***");
  });
});

describe("configured secrets", () => {
  const secret = 'sk-ant/"api03"+\\key=x%9&zz~';

  test("are taken out of every line, in every spelling", () => {
    for (const format of ["text", "json"] as const) {
      const { logger, lines } = create({ format });
      logger.setSecrets([secret, "short"]);
      const spellings = [
        secret,
        encodeURIComponent(secret),
        encodeURIComponent(secret).toLowerCase().replace(secret.toLowerCase(), secret),
        JSON.stringify(secret),
        ...["", "u:", "user", "x".repeat(31)].flatMap((before) =>
          ["", ":", "::"].flatMap((after) => {
            const bytes = Buffer.from(before + secret + after);
            return [bytes.toString("base64"), bytes.toString("base64url")];
          }),
        ),
      ];
      for (const text of spellings) {
        lines.length = 0;
        logger.info(`before ${text} after`, { text, nested: { text: [`<${text}>`] } });
        expect(lines[0]).toContain("***");
        for (const part of [secret, secret.slice(8, 20), Buffer.from(secret).toString("base64").slice(4, 24)]) {
          expect(lines[0]).not.toContain(part);
        }
      }
      logger.info("short texts stay");
      expect(lines.at(-1)).toContain("short texts stay");
    }
  });

  test("are replaced by a later set", () => {
    const { logger, lines } = create();
    logger.setSecrets(["first-secret"]);
    logger.setSecrets(["second-secret"]);
    logger.info("first-secret second-secret");
    expect(lines[0]).toContain("first-secret ***");
  });

  test("are found wherever they stand, as a plain search would", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength: 8, maxLength: 12 });
    const noise = fc.string({ unit: fc.constantFrom("a", "b", "-", "é", "😀"), maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(noise, letters), { maxLength: 8 }),
        (secrets, parts) => {
          const redact = createLineRedactor(secrets);
          const line = [...parts, secrets[0]].join("");
          const result = redact(line);
          for (const text of secrets) expect(result).not.toContain(text);
          expect(result).toContain("***");
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("cost next to nothing, also when there are very many", () => {
    const random = (index: number) => `sk-${Bun.hash(String(index)).toString(36)}${Bun.hash(`x${index}`).toString(36)}`;
    const redact = createLineRedactor(Array.from({ length: 5000 }, (_, index) => random(index)));
    const line =
      "2026-11-23 21:50:01.023 info  POST /v1/messages claude-opus-4-6 -> upstream-b 200 1.24s in=1200 out=85 ".repeat(
        2,
      );
    for (let round = 0; round < 20_000; round += 1) redact(line);
    const start = performance.now();
    for (let round = 0; round < 20_000; round += 1) redact(line);
    const microsPerLine = ((performance.now() - start) * 1000) / 20_000;
    console.log(`redaction of a ${line.length} character line against 5000 secrets: ${microsPerLine.toFixed(2)} us`);
    // Far above what it takes, to hold on a loaded machine; a search per secret would take milliseconds.
    expect(microsPerLine).toBeLessThan(50);
    expect(redact(`${line}${random(4321)}`)).toBe(`${line}***`);
  });
});
