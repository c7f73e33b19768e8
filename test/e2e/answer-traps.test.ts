// Numbered traps of the Anthropic and OpenAI document about answers: what odd streams of real servers become for
// clients of every protocol.

import { afterAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { asFields, asList, type Fields } from "../support/grammar/violation.ts";
import {
  answerCalls,
  answerText,
  type ClientAnswer,
  type ClientCall,
  clientCall,
  PROTOCOLS,
  send,
  streamEvents,
  streamViolations,
} from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

/** One upstream and gateway per format; what the upstream says is set by each test. */
const stages = new Map<ProtocolId, { readonly upstream: Simulator; readonly gateway: TestGateway }>();
afterAll(async () => {
  for (const { upstream, gateway } of stages.values()) {
    await gateway.stop();
    upstream.stop();
  }
});

async function stage(format: ProtocolId) {
  const known = stages.get(format);
  if (known) return known;
  const upstream = startSimulator({});
  const gateway = await startGateway({ upstreams: [upstreamEntry("up", format, upstream.url)], config: PATIENT });
  const created = { upstream, gateway };
  stages.set(format, created);
  return created;
}

const frames = (...events: readonly (object | string)[]): string =>
  events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
const named = (...events: readonly { readonly type: string }[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

/** Streams an upstream's body to a client. */
async function ask(format: ProtocolId, body: string, call: ClientCall): Promise<ClientAnswer> {
  const { upstream, gateway } = await stage(format);
  upstream.setPlan({ body, headers: { "content-type": "text/event-stream" } });
  return await send(gateway.url, call);
}

interface Told {
  readonly text: string;
  readonly calls: readonly string[];
  readonly thinking: string;
  /** Why it ended, in Anthropic's words. */
  readonly end: unknown;
  readonly outputTokens: unknown;
}

/** What a Messages client has in hand at the end of a stream. */
function toldToAnthropic(call: ClientCall, { text }: ClientAnswer): Told {
  const events = streamEvents(text);
  const end = events.find((event) => event["type"] === "message_delta") ?? {};
  return {
    text: answerText(call, text),
    calls: answerCalls(call, text),
    thinking: events.map((event) => String(asFields(event["delta"])?.["thinking"] ?? "")).join(""),
    end: asFields(end["delta"])?.["stop_reason"],
    outputTokens: asFields(end["usage"])?.["output_tokens"],
  };
}

type OtherClient = Exclude<ProtocolId, "anthropic">;
type Reader = (event: Fields) => unknown;

const choiceOf: (event: Fields) => Fields = (event) => asFields(asList(event["choices"])[0]) ?? {};
const candidateOf: (event: Fields) => Fields = (event) => asFields(asList(event["candidates"])[0]) ?? {};

/** Where other clients find in an event why the answer has ended, a piece of thinking, and the output's tokens. */
const READERS: Readonly<
  Record<OtherClient, { readonly end: Reader; readonly thinking: Reader; readonly tokens: Reader }>
> = {
  "openai-chat": {
    end: (event) => choiceOf(event)["finish_reason"],
    thinking: (event) => asFields(choiceOf(event)["delta"])?.["reasoning_content"],
    tokens: (event) => asFields(event["usage"])?.["completion_tokens"],
  },
  "openai-responses": {
    end: (event) => {
      if (event["type"] !== "response.completed" && event["type"] !== "response.incomplete") return undefined;
      const response = asFields(event["response"]);
      return asFields(response?.["incomplete_details"])?.["reason"] ?? response?.["status"];
    },
    thinking: (event) => (event["type"] === "response.reasoning_summary_text.delta" ? event["delta"] : undefined),
    tokens: (event) => asFields(asFields(event["response"])?.["usage"])?.["output_tokens"],
  },
  gemini: {
    end: (event) => candidateOf(event)["finishReason"],
    thinking: (event) =>
      asList(asFields(candidateOf(event)["content"])?.["parts"])
        .map(asFields)
        .map((part) => (part?.["thought"] === true ? part["text"] : ""))
        .join(""),
    tokens: (event) => asFields(event["usageMetadata"])?.["candidatesTokenCount"],
  },
};

function toldTo(client: OtherClient, call: ClientCall, { text }: ClientAnswer): Told {
  const events = streamEvents(text);
  const { end, thinking, tokens } = READERS[client];
  return {
    text: answerText(call, text),
    calls: answerCalls(call, text),
    thinking: events.map((event) => thinking(event) ?? "").join(""),
    end: events.map(end).findLast((value) => typeof value === "string"),
    outputTokens: events.map(tokens).findLast((value) => typeof value === "number"),
  };
}

/** How other clients are told the ends that a Messages client hears of. */
const END_WORDS: Readonly<Record<string, Readonly<Record<OtherClient, string>>>> = {
  end_turn: { "openai-chat": "stop", "openai-responses": "completed", gemini: "STOP" },
  stop_sequence: { "openai-chat": "stop", "openai-responses": "completed", gemini: "STOP" },
  tool_use: { "openai-chat": "tool_calls", "openai-responses": "completed", gemini: "STOP" },
  max_tokens: { "openai-chat": "length", "openai-responses": "max_output_tokens", gemini: "MAX_TOKENS" },
  pause_turn: { "openai-chat": "length", "openai-responses": "max_output_tokens", gemini: "STOP" },
  refusal: { "openai-chat": "content_filter", "openai-responses": "content_filter", gemini: "SAFETY" },
};

interface Trap {
  readonly name: string;
  readonly format: ProtocolId;
  readonly body: string;
  readonly expected: Partial<Told>;
}

const delta = (fields: object, more: object = {}): object => ({
  id: "c1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: fields, finish_reason: null, ...more }],
});
const finish = (reason: string, more: object = {}): object => delta({}, { finish_reason: reason, ...more });
const piece = (index: number, id: string | undefined, name: string | undefined, args: unknown): object =>
  delta({ tool_calls: [{ index, id, type: "function", function: { name, arguments: args } }] });
const USAGE = { prompt_tokens: 10, completion_tokens: 7, total_tokens: 17 };

const CHAT_TRAPS: readonly Omit<Trap, "format">[] = [
  {
    name: "traps 48, 49 and 50: thinking comes first, under the other name, and the delta that switches is kept",
    body: frames(
      delta({ role: "assistant", content: "" }),
      delta({ reasoning: "h" }),
      delta({ reasoning: "m" }),
      delta({ content: "a" }),
      delta({ content: "b" }),
      finish("stop"),
      "[DONE]",
    ),
    expected: { text: "ab", thinking: "hm", end: "end_turn" },
  },
  {
    name: "trap 52: several calls in one chunk, and all with index 0",
    body: frames(
      delta({
        tool_calls: ["a", "b"].map((id, index) => ({
          index,
          id,
          type: "function",
          function: { name: "f", arguments: `{"n":"${id}"}` },
        })),
      }),
      finish("tool_calls"),
      "[DONE]",
    ),
    expected: { calls: ['f({"n":"a"})', 'f({"n":"b"})'], end: "tool_use" },
  },
  {
    name: "trap 52: calls that all have index 0",
    body: frames(
      piece(0, "a", "f", '{"n":1}'),
      piece(0, "b", "f", '{"n":2}'),
      piece(0, "c", "g", "{}"),
      finish("tool_calls"),
      "[DONE]",
    ),
    expected: { calls: ['f({"n":1})', 'f({"n":2})', "g({})"], end: "tool_use" },
  },
  {
    name: "trap 53: empty tool_calls do not cut the text",
    body: frames(
      delta({ content: "a", tool_calls: [] }),
      delta({ content: "b", tool_calls: [] }),
      delta({ content: "c", tool_calls: null }),
      finish("stop"),
      "[DONE]",
    ),
    expected: { text: "abc", calls: [], end: "end_turn" },
  },
  {
    name: "trap 54: a name that is repeated, an id that never comes, and a call that never gets a name",
    body: frames(
      piece(0, "", "f", '{"n"'),
      piece(0, "", "f", ":1}"),
      piece(1, "x", "", "{}"),
      piece(2, undefined, "g", "{}"),
      finish("tool_calls"),
      "[DONE]",
    ),
    expected: { calls: ['f({"n":1})', "g({})"], end: "tool_use" },
  },
  {
    name: "trap 55: a tool turn without a call is an end",
    body: frames(delta({ content: "a" }), finish("tool_calls"), "[DONE]"),
    expected: { text: "a", end: "end_turn" },
  },
  {
    name: "trap 55: an end with a call is a tool turn",
    body: frames(piece(0, "a", "f", "{}"), finish("stop"), "[DONE]"),
    expected: { calls: ["f({})"], end: "tool_use" },
  },
  {
    name: "trap 57: usage behind the finish, without choices",
    body: frames(delta({ content: "a" }), finish("stop"), { id: "c1", choices: [], usage: USAGE }, "[DONE]"),
    expected: { text: "a", outputTokens: 7 },
  },
  {
    name: "trap 57: usage behind the finish, beside an empty delta",
    body: frames(
      delta({ content: "a" }),
      finish("stop"),
      { id: "c1", choices: [{ index: 0, delta: {} }], usage: USAGE },
      "[DONE]",
    ),
    expected: { text: "a", outputTokens: 7 },
  },
  {
    name: "trap 61: thinking and text token by token",
    body: frames(
      ...["t1", "t2", "t3"].flatMap((word) => [delta({ content: word }), delta({ reasoning_content: `r${word}` })]),
      finish("stop"),
      "[DONE]",
    ),
    expected: { text: "t1t2t3", thinking: "rt1rt2rt3", end: "end_turn" },
  },
  {
    name: "trap 68: arguments as an object",
    body: frames(piece(0, "a", "f", { n: 1 }), finish("tool_calls"), "[DONE]"),
    expected: { calls: ['f({"n":1})'], end: "tool_use" },
  },
  {
    name: "trap 71: the stop string that vLLM names",
    body: frames(delta({ content: "a" }), finish("stop", { stop_reason: "END" }), "[DONE]"),
    expected: { text: "a", end: "stop_sequence" },
  },
  {
    name: "trap 72: a word for a filter that is not OpenAI's",
    body: frames(delta({ content: "a" }), finish("sensitive"), "[DONE]"),
    expected: { text: "a", end: "refusal" },
  },
];

const created = { type: "response.created", response: { id: "resp_1", model: "m", status: "in_progress", output: [] } };
const completed = (output: object[], more: object = {}) => ({
  type: "response.completed",
  response: {
    id: "resp_1",
    model: "m",
    status: "completed",
    output,
    usage: { input_tokens: 3, output_tokens: 7 },
    ...more,
  },
});
const message = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});
const fnCall = (args: unknown) => ({
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "f",
  arguments: args,
});

const RESPONSES_TRAPS: readonly Omit<Trap, "format">[] = [
  {
    name: "trap 62: arguments in deltas, in their end, in their item and in the response come once",
    body: named(
      created,
      { type: "response.output_item.added", output_index: 0, item: fnCall("") } as never,
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "fc_1", delta: '{"n":' } as never,
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "fc_1", delta: "1}" } as never,
      {
        type: "response.function_call_arguments.done",
        output_index: 0,
        item_id: "fc_1",
        arguments: '{"n":1}',
      } as never,
      { type: "response.output_item.done", output_index: 0, item: fnCall('{"n":1}') } as never,
      completed([fnCall('{"n":1}')]),
    ),
    expected: { calls: ['f({"n":1})'], end: "tool_use", outputTokens: 7 },
  },
  {
    name: "trap 62: arguments that come in their end only",
    body: named(
      created,
      { type: "response.output_item.added", output_index: 0, item: fnCall("") } as never,
      {
        type: "response.function_call_arguments.done",
        output_index: 0,
        item_id: "fc_1",
        arguments: '{"n":1}',
      } as never,
      completed([]),
    ),
    expected: { calls: ['f({"n":1})'], end: "tool_use" },
  },
  {
    name: "trap 63: a stream that begins with a text delta",
    body: named(
      { type: "response.output_text.delta", delta: "Hel" } as never,
      { type: "response.output_text.delta", delta: "lo" } as never,
      completed([message("Hello")]),
    ),
    expected: { text: "Hello", end: "end_turn" },
  },
  {
    name: "trap 65: thinking whose part is never announced and whose item changes its id",
    body: named(
      created,
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "reasoning", id: "rs_1", summary: [] },
      } as never,
      {
        type: "response.reasoning_summary_text.delta",
        output_index: 0,
        item_id: "rs_2",
        summary_index: 0,
        delta: "h",
      } as never,
      {
        type: "response.reasoning_summary_text.delta",
        output_index: 0,
        item_id: "rs_3",
        summary_index: 0,
        delta: "m",
      } as never,
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { type: "reasoning", id: "rs_4", summary: [{ type: "summary_text", text: "hm" }] },
      } as never,
      { type: "response.output_item.done", output_index: 1, item: message("a") } as never,
      completed([message("a")]),
    ),
    expected: { text: "a", thinking: "hm", end: "end_turn" },
  },
  {
    name: "trap 66: an answer that was cut",
    body: named(
      created,
      { type: "response.output_item.done", output_index: 0, item: message("a") } as never,
      {
        type: "response.incomplete",
        response: {
          id: "resp_1",
          status: "incomplete",
          incomplete_details: { reason: "max_output_tokens" },
          output: [message("a")],
        },
      } as never,
    ),
    expected: { text: "a", end: "max_tokens" },
  },
  {
    name: "trap 68: arguments as an object in the item",
    body: named(
      created,
      { type: "response.output_item.done", output_index: 0, item: fnCall({ n: 1 }) } as never,
      completed([fnCall({ n: 1 })]),
    ),
    expected: { calls: ['f({"n":1})'], end: "tool_use" },
  },
];

const started = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
};
const block = (index: number, content_block: object) => ({ type: "content_block_start", index, content_block });
const inner = (index: number, body: object) => ({ type: "content_block_delta", index, delta: body });
const stopped = (index: number) => ({ type: "content_block_stop", index });
const ended = (stop_reason: string, more: object = {}, usage: object = { output_tokens: 7 }) => ({
  type: "message_delta",
  delta: { stop_reason, stop_sequence: null, ...more },
  usage,
});
const over = { type: "message_stop" };
const saying = (text: string) => [
  block(0, { type: "text", text: "" }),
  inner(0, { type: "text_delta", text }),
  stopped(0),
];

const ANTHROPIC_TRAPS: readonly Omit<Trap, "format">[] = [
  {
    name: "trap 51: text whose block was never begun",
    body: named(
      started,
      inner(0, { type: "text_delta", text: "a" }),
      inner(0, { type: "text_delta", text: "b" }),
      ended("end_turn"),
      over,
    ),
    expected: { text: "ab", end: "end_turn" },
  },
  {
    name: "trap 70: a turn that was paused",
    body: named(started, ...saying("a"), ended("pause_turn"), over),
    expected: { text: "a", end: "pause_turn" },
  },
  {
    name: "trap 71: a stop sequence that was hit",
    body: named(started, ...saying("a"), ended("stop_sequence", { stop_sequence: "END" }), over),
    expected: { text: "a", end: "stop_sequence" },
  },
  {
    name: "trap 72: a refusal",
    body: named(
      started,
      ...saying("a"),
      ended("refusal", { stop_details: { type: "refusal", category: null, explanation: "no" } }),
      over,
    ),
    expected: { text: "a", end: "refusal" },
  },
  {
    name: "trap 56: what comes behind the end",
    body: named(started, ...saying("a"), ended("end_turn"), over, ended("max_tokens"), over, ...saying("b")),
    expected: { text: "a", end: "end_turn" },
  },
];

const TRAPS: readonly Trap[] = [
  ...CHAT_TRAPS.map((trap) => ({ ...trap, format: "openai-chat" as const })),
  ...RESPONSES_TRAPS.map((trap) => ({ ...trap, format: "openai-responses" as const })),
  ...ANTHROPIC_TRAPS.map((trap) => ({ ...trap, format: "anthropic" as const })),
];

/** What makes a client of each protocol be told everything. */
const ASKING_FOR_ALL: Readonly<Record<ProtocolId, object>> = {
  anthropic: { thinking: { type: "adaptive" } },
  "openai-chat": { stream_options: { include_usage: true } },
  "openai-responses": { reasoning: { summary: "auto" } },
  gemini: { generationConfig: { thinkingConfig: { includeThoughts: true } } },
};

for (const { name, format, body, expected } of TRAPS) {
  describe(`${format} upstream, ${name}`, () => {
    for (const client of PROTOCOLS) {
      // An upstream of the client's own format is passed on as it is; but nothing goes on behind its end.
      if (client === format && !name.startsWith("trap 56")) continue;
      test(`to a ${client} client`, async () => {
        const base = clientCall(client, { stream: true });
        const call = { ...base, body: { ...base.body, ...ASKING_FOR_ALL[client] } };
        const answer = await ask(format, body, call);
        expect(answer.status).toBe(200);
        expect(streamViolations(client, answer.text).filter(({ rule }) => rule !== "no-usage")).toEqual([]);
        const told = client === "anthropic" ? toldToAnthropic(call, answer) : toldTo(client, call, answer);
        const end = client === "anthropic" ? expected.end : END_WORDS[String(expected.end)]?.[client];
        expect(told).toMatchObject({ ...expected, ...(expected.end === undefined ? {} : { end }) } as object);
      });
    }
  });
}

describe("token counts of a stream", () => {
  /** The last usage that a client is told, in its own words. */
  const usageOf = (client: ProtocolId, { text }: ClientAnswer): unknown =>
    streamEvents(text)
      .map((event) => event["usage"] ?? event["usageMetadata"] ?? asFields(event["response"])?.["usage"])
      .findLast((usage) => asFields(usage) !== undefined) ?? client;
  const asking = (client: ProtocolId): ClientCall => {
    const base = clientCall(client, { stream: true });
    return { ...base, body: { ...base.body, ...ASKING_FOR_ALL[client] } };
  };
  const cached = { input_tokens: 10, cache_read_input_tokens: 20, cache_creation_input_tokens: 30, output_tokens: 1 };
  const begun = { ...started, message: { ...started.message, usage: cached } };
  const zeros = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 7 };
  const inAll: Readonly<Record<OtherClient, object>> = {
    "openai-chat": {
      prompt_tokens: 60,
      completion_tokens: 7,
      total_tokens: 67,
      prompt_tokens_details: { cached_tokens: 20, cache_write_tokens: 30 },
    },
    "openai-responses": {
      input_tokens: 60,
      output_tokens: 7,
      total_tokens: 67,
      input_tokens_details: { cached_tokens: 20, cache_write_tokens: 30 },
    },
    gemini: { promptTokenCount: 60, cachedContentTokenCount: 20, candidatesTokenCount: 7, totalTokenCount: 67 },
  };
  for (const client of ["openai-chat", "openai-responses", "gemini"] as const) {
    test(`traps 58 and 59: Anthropic's counts, with zeros in the last ones, to a ${client} client`, async () => {
      const body = named(begun, ...saying("a"), ended("end_turn", {}, zeros), over);
      const answer = await ask("anthropic", body, asking(client));
      expect(usageOf(client, answer)).toMatchObject(inAll[client]);
    });
  }

  const counts = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 };
  const spellings = {
    "OpenAI's": { ...counts, prompt_tokens_details: { cached_tokens: 60 } },
    "DeepSeek's": { ...counts, prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 },
    "Kimi's": { ...counts, cached_tokens: 60 },
  };
  for (const [whose, usage] of Object.entries(spellings)) {
    test(`trap 59: ${whose} cached tokens are taken out of an anthropic client's input`, async () => {
      const body = frames(delta({ content: "a" }), finish("stop"), { id: "c1", choices: [], usage }, "[DONE]");
      const told = usageOf("anthropic", await ask("openai-chat", body, asking("anthropic")));
      expect(told).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 7 });
    });
  }

  test("trap 60: a chat client that did not ask for usage gets none, whatever the upstream's format", async () => {
    for (const format of ["anthropic", "openai-responses"] as const) {
      const body =
        format === "anthropic"
          ? named(begun, ...saying("a"), ended("end_turn"), over)
          : named(created, completed([message("a")]));
      const answer = await ask(format, body, clientCall("openai-chat", { stream: true }));
      const events = streamEvents(answer.text).filter((event) => "choices" in event);
      expect(events.length).toBeGreaterThan(1);
      expect(events.filter((event) => "usage" in event || asList(event["choices"]).length === 0)).toEqual([]);
    }
  });
});
