import { expect, test } from "bun:test";
import { systemRandom } from "../../lib/random.ts";
import { createSetupToken } from "./setup-token.ts";

function setUp() {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  const printed: string[] = [];
  const clock = { monotonicMs: () => now, wallMs: () => now };
  const token = createSetupToken({ clock, random: systemRandom, print: (text) => printed.push(text) });
  return { token, printed, latest: () => printed.at(-1) as string, pass };
}

test("a token has 128 bits, is printed once, and is accepted however it is typed", () => {
  const { token, printed, latest } = setUp();
  token.ensure();
  token.ensure();
  expect(printed).toHaveLength(1);
  expect(latest()).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{6}$/);
  for (const typed of [
    latest(),
    latest().toUpperCase(),
    latest().replaceAll("-", ""),
    ` ${latest().replaceAll("-", " ")}\n`,
  ])
    expect(token.check(typed)).toBe("right");
  expect(token.check(latest().replaceAll("0", "O").replaceAll("1", "l"))).toBe("right");
});

test("five wrong tries end it, and a new one is printed", () => {
  const { token, printed, latest } = setUp();
  token.ensure();
  const first = latest();
  for (const wrong of ["", "x", `${first}0`, first.slice(1), "ä"]) expect(token.check(wrong)).toBe("wrong");
  expect(printed).toHaveLength(2);
  expect(token.check(first)).toBe("wrong");
  expect(token.check(latest())).toBe("right");
});

test("after half an hour it is expired; the next try or visit prints another", () => {
  const { token, printed, latest, pass } = setUp();
  token.ensure();
  const first = latest();
  pass(30 * 60_000 - 1);
  expect(token.check(first)).toBe("right");
  pass(1);
  expect(token.check(first)).toBe("expired");
  expect(printed).toHaveLength(2);
  pass(30 * 60_000);
  token.ensure();
  expect(printed).toHaveLength(3);
  expect(token.check(latest())).toBe("right");
  token.discard();
  expect(token.check(latest())).toBe("expired");
});

test("tokens differ", () => {
  const { token, printed, pass } = setUp();
  for (let n = 0; n < 1000; n++) {
    token.ensure();
    pass(30 * 60_000);
  }
  expect(new Set(printed).size).toBe(1000);
});
