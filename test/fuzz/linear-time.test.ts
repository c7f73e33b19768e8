// Very long answers in one-character pieces cost time and memory in proportion to their length, from every format to
// every format. Work is counted, not timed. APIROUTER_FUZZ=100000 takes the sizes of the brief: 2.5 MB and 10 MB.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { createMint, decodeContextFor, PROTOCOL_PAIRS, replyContextFor } from "./support/contexts.ts";
import { countWork, type Work } from "./support/count-work.ts";
import { type LongKind, longStream } from "./support/long-streams.ts";
import { plainRequest } from "./support/plain-request.ts";
import { MUTATIONS } from "./support/settings.ts";

const IS_LONG_RUN = MUTATIONS >= 100_000;
/** Pieces of the shorter stream; the longer one has four times as many. */
const PIECES = IS_LONG_RUN ? 2_500_000 : 4_000;
const SHORT_PIECES = IS_LONG_RUN ? 100_000 : 2_500;
const FACTOR = 4;
const WARM_UP_PIECES = 200;
/** Linear work grows by the factor, quadratic work by its square: the bounds lie well between. */
const MAX_CHARACTER_RATIO = 5;
const MAX_CPU_RATIO = 10;
/** Processor time that tells nothing: warm-up, garbage. */
const CPU_SLACK_MS = 1500;
/** A few arrays of one-character pieces and the texts they make; far from one object per piece and event. */
const HEAP_BYTES_PER_PIECE = 120;
const HEAP_SLACK_BYTES = 100 * 1024 * 1024;

interface Case {
  readonly kind: LongKind;
  readonly piece: string;
  readonly pieces: number;
  readonly what: string;
}

const CASES: readonly Case[] = [
  { kind: "arguments", piece: "x", pieces: PIECES, what: "a long argument" },
  { kind: "arguments", piece: "{}", pieces: SHORT_PIECES, what: "an argument of braces" },
  { kind: "text", piece: "x", pieces: SHORT_PIECES, what: "a long text" },
  { kind: "text", piece: " ", pieces: SHORT_PIECES, what: "a text of blanks" },
  { kind: "reasoning", piece: "x", pieces: SHORT_PIECES, what: "long thinking" },
  { kind: "reasoning", piece: "\n", pieces: SHORT_PIECES, what: "thinking of blank lines" },
  { kind: "calls", piece: "x", pieces: SHORT_PIECES / 10, what: "very many calls" },
];

describe.each([...PROTOCOL_PAIRS])("%s to %s", (from, to) => {
  test.each([...CASES])(
    "$what costs in proportion to its length",
    ({ kind, piece, pieces }) => {
      relay(from, to, { kind, piece, pieces: WARM_UP_PIECES });
      expectLinear(
        relay(from, to, { kind, piece, pieces }),
        relay(from, to, { kind, piece, pieces: pieces * FACTOR }),
        pieces * FACTOR,
      );
    },
    600_000,
  );
});

describe("chat servers that write thinking as tags", () => {
  test.each([
    ["thinking", "<think>", "x"],
    ["blanks inside the tag", "<think>", " "],
    ["blanks behind a thought", "<think>x", " "],
    ["blanks before any tag", "", " "],
    ["what may become a tag", "<think>", "</"],
  ])("%s costs in proportion to its length", (_, head, piece) => {
    const run = (pieces: number): Measured => relay("openai-chat", "anthropic", { kind: "text", piece, pieces }, head);
    run(WARM_UP_PIECES);
    expectLinear(run(SHORT_PIECES), run(SHORT_PIECES * FACTOR), SHORT_PIECES * FACTOR);
  });
});

interface Measured extends Work {
  /** Characters that went to the client. */
  readonly written: number;
  readonly heapBytes: number;
}

/** Pipes a long stream through decoder and encoder; with `head` the upstream writes think tags and begins with it. */
function relay(
  from: ProtocolId,
  to: ProtocolId,
  { kind, piece, pieces }: { kind: LongKind; piece: string; pieces: number },
  head?: string,
): Measured {
  const request = plainRequest(to);
  const written = { characters: 0 };
  const encoder = PROTOCOLS[to].createStreamEncoder((frame) => {
    written.characters += frame.length;
  }, replyContextFor(request));
  const context = decodeContextFor(from, request);
  const quirks = head === undefined ? context.quirks : { ...context.quirks, thinkTags: true };
  let isEnded = false;
  const decoder = PROTOCOLS[from].createStreamDecoder(
    (event) => {
      if (event.type === "message-end") isEnded = true;
      encoder.event(event);
    },
    { ...context, quirks, mintId: createMint() },
  );
  // The short streams leave no trace worth measuring.
  if (IS_LONG_RUN) Bun.gc(true);
  const heapBefore = process.memoryUsage().heapUsed;
  let heapBytes = 0;
  const work = countWork(() => {
    if (head) decoder.event("", JSON.stringify({ choices: [{ index: 0, delta: { content: head } }] }));
    for (const [name, data] of longStream(from, kind, piece, pieces)) decoder.event(name, data);
    heapBytes = process.memoryUsage().heapUsed - heapBefore;
    decoder.end();
    encoder.close();
  });
  expect(isEnded).toBe(true);
  return { ...work, written: written.characters, heapBytes };
}

function expectLinear(short: Measured, long: Measured, pieces: number): void {
  expect(long.characters / short.characters).toBeLessThan(MAX_CHARACTER_RATIO);
  expect(long.written / short.written).toBeLessThan(MAX_CHARACTER_RATIO);
  expect(long.cpuMs).toBeLessThan(short.cpuMs * MAX_CPU_RATIO + CPU_SLACK_MS);
  expect(long.heapBytes).toBeLessThan(HEAP_SLACK_BYTES + pieces * HEAP_BYTES_PER_PIECE);
}
