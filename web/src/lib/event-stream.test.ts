import { describe, expect, test } from "bun:test";
import { createEventReader, type StreamMessage } from "./event-stream.ts";

const STREAM =
  ': hello\n\nevent: head\ndata: {"a":1}\n\ndata: one\r\ndata: two 你好\r\n\r\nid: 7\nevent: x\ndata\n\nevent: lost\n\n';
const EXPECTED: StreamMessage[] = [
  { name: "head", data: '{"a":1}' },
  { name: "message", data: "one\ntwo 你好" },
  { name: "x", data: "" },
];

describe("event reader", () => {
  test("reads a stream that comes whole", () => {
    expect(createEventReader().push(STREAM)).toEqual(EXPECTED);
  });

  test("reads the same stream character by character", () => {
    const reader = createEventReader();
    expect([...STREAM].flatMap((character) => reader.push(character))).toEqual(EXPECTED);
  });

  test("reads a stream cut at every place", () => {
    for (let at = 0; at <= STREAM.length; at++) {
      const reader = createEventReader();
      expect([...reader.push(STREAM.slice(0, at)), ...reader.push(STREAM.slice(at))]).toEqual(EXPECTED);
    }
  });

  test("an event that is not whole is not an event", () => {
    expect(createEventReader().push("event: head\ndata: 1\n")).toEqual([]);
  });
});
