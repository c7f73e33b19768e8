// Upstreams that say nothing: the client's stream is opened all the same, its own time limit is kept, and a failure after
// the opening has the form that makes agents try again.

import { afterEach, describe, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, rawRequest } from "../support/raw-client.ts";
import { answerText, clientCall, PROTOCOLS, send, startCount, streamViolations } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const SILENT: SimPlan = { stallBeforeHeadMs: Number.POSITIVE_INFINITY };
const AGENT = { "user-agent": "claude-cli/2.1.197 (external, cli)" };
const OPEN_EARLY = { ...PATIENT, commit_hold_ms: 50, keep_alive_ms: 50 };

async function gatewayFor(
  plans: readonly SimPlan[],
  config: object,
  settings: object = {},
  protocol: (typeof PROTOCOLS)[number] = "anthropic",
): Promise<TestGateway> {
  const entries = plans.map((plan, n) => {
    const simulator = startSimulator({ plan });
    closers.push(() => simulator.stop());
    const format = n % 2 === 0 ? protocol : OTHER_FORMAT[protocol];
    return upstreamEntry(`up-${n}`, format, simulator.url, { priority: n, ...settings });
  });
  const gateway = await startGateway({ upstreams: entries, config });
  closers.push(() => gateway.stop());
  return gateway;
}

describe("before an upstream has sent its status line", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: the client gets its own start and keep-alives, and then the answer of another upstream`, async () => {
      const quick = { timeouts: { first_byte_ms: 400 } };
      const gateway = await gatewayFor([SILENT, { answer: { text: "Hello there." } }], OPEN_EARLY, quick, protocol);
      const call = clientCall(protocol, { stream: true });
      const answer = await send(gateway.url, call);
      expect(answer.status).toBe(200);
      expect(answerText(call, answer.text)).toBe("Hello there.");
      expect(streamViolations(protocol, answer.text)).toEqual([]);
      expect(startCount(protocol, answer.text)).toBe(1);
      const record = await gateway.record(1);
      expect(record.attempts.map((attempt) => attempt.outcome)).toEqual(["ttfb_timeout", "ok"]);
      expect(record.firstByteMs).toBeLessThan(350);
      expect(record.firstContentMs).toBeGreaterThan(350);
    });
  }

  test("one of them may take more than the time for attempts: the next is asked all the same, and then no other", async () => {
    const quick = { timeouts: { first_byte_ms: 300 } };
    const config = { ...PATIENT, failover: { window_ms: 200 } };
    const call = clientCall("anthropic", { stream: true });
    const two = await gatewayFor([SILENT, { answer: { text: "Hello there." } }], config, quick);
    expect(answerText(call, (await send(two.url, call)).text)).toBe("Hello there.");
    const three = await gatewayFor([SILENT, SILENT, { answer: { text: "Hello there." } }], config, quick);
    expect((await send(three.url, call)).status).toBe(504);
    const { attempts, stoppedBy } = await three.record(1);
    expect([attempts.map(({ outcome }) => outcome), stoppedBy]).toEqual([["ttfb_timeout", "ttfb_timeout"], "window"]);
  });

  test("gemini as one JSON array: keep-alives leave it valid", async () => {
    for (const format of ["gemini", "openai-chat"] as const) {
      const quick = { timeouts: { first_byte_ms: 300 } };
      const simulator = startSimulator({ plan: { answer: { text: "Hello there." } } });
      closers.push(() => simulator.stop());
      const silent = startSimulator({ plan: SILENT });
      closers.push(() => silent.stop());
      const gateway = await startGateway({
        upstreams: [
          upstreamEntry("silent", "gemini", silent.url, { priority: 1, ...quick }),
          upstreamEntry("well", format, simulator.url, { priority: 2 }),
        ],
        config: OPEN_EARLY,
      });
      closers.push(() => gateway.stop());
      const base = clientCall("gemini", { stream: true });
      const call = { ...base, path: base.path.replace("?alt=sse", "") };
      const answer = await send(gateway.url, call);
      expect(JSON.stringify(JSON.parse(answer.text))).toContain("Hello there.");
      expect((await gateway.record(1)).firstByteMs).toBeLessThan(280);
    }
  });

  test("nothing is opened while the first upstreams fail quickly: the client sees a status", async () => {
    const gateway = await gatewayFor([{ status: 500 }, { status: 502 }], PATIENT);
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(502);
  });

  const ENDINGS = [
    ["anthropic", "fin", /event: error\ndata: .*"type":"error"/],
    ["openai-responses", "fin", /event: error\ndata: /],
    ["openai-chat", "fin", /^(?!.*(finish_reason":"|\[DONE\]|"error")).*$/s],
    ["gemini", "rst", /^(?!.*"error").*$/s],
  ] as const;
  for (const [protocol, ended, text] of ENDINGS) {
    test(`${protocol}: with nothing left an agent's stream ends so that it asks again`, async () => {
      const gateway = await gatewayFor(
        [SILENT],
        { ...OPEN_EARLY, failover: { agent_rounds: 1 } },
        { timeouts: { first_byte_ms: 300 } },
        protocol,
      );
      const call = clientCall(protocol, { stream: true });
      const answer = await rawExchange(
        gateway.app.port,
        rawRequest(call.path, call.body, ["user-agent: claude-cli/2.1", "connection: close"]),
      );
      expect(answer.text).toStartWith("HTTP/1.1 200");
      expect(answer.text.slice(answer.text.indexOf("\r\n\r\n"))).toMatch(text);
      expect(answer.ended).toBe(ended);
      expect((await gateway.record(1)).outcome).toBe("upstream-timeout");
    });
  }

  test("a refusal that comes late is told inside the stream, also to an agent: repeating would not help", async () => {
    const late: SimPlan = { error: "context_length", stallBeforeHeadMs: 300 };
    for (const protocol of ["openai-chat", "gemini"] as const) {
      const gateway = await gatewayFor([late], OPEN_EARLY, {}, protocol);
      const answer = await send(gateway.url, clientCall(protocol, { stream: true }), AGENT);
      expect(answer.text).toContain('"error"');
      expect((await gateway.record(1)).outcome).toBe("upstream-context-length");
    }
  });
});

describe("the client's own time limit", () => {
  test("ends a whole request before the client gives up, and blames nobody", async () => {
    const gateway = await gatewayFor([SILENT, {}], { breaker: { failure_threshold: 1 } });
    const answer = await send(gateway.url, clientCall("anthropic", { stream: false }), { "x-stainless-timeout": "1" });
    expect(answer.status).toBe(504);
    const record = await gateway.record(1);
    expect(record.attempts.map((attempt) => attempt.outcome)).toEqual(["deadline"]);
    expect(record.durationMs).toBeWithin(450, 950);
    const rows = (await (
      await fetch(`${gateway.url}/admin/breakers`, { headers: { "x-admin-password": "admin" } })
    ).json()) as {
      breakers: unknown[];
    };
    expect(rows.breakers).toEqual([]);
  });

  test("bounds a stream's first content, not its answer", async () => {
    const slow: SimPlan = { answer: { text: "word ".repeat(40), chunkSize: 5 }, eventDelayMs: 20 };
    const gateway = await gatewayFor([slow], {}, {}, "openai-chat");
    const call = clientCall("openai-chat", { stream: true });
    const answer = await send(gateway.url, call, { "x-stainless-timeout": "1" });
    expect(answerText(call, answer.text)).toBe("word ".repeat(40));
    expect((await gateway.record(1)).durationMs).toBeGreaterThan(600);
    const stuck = await gatewayFor([SILENT], {}, {}, "openai-chat");
    expect((await send(stuck.url, call, { "x-server-timeout": "1" })).status).toBe(504);
  });
});
