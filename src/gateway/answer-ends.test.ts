import { expect, test } from "bun:test";
import { PROTOCOLS } from "../protocols/registry.ts";
import { AnswerEnds } from "./answer-ends.ts";

const VECTOR = `[${"0.25,".repeat(20_000)}0.5]`;
const COUNTS = '"usage":{"prompt_tokens":8,"total_tokens":8}';

function usageOf(text: string, size: number, protocol: keyof typeof PROTOCOLS = "openai-chat") {
  const ends = new AnswerEnds();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) ends.push(bytes.subarray(at, at + size));
  return ends.usage(PROTOCOLS[protocol]);
}

const answers = [
  { name: "short", text: `{"data":[],${COUNTS}}` },
  { name: "long, with its counts at the end", text: `{"data":${VECTOR},${COUNTS}}` },
  { name: "long, with its counts at the beginning", text: `{${COUNTS},"data":${VECTOR}}` },
  { name: "of twelve kilobytes, with its counts across the middle", text: `{"a":"${"x".repeat(8160)}",${COUNTS}}` },
  { name: "streamed", text: `data: {"text":"a"}\n\ndata: {"text":"",${COUNTS}}\n\ndata: [DONE]\n\n` },
];
for (const { name, text } of answers)
  for (const size of [1, 7, 4096, 1_000_000])
    test(`an answer ${name}, in pieces of ${size} bytes, tells its counts`, () => {
      expect(usageOf(text, size)).toEqual({ inputTokens: 8 });
    });

test("each protocol's counts are read in its own words", () => {
  expect(usageOf('{"usageMetadata":{"promptTokenCount":5}}', 9, "gemini")).toEqual({ inputTokens: 5 });
  expect(usageOf('{"usage":{"input_tokens":5,"output_tokens":1}}', 9, "anthropic")).toEqual({
    inputTokens: 5,
    outputTokens: 1,
  });
  expect(usageOf(`{${COUNTS}}`, 9, "openai-responses")).toMatchObject({ inputTokens: 8 });
  expect(usageOf('{"usage":{"total_tokens":11}}', 9)).toEqual({ inputTokens: 11 });
});

test("counts across the part that was not kept are none, whatever its size", () => {
  const BEFORE = '","usage":{"prompt_tokens":12';
  for (let gap = 1; gap < 40; gap++) {
    const head = `{"a":"${"x".repeat(8192 - 6 - BEFORE.length)}${BEFORE}`;
    const tail = `,"total_tokens":4}${" ".repeat(8192 - 19)}}`;
    expect([head.length, tail.length]).toEqual([8192, 8192]);
    expect(usageOf(head + "3".repeat(gap) + tail, 4096)).toBeUndefined();
  }
});

test("an answer without counts tells none", () => {
  expect(usageOf(`{"data":${VECTOR}}`, 4096)).toBeUndefined();
  expect(usageOf('{"usage":{"type":"duration","seconds":5}}', 4096)).toBeUndefined();
});

test("a long answer is not kept", () => {
  const ends = new AnswerEnds();
  const chunk = Buffer.alloc(1024 * 1024, 0x61);
  const before = process.memoryUsage.rss();
  for (let n = 0; n < 512; n++) ends.push(chunk);
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
});
