import { describe, expect, test } from "bun:test";
import type { ReasoningBlock } from "../../core/block.ts";
import { decodeReasoningBlocks } from "./reasoning.ts";
import { decodeDetails, repeatDetails, sealedDetails, streamedDetails, wholeDetails } from "./reasoning-details.ts";

const ANTHROPIC = { protocol: "anthropic", upstreamId: "up", keyId: "k", model: "m" } as const;
const RESPONSES = { protocol: "openai-responses", upstreamId: "up", keyId: "k", model: "m" } as const;

describe("details of other protocols survive a client", () => {
  const blocks: ReasoningBlock[] = [
    { type: "reasoning", text: "one", opaque: { payload: "S1", origin: ANTHROPIC } },
    { type: "reasoning", text: "two", opaque: { payload: "S2", origin: ANTHROPIC } },
    { type: "reasoning", text: "", opaque: { payload: "S3", origin: ANTHROPIC } },
    { type: "reasoning", text: "", redacted: true, opaque: { payload: "R", origin: ANTHROPIC } },
    { type: "reasoning", text: "sum", isSummary: true, id: "rs_1", opaque: { payload: "E", origin: RESPONSES } },
    { type: "reasoning", text: "", isSummary: true, id: "rs_2", opaque: { payload: "F", origin: RESPONSES } },
  ];

  test("that stores the details of a whole answer", () => {
    const details = blocks.flatMap(wholeDetails);
    expect(decodeDetails(JSON.parse(JSON.stringify(details)), "")).toEqual(blocks);
  });

  test("that appends streamed pieces as they come", () => {
    const details = blocks.flatMap((block, index) => [
      ...[...block.text].map((text) =>
        block.isSummary ? { type: "reasoning.summary", summary: text, index } : { type: "reasoning.text", text, index },
      ),
      ...sealedDetails(block, index),
    ]);
    expect(decodeDetails(JSON.parse(JSON.stringify(details)), "")).toEqual(blocks);
  });

  test("that keeps the signature in the details and the text beside them", () => {
    const [sealed] = sealedDetails(blocks[0] as ReasoningBlock, 0);
    expect(decodeReasoningBlocks({ reasoning_content: "one", reasoning_details: [sealed] })).toEqual([
      blocks[0] as ReasoningBlock,
    ]);
  });
});

test("a client that keeps the last streamed detail only gets Anthropic's thinking back with its signature", () => {
  const block: ReasoningBlock = { type: "reasoning", text: "one 天気", opaque: { payload: "S", origin: ANTHROPIC } };
  const details = streamedDetails(block, 0);
  expect(decodeDetails(JSON.parse(JSON.stringify(details)), "気")).toEqual([block]);
  // Summaries of others are not checked against their seal, so they need no copy.
  const summary: ReasoningBlock = { ...block, isSummary: true, opaque: { payload: "E", origin: RESPONSES } };
  expect(streamedDetails(summary, 0)).toEqual(sealedDetails(summary, 0));
});

describe("details of chat servers", () => {
  test("are repeated word for word", () => {
    const details = [
      { type: "reasoning.summary", summary: "s", format: "f", index: 0 },
      { type: "reasoning.encrypted", data: "E", id: "rs", format: "f", index: 0 },
      { type: "reasoning.text", text: "t", signature: "S", index: 1 },
    ];
    const blocks = decodeDetails(details, "");
    expect(blocks).toHaveLength(2);
    const repeated = blocks.flatMap((block) => (block.opaque ? repeatDetails(block.opaque, block.text) : []));
    expect(repeated).toEqual(details);
  });

  test("without a seal are plain thinking", () => {
    expect(decodeDetails([{ type: "reasoning.text", text: "t", index: 0 }], "")).toEqual([
      { type: "reasoning", text: "t" },
    ]);
  });

  test("of unknown types, damaged envelopes and payloads of another kind are dropped", () => {
    expect(decodeDetails([{ type: "hologram" }, 7, null], "")).toEqual([]);
    expect(decodeDetails([{ type: "reasoning.encrypted", data: "apr1.broken" }], "")).toEqual([]);
    expect(repeatDetails({ payload: "bare", origin: { protocol: "openai-chat" } }, "")).toBeUndefined();
    expect(repeatDetails({ payload: "{}", origin: { protocol: "openai-chat" } }, "")).toBeUndefined();
  });
});
