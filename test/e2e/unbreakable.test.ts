// An answer that breaks off inside goes on with another attempt, in the same message; no tool call is ever delivered twice.

import { afterAll, describe, expect, test } from "bun:test";
import type { SimAnswer } from "../../src/simulator/answer.ts";
import type { SimPlan, StreamPoint } from "../../src/simulator/script.ts";
import { planQueue } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway } from "../support/gateway.ts";
import {
  answerCalls,
  answerText,
  type ClientCall,
  clientCall,
  PROTOCOLS,
  send,
  streamViolations,
  TOOL_NAME,
} from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const call = (city: string) => ({ name: TOOL_NAME, arguments: { city, note: "x".repeat(60) } });
const BROKEN: SimAnswer = {
  thinking: "First thoughts on this.",
  text: "Let me have a first look.",
  toolCalls: [call("first")],
  chunkSize: 8,
};
const GOOD: SimAnswer = {
  thinking: "Second thoughts on this.",
  text: "Now a second look.",
  toolCalls: [call("second")],
  chunkSize: 8,
};
const GOOD_CALL = `${TOOL_NAME}(${JSON.stringify(call("second").arguments)})`;
const FIRST_CALL = `${TOOL_NAME}(${JSON.stringify(call("first").arguments)})`;

const POINTS: readonly StreamPoint[] = [
  "in-thinking",
  "after-thinking",
  "in-text",
  "after-text",
  "in-tool",
  "after-tool",
];
const BREAKS: readonly { name: string; plan: (at: StreamPoint) => SimPlan }[] = [
  { name: "reset", plan: (at) => ({ answer: BROKEN, cutAfterEvents: { at, how: "rst" } }) },
  { name: "clean end", plan: (at) => ({ answer: BROKEN, cutAfterEvents: { at, how: "clean" } }) },
  { name: "overload error", plan: (at) => ({ answer: BROKEN, errorEventAt: { at, kind: "overloaded" } }) },
  { name: "server error", plan: (at) => ({ answer: BROKEN, errorEventAt: { at, kind: "api_error" } }) },
];

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

function stream(protocol: (typeof PROTOCOLS)[number]): ClientCall {
  const base = clientCall(protocol, { stream: true });
  if (protocol !== "anthropic") return base;
  return { ...base, body: { ...base.body, thinking: { type: "enabled", budget_tokens: 2048 } } };
}

/** An upstream that broke off has not told what it used. */
const SEAM_RULES = new Set(["no-usage"]);

for (const protocol of PROTOCOLS) {
  for (const firstFormat of [protocol, OTHER_FORMAT[protocol]]) {
    describe(`${protocol} client, first upstream ${firstFormat}`, async () => {
      let plan: SimPlan = {};
      const first = startSimulator({ plan: () => plan });
      const secondFormat = OTHER_FORMAT[OTHER_FORMAT[protocol]];
      const second = startSimulator({ plan: { answer: GOOD } });
      const gateway = await startGateway({
        upstreams: [
          upstreamEntry("first", firstFormat, first.url, { priority: 1 }),
          upstreamEntry("second", secondFormat, second.url, { priority: 2 }),
        ],
        config: { ...PATIENT, mid_stream: "restart" },
      });
      closing.push(
        () => gateway.stop(),
        () => first.stop(),
        () => second.stop(),
      );

      for (const at of POINTS) {
        for (const kind of BREAKS) {
          test(`${kind.name} ${at} is not the end of the turn`, async () => {
            plan = kind.plan(at);
            const request = stream(protocol);
            const answer = await send(gateway.url, request);
            expect(answer.status).toBe(200);
            const calls = answerCalls(request, answer.text);
            const violations = streamViolations(protocol, answer.text).filter(
              (violation) => !SEAM_RULES.has(violation.rule),
            );
            expect({ violations, text: violations.length > 0 ? answer.text : "" }).toEqual({
              violations: [],
              text: "",
            });
            // A call that was whole before the break may be delivered, but then nothing is repeated behind it.
            const isClosed = calls[0] === FIRST_CALL;
            expect(calls).toEqual([isClosed ? FIRST_CALL : GOOD_CALL]);
            if (!isClosed) expect(answerText(request, answer.text)).toContain("Now a second look.");
            if (at !== "after-tool") expect(isClosed).toBe(false);
            const record = gateway.records[gateway.records.length - 1];
            expect(record?.outcome).toBe("ok");
            expect(record?.attempts.length).toBe(isClosed ? 1 : 2);
            expect(record?.attempts[0]?.outcome).not.toBe("ok");
          });
        }
      }
    });
  }
}

describe("with a single upstream", () => {
  for (const protocol of PROTOCOLS) {
    test(`a ${protocol} turn that breaks once is finished by the same upstream`, async () => {
      const breaking: SimPlan = { answer: BROKEN, cutAfterEvents: { at: "in-text", how: "rst" } };
      const upstream = startSimulator({ plan: planQueue([breaking, { answer: GOOD }]) });
      const gateway = await startGateway({
        upstreams: [upstreamEntry("only", protocol, upstream.url)],
        config: { ...PATIENT, mid_stream: "restart" },
      });
      const request = stream(protocol);
      const answer = await send(gateway.url, request);
      await gateway.stop();
      upstream.stop();
      expect(answerCalls(request, answer.text)).toEqual([GOOD_CALL]);
      expect(gateway.records[0]?.attempts.map((attempt) => attempt.upstreamId)).toEqual(["only", "only"]);
    });

    test(`a ${protocol} turn that keeps breaking ends in the way that makes its agent ask again`, async () => {
      const upstream = startSimulator({ plan: { answer: BROKEN, cutAfterEvents: { at: "in-text", how: "rst" } } });
      const gateway = await startGateway({
        upstreams: [upstreamEntry("only", protocol, upstream.url)],
        config: { ...PATIENT, mid_stream: "restart" },
      });
      const request = stream(protocol);
      const result = await send(gateway.url, request).catch((error: unknown) => error);
      await gateway.stop();
      upstream.stop();
      if (protocol === "gemini") expect(result).toBeInstanceOf(Error);
      else {
        const { text } = result as { text: string };
        if (protocol === "openai-chat") {
          expect(text).not.toContain("[DONE]");
          expect(text).not.toContain('"finish_reason":"');
        } else expect(text).toMatch(/event: error\ndata: .*\n\n$/);
        expect(text).not.toContain("message_stop");
        expect(text).not.toContain("response.completed");
      }
      expect(gateway.records[0]?.outcome).not.toBe("ok");
      expect(gateway.records[0]?.attempts.length).toBe(3);
    });
  }
});

test("clients that are no agents are told that the answer broke off", async () => {
  const upstream = startSimulator({ plan: { answer: BROKEN, cutAfterEvents: { at: "in-text", how: "rst" } } });
  const gateway = await startGateway({
    upstreams: [upstreamEntry("only", "anthropic", upstream.url)],
    config: PATIENT,
  });
  const answer = await send(gateway.url, stream("anthropic"), { "user-agent": "Anthropic/JS 1.12.0" });
  await gateway.stop();
  upstream.stop();
  expect(gateway.records[0]?.attempts.length).toBe(1);
  expect(answer.text).toMatch(/event: error\ndata: .*\n\n$/);
});

describe("a break that would come again at the same upstream", () => {
  for (const [kind, keys] of [
    ["context_length", 3],
    ["invalid", 3],
    ["auth", 1],
    ["quota", 1],
  ] as const) {
    for (const protocol of PROTOCOLS) {
      test(`${protocol}: ${kind} is tried elsewhere and not there again`, async () => {
        const first = startSimulator({ plan: { answer: BROKEN, errorEventAt: { at: "in-text", kind } } });
        const second = startSimulator({ plan: { answer: GOOD } });
        const entry = upstreamEntry("first", protocol, first.url, {
          keys: Array.from({ length: keys }, (_, at) => `sk-some-upstream-key-${at}`),
        });
        const other = upstreamEntry("second", OTHER_FORMAT[protocol], second.url);
        // An agent's request walks through its candidates again, which must not bring these back.
        const clients = keys > 1 ? [{}, { "user-agent": "claude-cli/2.1.332 (external, cli)" }] : [{}];
        for (const [upstreams, client] of [[entry, other], [entry]].flatMap((list) =>
          clients.map((headers) => [list, headers] as const),
        )) {
          const asked = first.requestCount;
          const gateway = await startGateway({ upstreams, config: { ...PATIENT, mid_stream: "restart" } });
          // A reset is what makes Gemini clients ask again.
          const answer = await send(gateway.url, stream(protocol), client).catch(() => undefined);
          const record = await gateway.record(1);
          await gateway.stop();
          expect(first.requestCount - asked).toBe(1);
          expect(record.attempts.map(({ upstreamId }) => upstreamId)).toEqual(
            upstreams.length > 1 ? ["first", "second"] : ["first"],
          );
          expect(record.outcome === "ok").toBe(upstreams.length > 1);
          if (upstreams.length > 1) expect(answer?.status).toBe(200);
        }
        first.stop();
        second.stop();
      });
    }
  }
});
