import { describe, expect, test } from "bun:test";
import { createHostResolver, type Lookup } from "./resolve-host.ts";

type Done = Parameters<Lookup>[1];

function setUp() {
  let nowMs = 0;
  const asked: { hostname: string; done: Done }[] = [];
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const resolve = createHostResolver(clock, (hostname, done) => asked.push({ hostname, done }));
  const results: string[] = [];
  const ask = (hostname: string) =>
    resolve(hostname, (error, addresses) => results.push(error === null ? addresses.join(" ") : `! ${error.message}`));
  return { asked, results, ask, advance: (ms: number) => (nowMs += ms) };
}

describe("host resolver", () => {
  test("answers IP literals without asking", () => {
    const { asked, results, ask } = setUp();
    ask("10.0.0.1");
    ask("::1");
    expect(results).toEqual(["10.0.0.1", "::1"]);
    expect(asked).toEqual([]);
  });

  test("asks once for simultaneous questions and keeps the answer for five seconds", () => {
    const { asked, results, ask, advance } = setUp();
    ask("a.example");
    ask("a.example");
    expect(asked.length).toBe(1);
    asked[0]!.done(null, ["10.0.0.1"]);
    advance(4_999);
    ask("a.example");
    expect(results).toEqual(["10.0.0.1", "10.0.0.1", "10.0.0.1"]);
    advance(1);
    ask("a.example");
    expect(asked.length).toBe(2);
  });

  test("does not remember failures", () => {
    const { asked, results, ask } = setUp();
    ask("a.example");
    asked[0]!.done(new Error("ENOTFOUND"), []);
    ask("a.example");
    asked[1]!.done(null, []);
    expect(results).toEqual(["! ENOTFOUND", "! no address"]);
    ask("a.example");
    expect(asked.length).toBe(3);
  });

  test("alternates address families, beginning with the system's favourite", () => {
    const { asked, results, ask } = setUp();
    ask("a.example");
    asked[0]!.done(null, ["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]);
    expect(results).toEqual(["::1 10.0.0.1 ::2 10.0.0.2 ::3"]);
  });
});
