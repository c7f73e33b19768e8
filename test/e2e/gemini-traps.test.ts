// Numbered traps of the Gemini document that show only with the whole gateway: what odd but legal answers of a Gemini
// upstream become for clients of every protocol.

import { afterAll, describe, expect, test } from "bun:test";
import { planQueue, type SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { asFields, asList, type Fields } from "../support/grammar/violation.ts";
import {
  answerCalls,
  answerText,
  type ClientAnswer,
  type ClientCall,
  clientCall,
  errorOf,
  PROTOCOLS,
  send,
  streamEvents,
  streamViolations,
  TOOL_NAME,
} from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function before(...plans: SimPlan[]): Promise<{ upstream: Simulator; gateway: TestGateway }> {
  const upstream = startSimulator({ plan: planQueue(plans) });
  const gateway = await startGateway({ upstreams: [upstreamEntry("up", "gemini", upstream.url)], config: PATIENT });
  closing.push(
    () => upstream.stop(),
    () => gateway.stop(),
  );
  return { upstream, gateway };
}

const SSE = { "content-type": "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };

/** The answer of a whole or streamed call; a stream gets one frame per chunk. */
function plan(stream: boolean, ...chunks: object[]): SimPlan {
  if (!stream) return { body: chunks.at(-1) };
  return { body: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(""), headers: SSE };
}

const chunk = (parts: object[] | undefined, more: object = {}, outer: object = {}): object => ({
  candidates: [{ ...(parts ? { content: { role: "model", parts } } : {}), index: 0, ...more }],
  ...outer,
});
const STOP = { finishReason: "STOP" };
const USAGE = { promptTokenCount: 9, candidatesTokenCount: 0, totalTokenCount: 9 };

type Ending = (body: Fields, stream: boolean) => unknown;

/** Where each protocol says why an answer has ended; Responses says it of cut answers only. */
const ENDINGS: Readonly<Record<(typeof PROTOCOLS)[number], Ending>> = {
  anthropic: (body, stream) => (stream ? asFields(body["delta"]) : body)?.["stop_reason"],
  "openai-chat": (body) => asFields(asList(body["choices"])[0])?.["finish_reason"],
  "openai-responses": (body, stream) =>
    asFields((stream ? asFields(body["response"]) : body)?.["incomplete_details"])?.["reason"],
  gemini: (body) => asFields(asList(body["candidates"])[0])?.["finishReason"],
};

function endOf({ protocol, stream }: ClientCall, { text }: ClientAnswer): unknown {
  const bodies = stream ? streamEvents(text) : [JSON.parse(text) as Fields];
  return bodies.map((body) => ENDINGS[protocol](body, stream)).findLast((value) => typeof value === "string");
}

const CELLS = PROTOCOLS.flatMap((protocol) => [true, false].map((stream) => ({ protocol, stream })));

describe("ends that need no content", () => {
  const ends = [
    {
      name: "gemini trap 6: a blocked prompt is a refusal with 200",
      chunk: { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: USAGE },
      ended: { anthropic: "refusal", "openai-chat": "content_filter", "openai-responses": "content_filter" },
    },
    {
      name: "gemini trap 5: a finish reason without content is an answer",
      chunk: chunk(undefined, { finishReason: "SAFETY" }, { usageMetadata: USAGE }),
      ended: { anthropic: "refusal", "openai-chat": "content_filter", "openai-responses": "content_filter" },
    },
    {
      name: "gemini traps 10 and 50: a probe of one token is an empty success",
      chunk: chunk(undefined, { finishReason: "MAX_TOKENS" }, { usageMetadata: USAGE }),
      ended: { anthropic: "max_tokens", "openai-chat": "length", "openai-responses": "max_output_tokens" },
    },
  ];
  for (const { name, chunk: only, ended } of ends) {
    test(name, async () => {
      const { upstream, gateway } = await before(...CELLS.map(({ stream }) => plan(stream, only)));
      for (const { protocol, stream } of CELLS) {
        const call = clientCall(protocol, { stream, model: "gemini-2.5-pro" });
        const answer = await send(gateway.url, call);
        expect([protocol, stream, answer.status]).toEqual([protocol, stream, 200]);
        if (protocol === "gemini") continue; // the upstream's own bytes
        expect([protocol, stream, endOf(call, answer)]).toEqual([protocol, stream, ended[protocol]]);
        if (stream) expect(streamViolations(protocol, answer.text)).toEqual([]);
      }
      expect(upstream.requests.length).toBe(CELLS.length);
    });
  }
});

describe("tool calls", () => {
  const call = (city: string, more: object = {}) => ({ functionCall: { name: TOOL_NAME, args: { city }, ...more } });

  test("gemini traps 1, 2, 3 and 4: calls in one chunk or several and an empty STOP behind them are a tool turn", async () => {
    const chunks = [
      chunk([call("Bern"), call("Rome", { id: "same" })]),
      chunk([call("Oslo", { id: "same" })]),
      chunk([{ text: "" }], STOP, { usageMetadata: USAGE }),
    ];
    const whole = chunk([call("Bern"), call("Rome", { id: "same" }), call("Oslo", { id: "same" })], STOP);
    const { gateway } = await before(
      ...CELLS.map(({ stream }) => (stream ? plan(true, ...chunks) : plan(false, whole))),
    );
    for (const { protocol, stream } of CELLS) {
      const asked = clientCall(protocol, { stream, model: "gemini-2.5-pro" });
      const answer = await send(gateway.url, asked);
      if (protocol === "gemini") continue;
      const calls = ["Bern", "Rome", "Oslo"].map((city) => `${TOOL_NAME}({"city":"${city}"})`);
      expect([protocol, stream, answerCalls(asked, answer.text)]).toEqual([protocol, stream, calls]);
      if (stream) expect(streamViolations(protocol, answer.text)).toEqual([]);
      const end = { anthropic: "tool_use", "openai-chat": "tool_calls", "openai-responses": undefined }[protocol];
      expect(endOf(asked, answer)).toBe(end as never);
      const ids = answer.text.match(/"(?:id|call_id)":"(?:call|toolu)_?[^"]*"|"(?:id|call_id)":"same"/g) ?? [];
      expect(new Set(ids).size).toBeGreaterThanOrEqual(3);
    }
  });

  test("gemini trap 8: the call of a malformed answer reaches nobody", async () => {
    const broken = chunk([{ text: "let me" }, call("Bern")], { finishReason: "MALFORMED_FUNCTION_CALL" });
    const { gateway } = await before(...CELLS.map(({ stream }) => plan(stream, broken)));
    for (const { protocol, stream } of CELLS) {
      const asked = clientCall(protocol, { stream, model: "gemini-2.5-pro" });
      const answer = await send(gateway.url, asked);
      if (protocol !== "gemini")
        expect([protocol, stream, answerCalls(asked, answer.text)]).toEqual([protocol, stream, []]);
    }
  });
});

describe("bodies in another shape than was asked for", () => {
  const one = chunk([{ text: "Grüße " }], {}, { usageMetadata: USAGE });
  const two = chunk([{ text: "✅" }], STOP, { usageMetadata: USAGE });
  const shapes: readonly (readonly [string, SimPlan])[] = [
    ["an array", { body: JSON.stringify([one, two]), headers: JSON_TYPE }],
    [
      "an array without a type",
      { body: `[${JSON.stringify(one)}\n,\r\n${JSON.stringify(two)}\n]`, headers: { "content-type": "" } },
    ],
    ["an array in pieces", { body: JSON.stringify([one, two]), headers: JSON_TYPE, cut: "bytes" }],
    ["one object", { body: JSON.stringify(chunk([{ text: "Grüße ✅" }], STOP)), headers: JSON_TYPE }],
    ["an envelope", { ...plan(true, { response: one }, { response: two }) }],
    ["a mark of another format at the end", { body: `${plan(true, one, two).body}data: [DONE]\n\n`, headers: SSE }],
  ];
  for (const [name, shape] of shapes) {
    test(`gemini trap 46: ${name} is a stream to every client`, async () => {
      const { gateway } = await before(shape);
      for (const protocol of PROTOCOLS) {
        if (protocol === "gemini" && name === "an envelope") continue; // passed on as it is
        const call = clientCall(protocol, { stream: true, model: "gemini-2.5-pro" });
        const answer = await send(gateway.url, call);
        expect([protocol, answer.status, answerText(call, answer.text)]).toEqual([protocol, 200, "Grüße ✅"]);
        expect([protocol, streamViolations(protocol, answer.text).filter(({ rule }) => rule !== "no-usage")]).toEqual([
          protocol,
          [],
        ]);
      }
    });
  }

  const error = { error: { code: 400, message: "no such field", status: "INVALID_ARGUMENT" } };
  const refused: readonly (readonly [string, SimPlan])[] = [
    ["as an object with 200", { body: error }],
    ["as an array with 200", { body: [error] }],
    ["as a frame", plan(true, error)],
    ["with its status", { status: 400, body: error }],
    ["with its status, in an array", { status: 400, body: [error] }],
  ];
  for (const [name, shape] of refused) {
    test(`gemini traps 53 and 71: an error ${name} is an error to every client, no empty stream`, async () => {
      const { gateway } = await before(shape);
      for (const protocol of PROTOCOLS) {
        const answer = await send(gateway.url, clientCall(protocol, { stream: true, model: "gemini-2.5-pro" }));
        expect([protocol, answer.status]).toEqual([protocol, 400]);
        expect(errorOf(protocol, answer.text)?.message).toContain("no such field");
        expect(answer.headers.get("content-type")).toContain("application/json");
      }
    });
  }
});

test("gemini trap 70: what an upstream puts into a frame beside its data does not hide the data from Google's SDK", async () => {
  const [one, two, three] = [chunk([{ text: "a" }]), chunk([{ text: "b" }]), chunk([{ text: "c" }], STOP)].map((each) =>
    JSON.stringify(each),
  );
  const body = `: begin\n\n: x\ndata: ${one}\n\n: alone\n\nevent: message\r\ndata: ${two}\r\n\r\ndata: ${three}\n: y\n\n`;
  const { gateway } = await before({ body, headers: SSE });
  const { text } = await send(gateway.url, clientCall("gemini", { stream: true, model: "gemini-2.5-pro" }));
  // As the SDK does it: blank lines part the frames, and a frame is its text behind "data: ".
  const frames = text.split(/\n\n|\r\n\r\n/).filter((frame) => frame.startsWith("data:"));
  const parts = frames.map((frame) => JSON.parse(frame.slice("data:".length)).candidates[0].content.parts[0].text);
  expect(parts).toEqual(["a", "b", "c"]);
  expect(text).not.toContain("event:");
});

test("gemini trap 49: message_start tells input tokens, the upstream's or our own count", async () => {
  const parts = [{ text: "a" }];
  const { gateway } = await before(
    plan(true, chunk(parts, STOP, { usageMetadata: { ...USAGE, promptTokenCount: 4321 } })),
    plan(true, chunk(parts), chunk([{ text: "b" }], STOP, { usageMetadata: { trafficType: "ON_DEMAND" } })),
  );
  const call = clientCall("anthropic", { stream: true, model: "gemini-2.5-pro", prompt: "word ".repeat(300) });
  const started = async (): Promise<number> => {
    const [first = {}] = streamEvents((await send(gateway.url, call)).text);
    return (first["message"] as { usage: { input_tokens: number } }).usage.input_tokens;
  };
  expect(await started()).toBe(4321);
  expect(await started()).toBeWithin(250, 1000);
});

test("gemini trap 66: a thought that the client has shortened is the upstream's to notice; then nothing signed goes back", async () => {
  const parts = [
    { text: "a long thought", thought: true, thoughtSignature: "c2lnbmVk" },
    { functionCall: { name: TOOL_NAME, args: { city: "Bern" } }, thoughtSignature: "c2lnbmVkLWNhbGw=" },
  ];
  const refusal = { error: { code: 400, message: "Thought signature is not valid", status: "INVALID_ARGUMENT" } };
  const { upstream, gateway } = await before(plan(false, chunk(parts, STOP)), { status: 400, body: refusal }, {});
  const base = clientCall("anthropic", { stream: false, model: "gemini-3-pro-preview" });
  const thinking = { thinking: { type: "adaptive" } };
  const first = await send(gateway.url, { ...base, body: { ...base.body, ...thinking } });
  const { content } = JSON.parse(first.text) as { content: Record<string, unknown>[] };
  const call = content.find((block) => block["type"] === "tool_use");
  const messages = [
    { role: "user", content: "weather?" },
    { role: "assistant", content: JSON.parse(JSON.stringify(content).replace("a long thought", "a thought")) },
    { role: "user", content: [{ type: "tool_result", tool_use_id: call?.["id"], content: "rain" }] },
  ];
  const second = await send(gateway.url, { ...base, body: { ...base.body, ...thinking, messages } });
  expect([first.status, second.status]).toEqual([200, 200]);
  const [, refused, again] = upstream.requests.map((request) => request.text);
  expect(refused).toContain("c2lnbmVk");
  expect(refused).toContain('"a thought"');
  expect(again).not.toMatch(/c2lnbmVk|a thought/);
  expect(again).toContain("skip_thought_signature_validator");
});

describe("a prompt that is too long", () => {
  const overflow: SimPlan = {
    status: 400,
    body: {
      error: {
        code: 400,
        message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        status: "INVALID_ARGUMENT",
      },
    },
  };
  const told = {
    anthropic: { message: "prompt is too long: 1200000 tokens > 1048576 maximum", type: "invalid_request_error" },
    "openai-chat": { message: expect.stringContaining("1200000"), type: "invalid_request_error" },
    "openai-responses": { message: expect.stringContaining("1200000"), type: "invalid_request_error" },
    gemini: { message: expect.stringContaining("1200000"), type: "INVALID_ARGUMENT" },
  };
  for (const protocol of PROTOCOLS) {
    test(`gemini trap 69: is a 400 in a ${protocol} client's words, and no other upstream is asked`, async () => {
      const other = startSimulator({ plan: {} });
      const full = startSimulator({ plan: overflow });
      const gateway = await startGateway({
        upstreams: [
          upstreamEntry("full", "gemini", full.url, { priority: 1, keys: ["sk-one", "sk-two"] }),
          upstreamEntry("other", "anthropic", other.url, { priority: 2 }),
        ],
        config: { breaker: { failure_threshold: 1 } },
      });
      closing.push(
        () => other.stop(),
        () => full.stop(),
        () => gateway.stop(),
      );
      for (const stream of [true, false]) {
        const answer = await send(gateway.url, clientCall(protocol, { stream }), { "user-agent": "claude-cli/2.1" });
        expect([answer.status, errorOf(protocol, answer.text)]).toEqual([400, told[protocol]] as never);
        if (protocol.startsWith("openai")) expect(answer.text).toContain('"context_length_exceeded"');
      }
      expect([full.requestCount, other.requestCount]).toEqual([2, 0]);
    });
  }
});

test("gemini trap 75: pictures, tools, sampling and the system prompt arrive, thinking stays apart, ids are ours", async () => {
  const answer = { thinking: "hm", text: "done", usage: { inputTokens: 10, outputTokens: 30, thinkingTokens: 20 } };
  const { upstream, gateway } = await before({ answer });
  const base = clientCall("anthropic", { stream: false, model: "gemini-2.5-pro" });
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
  const call = {
    ...base,
    body: {
      ...base.body,
      system: "be brief",
      temperature: 0.5,
      top_p: 0.9,
      top_k: 7,
      stop_sequences: ["END"],
      messages: [{ role: "user", content: [image, { type: "text", text: "what?" }] }],
      thinking: { type: "enabled", budget_tokens: 2048 },
    },
  };
  const ids = new Set<unknown>();
  for (let n = 0; n < 2; n++) {
    const body = JSON.parse((await send(gateway.url, call)).text);
    ids.add(body.id);
    expect(body.content).toMatchObject([
      { type: "thinking", thinking: "hm" },
      { type: "text", text: "done" },
    ]);
    expect(body.usage).toMatchObject({ output_tokens: 30, output_tokens_details: { thinking_tokens: 20 } });
  }
  expect(ids.size).toBe(2);
  expect(upstream.requests[0]?.fields).toMatchObject({
    systemInstruction: { parts: [{ text: "be brief" }] },
    contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }, { text: "what?" }] }],
    tools: [{ functionDeclarations: [{ name: TOOL_NAME }] }],
    generationConfig: { temperature: 0.5, topP: 0.9, topK: 7, stopSequences: ["END"], maxOutputTokens: 4096 },
  });
});

test("gemini trap 72: no route of Google's that is not ours is guessed at, in any version", async () => {
  const { upstream, gateway } = await before({});
  const paths = ["v1beta", "v1", "v1alpha"].flatMap((version) =>
    ["interactions", "interactions/abc", "interactions/abc/cancel"].map((path) => `/${version}/${path}`),
  );
  for (const path of paths) {
    const response = await fetch(gateway.url + path, {
      method: "POST",
      body: "{}",
      headers: { "x-goog-api-key": "k" },
    });
    const text = await response.text();
    expect([path, response.status, errorOf("gemini", text)?.type]).toEqual([path, 404, "NOT_FOUND"]);
    expect(text).toContain("generateContent");
  }
  expect(upstream.requestCount).toBe(0);
});
