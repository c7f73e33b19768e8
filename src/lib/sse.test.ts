import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createSseSplitter, sseData, sseFrame } from "./sse.ts";

function split(chunks: Uint8Array[], max = 1 << 20) {
  const events: [string, string][] = [];
  const raws: Buffer[] = [];
  const splitter = createSseSplitter((name, data, raw) => {
    events.push([name, data]);
    raws.push(Buffer.from(raw));
  }, max);
  let ok = true;
  for (const chunk of chunks) ok = splitter.push(chunk) && ok;
  splitter.end();
  return { events, raw: Buffer.concat(raws), ok };
}

const bytes = (text: string) => Buffer.from(text, "utf8");

describe("createSseSplitter", () => {
  const cases: { name: string; input: string; expected: [string, string][] }[] = [
    { name: "named event", input: "event: a\ndata: 1\n\n", expected: [["a", "1"]] },
    { name: "no space after the colon", input: "data:1\n\n", expected: [["", "1"]] },
    { name: "several data lines", input: "data: 1\ndata: 2\n\n", expected: [["", "1\n2"]] },
    {
      name: "CRLF",
      input: "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n",
      expected: [
        ["a", "1"],
        ["", "2"],
      ],
    },
    {
      name: "lone CR",
      input: "event: a\rdata: 1\r\rdata: 2\r\r",
      expected: [
        ["a", "1"],
        ["", "2"],
      ],
    },
    {
      name: "mixed line ends",
      input: "event: a\ndata: 1\r\n\ndata: 2\n\r\n",
      expected: [
        ["a", "1"],
        ["", "2"],
      ],
    },
    {
      name: "comments alone have empty data",
      input: ": ping\n\ndata: 1\n\n",
      expected: [
        ["", ""],
        ["", "1"],
      ],
    },
    { name: "comment above data", input: ": ping\ndata: 1\n\n", expected: [["", "1"]] },
    { name: "leading BOM", input: "\ufeffdata: 1\n\n", expected: [["", "1"]] },
    {
      name: "missing last blank line",
      input: "data: 1\n\ndata: 2",
      expected: [
        ["", "1"],
        ["", "2"],
      ],
    },
    { name: "id and retry are ignored", input: "id: 4\nretry: 10\ndata: x\n\n", expected: [["", "x"]] },
    {
      name: "extra blank lines",
      input: "data: 1\n\n\n\ndata: 2\n\n",
      expected: [
        ["", "1"],
        ["", ""],
        ["", ""],
        ["", "2"],
      ],
    },
    { name: "multibyte text", input: "data: 你好 👩‍👩‍👧 é\n\n", expected: [["", "你好 👩‍👩‍👧 é"]] },
  ];
  for (const { name, input, expected } of cases) {
    test(`reads ${name}, whole and one byte at a time`, () => {
      const whole = split([bytes(input)]);
      expect(whole.events).toEqual(expected);
      expect(whole.raw.toString()).toBe(input);
      const single = split([...bytes(input)].map((byte) => Uint8Array.of(byte)));
      expect(single.events).toEqual(expected);
      expect(single.raw.toString()).toBe(input);
    });
  }

  test("gives the same events and the same raw bytes however a stream is cut", () => {
    const piece = fc.constantFrom(
      "event: a\n",
      'data: {"x":"ü"}\n',
      "data: y\r\n",
      "\n",
      "\r\n",
      ": c\n",
      "data:\n",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 6 }), (pieces, cuts) => {
        const input = bytes(pieces.join(""));
        const at = [...new Set(cuts.map((cut) => cut % (input.length + 1)))].sort((a, b) => a - b);
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const cut of [...at, input.length]) {
          chunks.push(input.subarray(from, cut));
          from = cut;
        }
        const whole = split([...input].map((byte) => Uint8Array.of(byte)));
        const cutUp = split(chunks);
        expect(cutUp.raw.equals(input)).toBe(true);
        expect(cutUp.events.filter(([, data]) => data)).toEqual(whole.events.filter(([, data]) => data));
      }),
      { numRuns: 500 },
    );
  });

  test("reports an event that grows beyond its limit", () => {
    expect(split([bytes(`data: ${"a".repeat(2000)}`)], 1000).ok).toBe(false);
    expect(split([bytes(`data: ${"a".repeat(2000)}\n\n`)], 1000).ok).toBe(true);
  });

  test("takes linear time for a large event in small chunks", () => {
    const size = 4 << 20;
    const chunk = Buffer.alloc(1024, 0x61);
    let length = 0;
    const splitter = createSseSplitter((_name, data) => {
      length = data.length;
    }, size * 2);
    splitter.push(bytes("data: "));
    for (let sent = 0; sent < size; sent += chunk.length) splitter.push(chunk);
    splitter.push(bytes("\n\n"));
    expect(length).toBe(size);
  });
});

test("frames end with a blank line", () => {
  expect(sseFrame("a", "1")).toBe("event: a\ndata: 1\n\n");
  expect(sseData("1")).toBe("data: 1\n\n");
});
