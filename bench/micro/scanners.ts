// The parts that look at every byte: the top-level JSON scan of a request body and the event stream splitter.

import { scanTopLevel } from "../../src/lib/json-scan.ts";
import { createSseSplitter } from "../../src/lib/sse.ts";
import { RENDERERS } from "../../src/simulator/render.ts";
import { answerPieces, buildAgentRequest } from "../data/agent-request.ts";
import { table } from "../macro/report.ts";
import { compare } from "./measure.ts";

/** Table lines for a body of about 200 kB. */
export function benchJsonScan(): string[] {
  const text = JSON.stringify(buildAgentRequest({ bytes: 200_000, model: "m", stream: true }));
  const body = Buffer.from(text);
  const quotes = text.split('"').length - 1;
  const [scan = 0, search = 0, parse = 0, bare = 0] = compare([
    { name: "scan", run: () => scanTopLevel(body, ["model", "stream"]) },
    { name: "search", run: () => body.includes("no such text in it") },
    { name: "parse", run: () => JSON.parse(body.toString("utf8")) },
    { name: "bare", run: () => JSON.stringify(JSON.parse(body.toString("utf8"))) },
  ]);
  const row = [body.length / 1000, quotes, scan, search, parse, bare].map((value) => value.toFixed(0));
  return table(["body kB", "quotes", "scan us", "search for a text us", "parse us", "parse + stringify us"], [row]);
}

/** Table lines for a stream in several cuts. */
export function benchSseSplitter(): string[] {
  const context = { model: "m", seed: "bench", inputTokens: 1000, includeUsage: true };
  const frames = RENDERERS.anthropic.frames({ id: "bench", text: answerPieces(2000) }, context);
  const whole = Buffer.concat(frames.map((frame) => Buffer.from(frame.text)));
  const perEvent = frames.map((frame) => Buffer.from(frame.text));
  const cuts: readonly (readonly [string, readonly Buffer[]])[] = [
    ["an event per read", perEvent],
    ["64 kB reads", cutInto(whole, 65_536)],
    ["1,460-byte reads", cutInto(whole, 1460)],
    ["single bytes", cutInto(whole, 1)],
  ];
  const times = compare(cuts.map(([name, chunks]) => ({ name, run: () => split(chunks) })));
  const rows = cuts.map(([name], at) => [name, ((times[at] ?? 0) / frames.length).toFixed(2)]);
  return table(["event stream splitter", "us per event"], rows);
}

function split(chunks: readonly Buffer[]): number {
  let length = 0;
  const splitter = createSseSplitter((_name, data) => {
    length += data.length;
  }, 1_000_000);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return length;
}

function cutInto(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
