import { expect, test } from "bun:test";
import { bareFrame } from "./bare-frame.ts";

test("frames of one data line keep their bytes, whatever their line ends", () => {
  for (const text of ['data: {"a":1}\n\n', 'data:{"a":1}\r\n\r\n', 'data: {"a":1}\n\r\n']) {
    const raw = Buffer.from(text);
    expect(bareFrame(raw, '{"a":1}')).toBe(raw);
  }
});

test("gemini trap 70: comments, names and further lines go, the data stay", () => {
  for (const text of [
    ': ping\ndata: {"a":1}\n\n',
    'data: {"a":1}\n: ping\n\n',
    'event: message\r\ndata: {"a":1}\r\n\r\n',
    'id: 7\ndata: {"a":1}\n\n',
    '\ndata: {"a":1}\n\n',
    'data: {"a":1}\r\r',
  ])
    expect(Buffer.from(bareFrame(Buffer.from(text), '{"a":1}')).toString()).toBe('data: {"a":1}\n\n');
  const two = bareFrame(Buffer.from('data: {"a":\ndata: 1}\n\n'), '{"a":\n1}');
  expect(Buffer.from(two).toString()).toBe('data: {"a": 1}\n\n');
});
