// Decoders recognise frames that differ from those before in a text or a count only, and parse no more than that.
// Here every stream is read twice: as it is, and spoiled so that no frame is like another and all are parsed whole.

import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import type { IrEvent } from "../../src/core/event.ts";
import type { Loss } from "../../src/core/loss.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { createJsonArraySplitter } from "../../src/lib/json-array.ts";
import { createSseSplitter } from "../../src/lib/sse.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { hasRecordings, listStreams } from "../support/recordings.ts";
import { PROTOCOLS as ALL_PROTOCOLS } from "./recorded-answers.ts";

interface Frame {
  readonly name: string;
  readonly data: string;
}

/** All that a decoder tells of a stream. */
interface Told {
  /** As they are at the end: whatever of a frame was kept and changed afterwards shows here. */
  readonly events: readonly IrEvent[];
  /** As they were when they came. */
  readonly atOnce: readonly IrEvent[];
  readonly losses: readonly Loss[];
  /** What an encoder would go on from, after each frame. */
  readonly trails: readonly unknown[];
}

function decode(protocol: ProtocolId, frames: readonly Frame[], thinkTags = false): Told {
  const events: IrEvent[] = [];
  const atOnce: IrEvent[] = [];
  const losses: Loss[] = [];
  const trails: unknown[] = [];
  let ids = 0;
  const decoder = PROTOCOLS[protocol].createStreamDecoder(
    (event) => {
      events.push(event);
      atOnce.push(structuredClone(event));
    },
    {
      origin: { protocol, upstreamId: "up", keyId: "key", model: "m" },
      quirks: { thinkTags },
      mintId: () => `minted${String(++ids).padStart(18, "0")}`,
      loss: (loss) => losses.push(loss),
    },
  );
  const note = (): void => {
    const { isAhead, isComplete, hasStrayEnd } = decoder;
    trails.push(
      structuredClone([
        decoder.trail?.(),
        isAhead?.call(decoder),
        isComplete?.call(decoder),
        hasStrayEnd?.call(decoder),
      ]),
    );
  };
  for (const { name, data } of frames) {
    decoder.event(name, data);
    note();
  }
  decoder.end();
  note();
  return { events, atOnce, losses, trails };
}

/** The same frames with another number of blanks before each: JSON allows that, and no two begin alike. */
function spoiled(frames: readonly Frame[]): Frame[] {
  return frames.map(({ name, data }, at) => ({ name, data: data.startsWith("{") ? " ".repeat(at) + data : data }));
}

function expectSame(protocol: ProtocolId, frames: readonly Frame[], thinkTags = false): void {
  const known = decode(protocol, frames, thinkTags);
  expect(known).toEqual(decode(protocol, spoiled(frames), thinkTags));
  expect(known.events).toEqual(known.atOnce);
}

/** The frames of a stream's bytes, pushed in pieces of these sizes. */
function framesOf(text: string, framing: string | undefined, sizes: () => number): Frame[] {
  const frames: Frame[] = [];
  const push = (name: string, data: string): unknown => frames.push({ name, data });
  const isArray = framing === "json_array";
  const splitter = isArray ? createJsonArraySplitter(push, 1 << 24) : createSseSplitter(push, 1 << 24);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  splitter.end();
  return frames;
}

function seededSizes(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + (state % 97);
  };
}

describe.skipIf(!hasRecordings).each([...ALL_PROTOCOLS])("recorded streams of %s", (protocol) => {
  const streams = listStreams(protocol).map(
    ({ id, framing, response }) => [id, { framing, text: response.text }] as const,
  );

  test.each(streams)("%s says the same when all of it is parsed", (_id, { framing, text }) => {
    const whole = framesOf(text, framing, () => text.length + 1);
    expect(whole.length).toBeGreaterThan(0);
    expectSame(protocol, whole);
    expectSame(protocol, whole, true);
    for (const seed of [1, 2, 3]) {
      const cut = framesOf(text, framing, seededSizes(seed));
      expect(cut).toEqual(whole);
      expectSame(protocol, cut);
    }
    for (const half of [whole.slice(0, whole.length / 2), whole.filter((_, at) => at % 3 !== 1)]) {
      expectSame(protocol, half);
    }
  });
});

const someText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    '"},"finish_reason":null',
    '"},"finish_reason":"stop"}]}',
    '"}}',
    '","sequence_number":3}',
    '"}],"role":"model"},"finishReason":"STOP"}]}',
    '{"content":"nested"}',
    '\\"',
    "\\",
    '"',
    "\ud83d",
    "\ude00",
    "<think>",
    "</think>",
  ),
);

/** One delta, and what may be strange about the frame that holds it. */
interface Delta {
  readonly text: string;
  readonly count: number;
  readonly kind: number;
  /** 0 for none. */
  readonly oddity: number;
}

const someKind = fc.record({ kind: fc.nat({ max: 3 }), oddity: fc.nat({ max: 9 }) });

/** Mostly of one kind, so that they are recognised, whatever is strange about it. */
const someDeltas: fc.Arbitrary<readonly Delta[]> = fc
  .record({
    usual: fc.oneof(someKind, fc.constant({ kind: 0, oddity: 0 })),
    deltas: fc.array(
      fc.record({
        text: someText,
        count: fc.nat({ max: 3000 }),
        other: fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: someKind }),
      }),
      { minLength: 40, maxLength: 70 },
    ),
  })
  .map(({ usual, deltas }) => deltas.map(({ text, count, other }) => ({ text, count, ...usual, ...other })));

type Writer = (delta: Delta, at: number) => unknown;

const chat: Writer = ({ text, count, kind, oddity }, at) => {
  const delta = [
    { content: text },
    { reasoning_content: text },
    { content: "", reasoning: text, reasoning_details: [{ type: "reasoning.text", text, format: "f", index: 0 }] },
    {
      tool_calls: [{ index: 0, ...(at % 5 === 0 ? { id: `c${at}` } : {}), function: { name: "f", arguments: text } }],
    },
  ][kind];
  const choice = [
    { index: 0, delta, logprobs: null, finish_reason: null },
    { index: 0, delta: { ...delta, refusal: text }, finish_reason: null },
    { delta, index: 1, finish_reason: null },
    { index: 0, delta, logprobs: { content: [{ token: text, logprob: -count, bytes: [count] }] } },
    { index: 0, delta: { ...delta, annotations: [{ type: "url_citation", url_citation: { url: text } }] } },
    { index: 0, delta: { ...delta, content: [{ type: "text", text }] } },
    { index: 0, delta, finish_reason: text },
    { index: 0, delta: { ...delta, extra_content: { google: { thought_signature: text } } } },
  ][oddity] ?? { index: 0, delta };
  const outer = { id: oddity === 8 ? text : "c", object: "chat.completion.chunk", created: 1, model: "m" };
  const usage = oddity === 9 ? { prompt_tokens: count, completion_tokens: count } : null;
  return { ...outer, service_tier: "default", choices: [choice], usage, obfuscation: "x".repeat(count % 7) };
};

const responses: Writer = ({ text, count, kind, oddity }, at) => {
  const [type, place] = [
    ["response.output_text.delta", { content_index: 0 }],
    ["response.reasoning_summary_text.delta", { summary_index: oddity === 1 ? count % 3 : 0 }],
    ["response.function_call_arguments.delta", {}],
    ["response.reasoning_text.delta", { content_index: 0 }],
  ][kind] as [string, object];
  const item_id = oddity === 2 ? text : `item_${kind}`;
  const logprobs = oddity === 3 ? [{ token: text, logprob: -count, bytes: [count], top_logprobs: [] }] : [];
  if (oddity === 4)
    return { type: "response.output_item.added", output_index: kind, item: { id: item_id, type: text } };
  if (oddity === 5) return { type: type.replace("delta", "done"), item_id, output_index: kind, ...place, text };
  if (oddity === 6) return { delta: text, item_id, output_index: count % 4, ...place, sequence_number: count, type };
  return { type, item_id, output_index: kind, ...place, delta: text, logprobs, sequence_number: at, pad: "x" };
};

const gemini: Writer = ({ text, count, kind, oddity }) => {
  const part = [
    { text },
    { text, thought: true },
    { functionCall: { name: "f", args: { text } } },
    { text, thoughtSignature: text },
  ][kind];
  const extra =
    [
      {},
      { finishReason: text },
      { groundingMetadata: { webSearchQueries: [text], groundingChunks: [{ web: { uri: text, title: "t" } }] } },
      { groundingMetadata: {} },
      { citationMetadata: { citations: [{ uri: text, startIndex: 0, endIndex: count }] } },
      { logprobsResult: { chosenCandidates: [{ token: text, logProbability: -1 }] } },
      { index: count % 2 },
    ][oddity] ?? {};
  const parts = oddity === 7 ? [part, { executableCode: { language: "PYTHON", code: text } }] : [part];
  const answer = {
    candidates: [{ content: { parts, role: "model" }, index: 0, ...extra }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: count, totalTokenCount: 10 + count },
    modelVersion: "m",
    responseId: oddity === 8 ? text : "r",
  };
  return oddity === 9 ? { response: answer } : answer;
};

const anthropic: Writer = ({ text, count, kind, oddity }, at) => {
  const block = [
    { type: "text", text: "" },
    { type: "thinking", thinking: "" },
  ][kind % 2];
  if (at === 0 || oddity === 1) return { type: "content_block_start", index: oddity, content_block: block };
  const delta = [
    { type: "text_delta", text },
    { type: "thinking_delta", thinking: text },
    { type: "input_json_delta", partial_json: text },
    { type: "signature_delta", signature: text },
  ][kind];
  if (oddity === 2) return { type: "content_block_delta", index: 0, delta: { ...delta, extra: count } };
  if (oddity === 3) return { index: 0, type: "content_block_delta", delta };
  return { type: "content_block_delta", index: oddity === 4 ? count % 3 : 0, delta };
};

const WRITERS: Readonly<Record<ProtocolId, Writer>> = {
  anthropic,
  "openai-chat": chat,
  "openai-responses": responses,
  gemini,
};

/** Spellings that servers use: compact, with blanks, without any character beyond ASCII. */
const SPELLINGS: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 1).replaceAll("\n", " "),
  (value) =>
    JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
];

/** Characters that are parsed while something runs. */
function parsedLength(run: () => void): number {
  const parse = spyOn(JSON, "parse");
  try {
    run();
    return parse.mock.calls.reduce((sum, [text]) => sum + String(text).length, 0);
  } finally {
    parse.mockRestore();
  }
}

describe.each([...ALL_PROTOCOLS])("made-up deltas of %s", (protocol) => {
  test("say the same when all of them are parsed", () => {
    fc.assert(
      fc.property(someDeltas, fc.nat({ max: 2 }), fc.boolean(), (deltas, spelling, thinkTags) => {
        const spell = SPELLINGS[spelling] ?? String;
        const frames = deltas.map((delta, at) => ({ name: "", data: spell(WRITERS[protocol](delta, at)) }));
        expectSame(protocol, frames, thinkTags);
      }),
      { numRuns: 150 },
    );
  });

  test.each([...SPELLINGS.keys()])("are recognised in spelling %d", (spelling) => {
    const spell = SPELLINGS[spelling] ?? String;
    const frames = Array.from({ length: 400 }, (_, at) => {
      const delta = { text: `${at}`, count: at, kind: 0, oddity: 0 };
      return { name: "", data: spell(WRITERS[protocol](delta, at)) };
    });
    const whole = parsedLength(() => decode(protocol, spoiled(frames)));
    // Anthropic's own spelling is the only one that its decoder knows.
    const isKnown = protocol !== "anthropic" || spelling !== 1;
    expect(parsedLength(() => decode(protocol, frames)) / whole < 0.2).toBe(isKnown);
  });
});
