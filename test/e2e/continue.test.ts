// `mid_stream` by client key and by upstream, the mode that lets another upstream write on, and what the log says about
// the use of answers that broke off.

import { afterEach, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { SimAnswer } from "../../src/simulator/answer.ts";
import type { SimPlan, StreamPoint } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import {
  answerCalls,
  answerText,
  clientCall,
  PROTOCOLS,
  send,
  startCount,
  streamViolations,
  TOOL_NAME,
} from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const STORY = "Once upon a time there was a gateway that never gave up.";
const REST = " And it lived happily ever after.";
const BROKEN: SimAnswer = { text: STORY, chunkSize: 8 };
const PREFILL = { quirks: { prefill: true } };
const CONTINUE = { ...PATIENT, mid_stream: "continue" };

interface Setup {
  readonly gateway: TestGateway;
  readonly first: Simulator;
  readonly second: Simulator;
}

async function setUp(
  formats: readonly [ProtocolId, ProtocolId],
  plan: SimPlan,
  config: object,
  settings: readonly [object, object],
  rest: SimAnswer = { text: REST, chunkSize: 8 },
): Promise<Setup> {
  const first = startSimulator({ plan });
  const second = startSimulator({ plan: { answer: rest } });
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("first", formats[0], first.url, { priority: 1, ...settings[0] }),
      upstreamEntry("second", formats[1], second.url, { priority: 2, ...settings[1] }),
    ],
    config,
  });
  closers.push(
    () => first.stop(),
    () => second.stop(),
    () => gateway.stop(),
  );
  return { gateway, first, second };
}

const breakAt = (at: StreamPoint, answer: SimAnswer = BROKEN): SimPlan => ({
  answer,
  cutAfterEvents: { at, how: "rst" },
});

describe("an answer that is continued", () => {
  for (const protocol of PROTOCOLS) {
    for (const second of [protocol, OTHER_FORMAT[protocol]]) {
      test(`${protocol}: goes on in the same text, written by ${second}`, async () => {
        const { gateway, second: other } = await setUp([protocol, second], breakAt("in-text"), CONTINUE, [{}, PREFILL]);
        const call = clientCall(protocol, { stream: true });
        const answer = await send(gateway.url, call);
        const text = answerText(call, answer.text);
        const begun = text.slice(0, -REST.length);
        expect(begun.length).toBeGreaterThan(5);
        expect(STORY).toStartWith(begun);
        expect(text).toEndWith(REST);
        expect(streamViolations(protocol, answer.text)).toEqual([]);
        expect(startCount(protocol, answer.text)).toBe(1);
        expect(other.requests[0]?.text).toContain(begun.trimEnd());
        const record = await gateway.record(1);
        expect(record.outcome).toBe("ok");
        expect(record.attempts.map((attempt) => attempt.outcome).at(-1)).toBe("ok");
        const [broken, whole] = record.attempts;
        // Gemini counts along with every piece; the others tell at the end only.
        expect(broken?.usageEstimated).toBe(protocol === "gemini" ? undefined : true);
        expect(record.usage?.outputTokens).toBe((broken?.usage?.outputTokens ?? 0) + (whole?.usage?.outputTokens ?? 0));
      });
    }
  }

  test("does not repeat the space at which it broke off", async () => {
    const answer: SimAnswer = { text: "one two ", chunkSize: 4 };
    const plan: SimPlan = { answer, cutAfterEvents: { at: "after-text", how: "rst" } };
    const { gateway } = await setUp(["openai-chat", "openai-chat"], plan, CONTINUE, [{}, PREFILL], { text: " three" });
    const call = clientCall("openai-chat", { stream: true });
    expect(answerText(call, (await send(gateway.url, call)).text)).toBe("one two three");
  });

  const HOPELESS: readonly [name: string, plan: SimPlan, settings: object, body: object][] = [
    ["no upstream takes a beginning", breakAt("in-text"), {}, {}],
    ["it has begun with thinking", breakAt("in-text", { ...BROKEN, thinking: "Hm." }), PREFILL, {}],
    ["thinking was asked for", breakAt("in-text"), PREFILL, { reasoning_effort: "high" }],
  ];
  for (const [name, plan, settings, body] of HOPELESS) {
    test(`is not tried when ${name}: the client is told, an agent's answer is begun anew`, async () => {
      const { gateway, second } = await setUp(["openai-chat", "openai-chat"], plan, CONTINUE, [{}, settings]);
      const base = clientCall("openai-chat", { stream: true });
      const call = { ...base, body: { ...base.body, ...body } };
      const told = await send(gateway.url, call);
      expect(told.text).toContain('"error"');
      expect(second.requestCount).toBe(0);
      const anew = await send(gateway.url, call, { "user-agent": "opencode/1.18" });
      expect(answerText(call, anew.text)).toEndWith(`\n\n${REST}`);
    });
  }

  test("is tried once only", async () => {
    const { gateway, second } = await setUp(["openai-chat", "openai-chat"], breakAt("in-text"), CONTINUE, [
      {},
      PREFILL,
    ]);
    second.setPlan(breakAt("in-text"));
    const call = clientCall("openai-chat", { stream: true });
    expect((await send(gateway.url, call)).text).toContain('"error"');
    expect(second.requestCount).toBe(1);
  });
});

describe("mid_stream", () => {
  const broken = breakAt("in-text");
  const call = clientCall("anthropic", { stream: true });

  test("of a client key goes before all others", async () => {
    const { gateway } = await setUp(
      ["anthropic", "anthropic"],
      broken,
      {
        ...PATIENT,
        mid_stream: "error",
        client_keys: [{ key: "sk-stubborn", mid_stream: "restart" }, { key: "sk-plain" }],
      },
      [{ mid_stream: "error" }, {}],
    );
    const stubborn = await send(gateway.url, call, { "x-api-key": "sk-stubborn" });
    expect(answerText(call, stubborn.text)).toEndWith(REST);
    const plain = await send(gateway.url, call, { "x-api-key": "sk-plain" });
    expect(plain.text).toContain("event: error");
  });

  test("of an upstream holds for its own breaks", async () => {
    const { gateway, first } = await setUp(["anthropic", "anthropic"], broken, PATIENT, [{ mid_stream: "error" }, {}]);
    const agent = { "user-agent": "claude-cli/2.1" };
    const told = await send(gateway.url, call, agent);
    expect(told.text).toContain("event: error");
    expect(streamViolations("anthropic", told.text)).toEqual([]);
    first.setPlan({ status: 500 });
    expect(answerText(call, (await send(gateway.url, call, agent)).text)).toBe(REST);
  });

  test("error lets tool calls through as they grow, also beside upstreams that restart", async () => {
    const answer: SimAnswer = { toolCalls: [{ name: TOOL_NAME, arguments: { city: "x".repeat(200) } }], chunkSize: 8 };
    const { gateway } = await setUp(
      ["openai-chat", "openai-chat"],
      breakAt("in-tool", answer),
      { ...PATIENT, mid_stream: "restart" },
      [{ mid_stream: "error" }, {}],
    );
    const chat = clientCall("openai-chat", { stream: true });
    const told = await send(gateway.url, chat);
    expect(told.text).toContain(TOOL_NAME);
    expect(told.text).toContain('"error"');
  });
});

describe("the log of an answer that broke off", () => {
  test("behind a delivered tool call holds its use, as an estimate", async () => {
    const answer: SimAnswer = {
      text: STORY,
      toolCalls: [{ name: TOOL_NAME, arguments: { city: "Bern" } }],
      chunkSize: 8,
    };
    for (const protocol of PROTOCOLS) {
      const { gateway } = await setUp(
        [protocol, protocol],
        breakAt("after-tool", answer),
        { ...PATIENT, mid_stream: "restart" },
        [{}, {}],
      );
      const call = clientCall(protocol, { stream: true });
      expect(answerCalls(call, (await send(gateway.url, call)).text)).toHaveLength(1);
      const record = await gateway.record(1);
      expect([record.outcome, record.usageEstimated]).toEqual(["ok", protocol === "gemini" ? undefined : true]);
      expect(record.usage?.inputTokens).toBeGreaterThan(5);
      expect(record.usage?.outputTokens).toBeWithin(8, 60);
    }
  });

  test("and was begun anew holds both attempts, the first one's use as an estimate", async () => {
    const { gateway } = await setUp(
      ["anthropic", "anthropic"],
      breakAt("in-text"),
      { ...PATIENT, mid_stream: "restart" },
      [{}, {}],
    );
    await send(gateway.url, clientCall("anthropic", { stream: true }));
    const record = await gateway.record(1);
    expect(record.attempts.map(({ usageEstimated }) => usageEstimated)).toEqual([true, undefined]);
    expect(record.attempts.every(({ usage }) => (usage?.outputTokens ?? 0) > 0)).toBe(true);
    expect(record.usageEstimated).toBeUndefined();
  });
});
