// What a streamed event costs in a codec, against bare JSON.parse of what comes in and JSON.stringify of what goes out,
// and against the same with the JSON put into its frames, which is what the codec gives.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { createSseSplitter, sseData, sseFrame } from "../../src/lib/sse.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { RENDERERS } from "../../src/simulator/render.ts";
import { answerPieces, answerText } from "../data/agent-request.ts";
import { table } from "../macro/report.ts";
import { ALL_PROTOCOLS, decodeContext, replyContext } from "./codec-contexts.ts";
import { compare } from "./measure.ts";

/** So many different answers take turns: pieces of text that come again do so as rarely as in real ones. */
const STREAMS = 16;

interface WireEvent {
  readonly name: string;
  readonly data: string;
}

/** Table lines: every protocol to itself, and every pair. */
export function benchStreamEvents(): string[] {
  const pairs: (readonly [ProtocolId, ProtocolId])[] = ALL_PROTOCOLS.map((id) => [id, id]);
  for (const from of ALL_PROTOCOLS) for (const to of ALL_PROTOCOLS) if (from !== to) pairs.push([from, to]);
  const rows = pairs.map(([from, to]) => {
    const streams = Array.from({ length: STREAMS }, (_, seed) => {
      const events = streamOf(from, seed);
      const jsons = events.filter((event) => event.data.startsWith("{")).map((event) => event.data);
      return { events, jsons, written: writtenValues(events, from, to) };
    });
    const [bare = 0, framed = 0, codec = 0, decode = 0] = compare([
      {
        name: "bare",
        run: inTurns(streams, ({ jsons, written }) => {
          let length = parseAll(jsons);
          for (const { value } of written) length += JSON.stringify(value).length;
          return length;
        }),
      },
      {
        name: "framed",
        run: inTurns(streams, ({ jsons, written }) => {
          let length = parseAll(jsons);
          for (const { name, value } of written) length += lookInto(frame(name, JSON.stringify(value)));
          return length;
        }),
      },
      { name: "codec", run: inTurns(streams, ({ events }) => convert(events, from, to)) },
      { name: "decode", run: inTurns(streams, ({ events }) => convert(events, from, undefined)) },
    ]).map((us) => us / (streams[0]?.events.length ?? 1));
    const name = from === to ? from : `${from} to ${to}`;
    const ratios = [codec / bare, codec / framed];
    return [name, ...[bare, framed, codec, decode, ...ratios].map((value) => value.toFixed(2))];
  });
  return table(
    [
      "streamed event",
      "parse + stringify us",
      "in frames us",
      "decode + encode us",
      "decode us",
      "ratio",
      "ratio to frames",
    ],
    rows,
  );
}

/** Runs with another stream each time. */
function inTurns<T>(streams: readonly T[], run: (stream: T) => number): () => number {
  let turn = 0;
  return () => run(streams[turn++ % streams.length] as T);
}

function parseAll(jsons: readonly string[]): number {
  let nulls = 0;
  for (const data of jsons) nulls += JSON.parse(data) === null ? 1 : 0;
  return nulls;
}

function frame(name: string, json: string): string {
  return name === "" ? sseData(json) : sseFrame(name, json);
}

/** Engines put a string together from its pieces when somebody looks into it, which sending it does. */
function lookInto(text: string): number {
  return text.length + text.charCodeAt(text.length >> 1);
}

interface Written {
  readonly name: string;
  readonly value: unknown;
}

/** The JSON values that a client gets, with the names of their events. */
function writtenValues(events: readonly WireEvent[], from: ProtocolId, to: ProtocolId): Written[] {
  const values: Written[] = [];
  const splitter = createSseSplitter((name, data) => {
    if (data.startsWith("{")) values.push({ name, value: JSON.parse(data) });
  }, Number.POSITIVE_INFINITY);
  const encoder = PROTOCOLS[to].createStreamEncoder((text) => splitter.push(Buffer.from(text)), replyContext());
  const decoder = PROTOCOLS[from].createStreamDecoder((event) => encoder.event(event), decodeContext(from));
  for (const { name, data } of events) if (data !== "") decoder.event(name, data);
  decoder.end();
  encoder.close();
  return values;
}

/** Runs a stream through decoder and encoder; returns what depends on all frames. */
function convert(events: readonly WireEvent[], from: ProtocolId, to: ProtocolId | undefined): number {
  let length = 0;
  const encoder = to
    ? PROTOCOLS[to].createStreamEncoder((text) => {
        length += lookInto(text);
      }, replyContext())
    : undefined;
  const decoder = PROTOCOLS[from].createStreamDecoder((event) => {
    if (encoder) encoder.event(event);
    else length += 1;
  }, decodeContext(from));
  for (const { name, data } of events) if (data !== "") decoder.event(name, data);
  decoder.end();
  encoder?.close();
  return length;
}

/** An answer with thinking, text in token-sized pieces and a tool call, as the simulator writes it. */
function streamOf(protocol: ProtocolId, seed: number): WireEvent[] {
  const answer = {
    id: "bench",
    thinking: answerText(2000, seed),
    text: answerPieces(400, seed),
    toolCalls: [{ name: "Edit", arguments: { file_path: "/home/dev/a.ts", new_string: answerText(2000, seed) } }],
  };
  const context = { model: "m", seed: "bench", inputTokens: 1000, includeUsage: true };
  const events: WireEvent[] = [];
  const splitter = createSseSplitter((name, data) => events.push({ name, data }), Number.POSITIVE_INFINITY);
  for (const frame of RENDERERS[protocol].frames(answer, context)) splitter.push(Buffer.from(frame.text));
  splitter.end();
  return events;
}
