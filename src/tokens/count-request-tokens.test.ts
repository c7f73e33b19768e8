import { describe, expect, test } from "bun:test";
import type { IrRequest } from "../core/request.ts";
import { createTokenCounter } from "./count-request-tokens.ts";
import { loadTextCounter } from "./load-text-counter.ts";

const ask = (...texts: string[]): IrRequest => ({
  model: "gpt-5",
  stream: false,
  system: [],
  messages: texts.map((text) => ({ role: "user", content: [{ type: "text", text }] })),
  tools: [],
  includeUsage: true,
});

/** Prose and code mixed, different in every part. */
function longText(characters: number): string {
  let text = "";
  for (let line = 0; text.length < characters; line++) {
    text += `Line ${line} of the report says that the ${["quick", "slow", "odd"][line % 3]} service answered.\n`;
    text += `  if (count[${line}] !== ${line * 7}) return { id: "x${line}", ok: false };\n`;
    if (line % 50 === 0) text += "数字和标点，还有汉字。\n";
  }
  return text.slice(0, characters);
}

describe("createTokenCounter", () => {
  test("loads nothing before the first count, and once for all that wait", async () => {
    let loads = 0;
    const counter = createTokenCounter({
      load: () => {
        loads += 1;
        return Promise.resolve((text: string) => text.length);
      },
    });
    expect(loads).toBe(0);
    const counts = await Promise.all(Array.from({ length: 50 }, () => counter.count(ask("12345"), "gpt-5")));
    expect(new Set(counts)).toEqual(new Set([11]));
    expect(loads).toBe(1);
  });

  test("estimates when the vocabulary cannot be read, and tries again next time", async () => {
    let loads = 0;
    const counter = createTokenCounter({
      load: () => {
        loads += 1;
        return loads === 1 ? Promise.reject(new Error("no file")) : Promise.resolve(() => 7);
      },
    });
    expect(await counter.count(ask("hello"), "gpt-5")).toBe(7);
    expect(await counter.count(ask("hello"), "gpt-5")).toBe(13);
    expect(loads).toBe(2);
  });

  test("never counts nothing", async () => {
    const counter = createTokenCounter({ load: () => Promise.resolve(() => 0) });
    expect(await counter.count({ ...ask(), messages: [] }, "sonar")).toBe(1);
    expect(await counter.count({ ...ask(), messages: [] }, "gemini-2.5-pro")).toBe(1);
  });

  test("counts text in slices to the same sum, whatever stands at their borders", async () => {
    const counter = createTokenCounter();
    const count = await loadTextCounter(() => Promise.resolve());
    for (const text of [
      longText(30_000),
      "汉字".repeat(6_000),
      "👩‍👩‍👧‍👦".repeat(2_000),
      " ".repeat(9_000),
      "x1-".repeat(5_000),
    ]) {
      const sliced = (await counter.count(ask(text), "gpt-5")) - 6;
      expect(Math.abs(sliced - count(text))).toBeLessThanOrEqual(Math.ceil(text.length / 4_096) * 2);
    }
  });

  test("judges very long requests by a sample, within 2 %", async () => {
    const counter = createTokenCounter();
    const count = await loadTextCounter(() => Promise.resolve());
    const text = longText(3_000_000);
    let exact = 0;
    for (let at = 0; at < text.length; at += 4_000) exact += count(text.slice(at, at + 4_000));
    const sampled = await counter.count(ask("short", text, "short"), "gpt-5");
    expect(Math.abs(sampled - exact) / exact).toBeLessThan(0.02);
  });

  test("lets others run every few milliseconds, and counts one request at a time", async () => {
    let clock = 0;
    let pauses = 0;
    let running = 0;
    let most = 0;
    const counter = createTokenCounter({
      load: () =>
        Promise.resolve((text: string) => {
          clock += 2;
          return text.length;
        }),
      nowMs: () => clock,
      pause: async () => {
        pauses += 1;
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
      },
    });
    await Promise.all([1, 2, 3].map(() => counter.count(ask("word ".repeat(20_000)), "gpt-5")));
    // 25 slices of 2 ms each, paused about every 5 ms.
    expect(pauses).toBeGreaterThanOrEqual(3 * 8);
    expect(most).toBe(1);
  });

  test("pauses between many short counts as well", async () => {
    let clock = 0;
    let pauses = 0;
    const counter = createTokenCounter({
      load: () =>
        Promise.resolve(() => {
          clock += 1;
          return 1;
        }),
      nowMs: () => clock,
      pause: () => {
        pauses += 1;
        return Promise.resolve();
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => counter.count(ask("short"), "gpt-5")));
    expect(pauses).toBeGreaterThanOrEqual(9);
  });

  test("text that looks like a special token is text", async () => {
    expect(await createTokenCounter().count(ask("<|endoftext|><|im_start|>"), "gpt-5")).toBeGreaterThan(10);
  });
});
