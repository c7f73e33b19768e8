// Checks that a tool call whose arguments come in many small pieces costs linear time in every decoder and encoder:
// 10 MB in pieces of 64 characters must cost per megabyte about what 2.5 MB do.

import type { IrEvent } from "../../src/core/event.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { createSseSplitter } from "../../src/lib/sse.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { table } from "../macro/report.ts";
import { ALL_PROTOCOLS, decodeContext, replyContext } from "./codec-contexts.ts";

const MEGABYTES = [2.5, 5, 10] as const;
const PIECE = `${"abcdefgh ".repeat(7).slice(0, 62)}\\n`;
/** Quadratic cost would give 4. */
const MAX_GROWTH = 2;

export interface LinearTimeResult {
  readonly lines: string[];
  readonly isLinear: boolean;
}

/** Times of encoder and decoder by size; `growth` is the time per megabyte at 10 MB over that at 2.5 MB. */
export function checkLinearTime(): LinearTimeResult {
  let isLinear = true;
  const rows: string[][] = [];
  for (const id of ALL_PROTOCOLS) {
    passArguments(id, 1); // warm
    const runs = MEGABYTES.map((megabytes) => best([1, 2, 3].map(() => passArguments(id, megabytes))));
    for (const part of ["encode", "decode"] as const) {
      const times = runs.map((run) => run[part]);
      const growth = (times.at(-1) ?? 0) / 10 / ((times[0] ?? 1) / 2.5);
      if (growth > MAX_GROWTH) isLinear = false;
      rows.push([
        `${id}, ${part}`,
        ...times.map((ms) => ms.toFixed(0)),
        growth.toFixed(2),
        growth > MAX_GROWTH ? "NO" : "yes",
      ]);
    }
  }
  const head = [
    "tool arguments in pieces of 64",
    ...MEGABYTES.map((megabytes) => `${megabytes} MB ms`),
    "growth",
    "linear",
  ];
  return { lines: table(head, rows), isLinear };
}

interface PartTimes {
  readonly encode: number;
  readonly decode: number;
}

/** Encodes the call to frames, then decodes those frames. Throws when arguments are lost on the way. */
function passArguments(id: ProtocolId, megabytes: number): PartTimes {
  const pieces = Math.floor((megabytes * 1_000_000) / PIECE.length);
  const events = callEvents(pieces);
  const frames: string[] = [];
  Bun.gc(true);
  const encodeStartMs = performance.now();
  const encoder = PROTOCOLS[id].createStreamEncoder((frame) => frames.push(frame), replyContext());
  for (const event of events) encoder.event(event);
  encoder.close();
  const encodeMs = performance.now() - encodeStartMs;

  const wire: [string, string][] = [];
  const splitter = createSseSplitter((name, data) => wire.push([name, data]), Number.POSITIVE_INFINITY);
  for (const frame of frames) splitter.push(Buffer.from(frame));
  splitter.end();
  let length = 0;
  Bun.gc(true);
  const decodeStartMs = performance.now();
  const decoder = PROTOCOLS[id].createStreamDecoder((event) => {
    if (event.type === "block-delta" && event.delta.type === "arguments") length += event.delta.text.length;
  }, decodeContext(id));
  for (const [name, data] of wire) if (data !== "") decoder.event(name, data);
  decoder.end();
  const decodeMs = performance.now() - decodeStartMs;
  if (length < pieces * PIECE.length * 0.9) throw new Error(`${id}: ${length} characters of arguments came through`);
  return { encode: encodeMs, decode: decodeMs };
}

function callEvents(pieces: number): IrEvent[] {
  const events: IrEvent[] = [
    { type: "message-start", id: "m", model: "m" },
    { type: "block-start", index: 0, block: { type: "tool-call", id: "call_1", name: "Write", kind: "function" } },
    { type: "block-delta", index: 0, delta: { type: "arguments", text: '{"content":"' } },
  ];
  for (let piece = 0; piece < pieces; piece++)
    events.push({ type: "block-delta", index: 0, delta: { type: "arguments", text: PIECE } });
  events.push(
    { type: "block-delta", index: 0, delta: { type: "arguments", text: '"}' } },
    { type: "block-end", index: 0 },
    { type: "message-end", stop: { reason: "tool-use" } },
  );
  return events;
}

function best(runs: readonly PartTimes[]): PartTimes {
  return {
    encode: Math.min(...runs.map((run) => run.encode)),
    decode: Math.min(...runs.map((run) => run.decode)),
  };
}
