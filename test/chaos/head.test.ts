// Faults in the head and up to the first content (F11 to F25): nothing of the failed attempt has been shown, so the
// next upstream answers as if it had been the first.

import { afterEach, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { clientCall, errorOf, PROTOCOLS, send, startCount, streamEvents } from "../e2e/support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { type FaultStep, startFaultServer } from "../support/fault-server.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { toldTypes } from "./support/error-kinds.ts";
import type { Failing } from "./support/faulty-upstream.ts";
import { renderAnswer, STREAM_HEAD } from "./support/rendered-answer.ts";
import { type EarlyFault, expectPassedOver, expectTold } from "./support/scene.ts";
import { breakerRows, faultsOfGood, GOOD, LEAK, PLAIN_CLIENT, walkOf } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function gatewayFor(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  closers.push(() => gateway.stop());
  return gateway;
}

/** Both questions for one fault. */
function ask(title: string, fault: EarlyFault): void {
  test(`${title}: the next upstream answers`, () => expectPassedOver(fault), 20_000);
  test(`${title}: alone it is told`, () => expectTold(fault), 20_000);
}

const DOWN = { breaker: "upstream", told: { status: 502, kind: "upstream" } } as const;
const LATE = { breaker: "upstream", told: { status: 504, kind: "timeout" } } as const;

/** Raw bytes instead of an answer, after the request was read. */
function raw(...steps: FaultStep[]): Failing {
  return { script: () => [{ recv: "body" }, ...steps, { fin: true }] };
}

const FIRST_BYTE = { timeouts: { first_byte_ms: 400, first_content_ms: 60_000, idle_ms: 60_000 } };

ask("F11 silence instead of a head, for a stream", {
  failing: { plan: { stallBeforeHeadMs: Number.POSITIVE_INFINITY } },
  outcome: "ttfb_timeout",
  only: "stream",
  settings: FIRST_BYTE,
  ...LATE,
});

test("F12 a whole answer may take longer than a stream's first byte, up to the request's own limit", async () => {
  const slow = startSimulator({ plan: { answer: GOOD, stallBeforeHeadMs: 400 } });
  closers.push(() => slow.stop());
  for (const client of PROTOCOLS) {
    const timeouts = { first_byte_ms: 50, first_content_ms: 50, idle_ms: 50, request_ms: 30_000 };
    const gateway = await gatewayFor({
      upstreams: [upstreamEntry("one", OTHER_FORMAT[client], slow.url, { timeouts })],
    });
    const call = clientCall(client, { stream: false });
    expect(faultsOfGood(call, await send(gateway.url, call))).toEqual([]);
    expect(walkOf(await gateway.record(1))).toBe("one ok");
  }
});

ask("F13 a head that drips byte by byte", {
  failing: {
    script: () => [
      { recv: "body" },
      ..."HTTP/1.1 200 OK\r\nx-slow: yes\r\n"
        .split("")
        .flatMap((byte): FaultStep[] => [{ write: byte }, { delay: 15 }]),
      { stall: true },
    ],
  },
  outcome: "ttfb_timeout",
  only: "stream",
  settings: FIRST_BYTE,
  ...LATE,
});

ask("F14 a head of a megabyte", {
  failing: raw({ write: `HTTP/1.1 200 OK\r\nx-bomb: ${"a".repeat(1024 * 1024)}\r\n\r\n` }),
  outcome: "header_overflow",
  ...DOWN,
});
ask("F14 ten thousand headers", {
  failing: raw({ write: `HTTP/1.1 200 OK\r\n${"x-many: 1\r\n".repeat(10_000)}\r\n` }),
  outcome: "header_overflow",
  ...DOWN,
});

for (const [name, bytes] of [
  ["a status line that is none", "ICY 200 OK\r\n\r\nhello"],
  ["bytes of another protocol", "\x16\x03\x01\x02\x00\x01\x00"],
  ["a length beside chunks", `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\n${LEAK}`],
  ["two lengths", `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n${LEAK}`],
  ["a chunk size that is no number", `${STREAM_HEAD}zz\r\n${LEAK}\r\n0\r\n\r\n`],
] as const) {
  ask(`F15 ${name}`, { failing: raw({ write: bytes }), outcome: "protocol_error", ...DOWN });
}

test("F16 interim answers before the answer are passed over", async () => {
  for (const client of PROTOCOLS) {
    for (const stream of [true, false]) {
      const answer = await renderAnswer(client, stream);
      const upstream = startFaultServer(() => [
        { recv: "body" },
        { write: "HTTP/1.1 100 Continue\r\n\r\n" },
        { write: "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" },
        { write: "HTTP/1.1 102 Processing\r\n\r\n" },
        { write: answer.http },
      ]);
      closers.push(() => upstream.stop());
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", client, upstream.url)] });
      const call = clientCall(client, { stream });
      expect(faultsOfGood(call, await send(gateway.url, call))).toEqual([]);
      expect(walkOf(await gateway.record(1))).toBe("one ok");
    }
  }
});

describe("F17 a redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`F17 ${status} is never followed: the place it names hears nothing`, async () => {
      const elsewhere = startSimulator({ plan: { answer: { text: LEAK } } });
      closers.push(() => elsewhere.stop());
      const fault: EarlyFault = {
        failing: { plan: { status, body: "", headers: { location: `${elsewhere.url}/v1/messages` } } },
        outcome: "redirect_blocked",
        ...DOWN,
      };
      await expectPassedOver(fault);
      await expectTold(fault);
      expect(elsewhere.connectionCount).toBe(0);
    }, 20_000);
  }
});

ask("F18 a web page with status 200", {
  failing: { plan: { html: true } },
  outcome: "wrong_content_type",
  ...DOWN,
});
ask("F18 a web page that claims to be JSON", {
  failing: {
    plan: { body: "<!doctype html><html><title>login</title></html>", headers: { "content-type": "application/json" } },
  },
  outcome: "wrong_content_type",
  ...DOWN,
});

ask("F19 an empty body with status 200", {
  failing: { plan: { empty: true } },
  outcome: "empty_body",
  ...DOWN,
});

const OVERLOAD_TOLD = {
  status: { anthropic: 529, "openai-chat": 503, "openai-responses": 503, gemini: 503 },
  kind: "overload",
} as const;

ask("F20 a rate limit by its number inside a 200", {
  failing: { plan: { body: { error: { code: 429, message: "slow down" } } } },
  outcome: "rate_limited",
  breaker: "key",
  told: { status: 429, kind: "rate" },
  aloneAttempts: 2,
});
ask("F20 an overload inside a 200", {
  failing: { plan: { errorIn200: "overloaded" } },
  outcome: "overloaded",
  breaker: "model",
  told: OVERLOAD_TOLD,
  aloneAttempts: 3,
});
ask("F20 a server error inside a 200", {
  failing: { plan: { errorIn200: "api_error" } },
  outcome: "error_in_200",
  breaker: "upstream",
  told: { status: [500, 502], kind: "upstream" },
});
ask("F20 a failure of nobody's format inside a 200", {
  failing: { plan: { body: { success: false, message: "no channel" } } },
  outcome: "bad_json",
  ...DOWN,
});

for (const [number, name, shape, stream] of [
  ["F21", "a stream that is answered with plain JSON becomes a whole stream", "json", true],
  ["F22", "a whole answer that comes as a stream becomes JSON", "sse", false],
] as const) {
  test(`${number} ${name}`, async () => {
    const upstream = startSimulator({ plan: { answer: GOOD, shape } });
    closers.push(() => upstream.stop());
    const wrong: string[] = [];
    for (const format of PROTOCOLS) {
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)] });
      for (const client of PROTOCOLS) {
        const call = clientCall(client, { stream });
        const answer = await send(gateway.url, call);
        wrong.push(...faultsOfGood(call, answer).map((each) => `${client} over ${format}: ${each}`));
      }
      for (const record of gateway.records) expect(walkOf(record)).toBe("one ok");
      expect(await breakerRows(gateway.url)).toEqual([]);
    }
    expect(wrong).toEqual([]);
  });
}

const OVERLOADED = {
  breaker: "model",
  outcome: "overloaded",
  only: "stream",
  told: OVERLOAD_TOLD,
  aloneAttempts: 3,
} as const;

ask("F23 an error as the first event", {
  failing: { plan: { errorEventAt: { at: 0, kind: "overloaded" } } },
  ...OVERLOADED,
});
ask("F24 an overload behind the handshake", {
  failing: { plan: { errorEventAt: { at: "after-start", kind: "overloaded" } } },
  ...OVERLOADED,
});
ask("F24 a server error behind the handshake", {
  failing: { plan: { errorEventAt: { at: "after-start", kind: "api_error" } } },
  outcome: "error_in_200",
  only: "stream",
  breaker: "upstream",
  told: { status: [500, 502], kind: "upstream" },
});

describe("F25 a handshake and then silence", () => {
  const SILENT = { answer: { text: LEAK }, stallAfterEvents: "after-start" } as const;
  const patience = (idleMs: number): object => ({ timeouts: { idle_ms: idleMs } });
  const EARLY = { ...PATIENT, commit_hold_ms: 40, keep_alive_ms: 60 };

  for (const client of PROTOCOLS) {
    for (const format of [client, OTHER_FORMAT[client]]) {
      test(`F25 ${client} over ${format}: keep-alives flow, then the next upstream answers in the same stream`, async () => {
        const one = startSimulator({ plan: SILENT });
        const two = startSimulator({ plan: { answer: GOOD } });
        closers.push(
          () => one.stop(),
          () => two.stop(),
        );
        const gateway = await gatewayFor({
          upstreams: [
            upstreamEntry("one", format, one.url, { priority: 1, ...patience(800) }),
            upstreamEntry("two", OTHER_FORMAT[format], two.url, { priority: 2 }),
          ],
          config: EARLY,
        });
        const call = clientCall(client, { stream: true });
        const answer = await send(gateway.url, call, PLAIN_CLIENT);
        expect(faultsOfGood(call, answer)).toEqual([]);
        expect(keepAlives(answer.text)).toBeGreaterThan(1);
        expect(walkOf(await gateway.record(1))).toBe("one idle_timeout, two ok");
        expect(await breakerRows(gateway.url)).toMatchObject([{ scope: "upstream", id: "one", failures: 1 }]);
      });

      test(`F25 ${client} over ${format}: without another upstream the stream ends in the truth`, async () => {
        const one = startSimulator({ plan: SILENT });
        closers.push(() => one.stop());
        const gateway = await gatewayFor({
          upstreams: [upstreamEntry("one", format, one.url, patience(200))],
          config: EARLY,
        });
        const answer = await send(gateway.url, clientCall(client, { stream: true }), PLAIN_CLIENT);
        expect(answer.status).toBe(200);
        expect(answer.text).not.toContain(LEAK);
        expect(keepAlives(answer.text)).toBeGreaterThan(0);
        expect(startCount(client, answer.text)).toBeLessThanOrEqual(1);
        expect(lastErrorType(client, answer.text)).toBeOneOf([...toldTypes("timeout", client)]);
        expect((await gateway.record(1)).outcome).toBe("upstream-timeout");
      });
    }
  }

  /** Comments, and the events that protocols have for it. */
  function keepAlives(text: string): number {
    return text.match(/^(?:: ?[a-z-]+|event: (?:ping|response\.in_progress)) *$/gm)?.length ?? 0;
  }

  /** The error that a stream's last event tells. */
  function lastErrorType(client: ProtocolId, text: string): string {
    const last = streamEvents(text).at(-1) ?? {};
    if (client === "openai-responses") return last["type"] === "error" ? "server_error" : JSON.stringify(last);
    return errorOf(client, JSON.stringify(last))?.type ?? JSON.stringify(last);
  }
});
