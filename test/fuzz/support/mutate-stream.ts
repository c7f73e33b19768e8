// Damages recorded streams: events dropped, doubled, swapped, cut, made up, with damaged JSON; bytes flipped; other line ends.

import { isTooDeep } from "../../../src/core/json-depth.ts";
import type { StreamFraming } from "../../../src/protocols/protocol.ts";
import { mutateJson, printMutated } from "./mutate-json.ts";
import type { Chooser } from "./settings.ts";

/** Bytes of a damaged stream, and what was done to it. */
export interface MutatedStream {
  readonly bytes: Uint8Array;
  readonly steps: readonly string[];
}

/** Damages a stream one to three times on the level of events and perhaps once on the level of bytes. */
export function mutateStream(
  text: string,
  framing: StreamFraming,
  choose: Chooser,
  donors: readonly string[],
): MutatedStream {
  const steps: string[] = [];
  const format = FORMATS[framing];
  let events = format.split(text);
  const isByteCase = choose.chance(35);
  const times = isByteCase ? choose.int(2) : 1 + choose.int(3);
  for (let at = 0; at < times && events.length > 0; at++) {
    const [name, mutate] = choose.pick(EVENT_MUTATIONS);
    steps.push(name);
    events = mutate(events, choose, { format, donors }) ?? events;
  }
  let bytes: Uint8Array = Buffer.from(format.join(events));
  if (isByteCase) {
    const [name, mutate] = choose.pick(BYTE_MUTATIONS);
    steps.push(name);
    bytes = mutate(bytes, choose);
  }
  return { bytes, steps };
}

/** How a framing holds its events. */
interface Format {
  split(text: string): string[];
  join(events: readonly string[]): string;
  /** The JSON text inside an event; undefined for comments and the like. */
  json(event: string): string | undefined;
  withJson(event: string, json: string): string;
  readonly strange: readonly string[];
}

const FORMATS: Readonly<Record<StreamFraming, Format>> = {
  sse: {
    split: (text) => text.split(/(?<=\n\n|\r\n\r\n)/),
    join: (events) => events.join(""),
    json: (event) => /^data: ?(\{.*\}) ?\r?$/m.exec(event)?.[1],
    withJson: (event, json) =>
      event.replace(/^(data: ?)\{.*\}( ?\r?)$/m, (_, head: string, tail: string) => head + json + tail),
    strange: [
      ": comment\n\n",
      "event: ping\ndata: {}\n\n",
      'event: brand_new\ndata: {"type":"brand_new","index":3,"delta":{"x":1}}\n\n',
      "data: [DONE]\n\n",
      "data:\n\n",
      "data: null\n\n",
      "data: []\n\n",
      "data: 17\n\n",
      'data: "text"\n\n',
      "data: {\n\n",
      "data: {}\n\n",
      "event: error\ndata: {}\n\n",
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
      'data: {"error":{"message":"boom","code":529,"status":"UNAVAILABLE"}}\n\n',
      "retry: 5\nid: 7\n\n",
      "\n\n\n",
      "garbage without a colon\n\n",
      "data: {\ndata: }\n\n",
    ],
  },
  "json-array": {
    split: (text) => splitArray(text),
    join: (events) => `[${events.join(",\r\n")}]`,
    json: (event) => event,
    withJson: (_, json) => json,
    strange: [
      "{}",
      '{"error":{"message":"boom","code":503,"status":"UNAVAILABLE"}}',
      "null",
      "[]",
      "17",
      '"text"',
      "{",
    ],
  },
};

function splitArray(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : [text];
  } catch {
    return [text]; // cut recordings
  }
}

interface MutationTools {
  readonly format: Format;
  /** Streams of the same protocol to take foreign events from. */
  readonly donors: readonly string[];
}

type EventMutation = (events: string[], choose: Chooser, tools: MutationTools) => string[] | undefined;

const mutateOneJson: EventMutation = (events, choose, { format, donors }) => {
  const candidates = events.flatMap((event, at) => (format.json(event) === undefined ? [] : [at]));
  if (candidates.length === 0) return undefined;
  const at = choose.pick(candidates);
  const event = events[at] as string;
  const value = parse(format.json(event) as string);
  const foreign = choose.chance(30) && donors.length > 0 ? format.split(choose.pick(donors)) : events;
  const donor = format.json(choose.pick(foreign));
  const mutated = printMutated(mutateJson(value, choose, donor === undefined ? [] : [parse(donor)]));
  return events.with(at, format.withJson(event, mutated));
};

const EVENT_MUTATIONS: readonly (readonly [string, EventMutation])[] = [
  ["json", mutateOneJson],
  ["json", mutateOneJson],
  ["json", mutateOneJson],
  ["json", mutateOneJson],
  ["drop", (events, choose) => events.toSpliced(choose.int(events.length), 1 + choose.int(3))],
  [
    "double",
    (events, choose) => {
      const at = choose.int(events.length);
      return events.toSpliced(at, 0, events[at] as string);
    },
  ],
  [
    "swap",
    (events, choose) => {
      const [one, other] = [choose.int(events.length), choose.int(events.length)];
      return events.with(one, events[other] as string).with(other, events[one] as string);
    },
  ],
  [
    "shuffle",
    (events, choose) => {
      const from = choose.int(events.length);
      const window = events.slice(from, from + 6).sort(() => choose.int(3) - 1);
      return events.toSpliced(from, window.length, ...window);
    },
  ],
  [
    "strange",
    (events, choose, { format }) => events.toSpliced(choose.int(events.length + 1), 0, choose.pick(format.strange)),
  ],
  [
    "graft",
    (events, choose, { format, donors }) =>
      donors.length === 0
        ? undefined
        : events.toSpliced(choose.int(events.length + 1), 0, choose.pick(format.split(choose.pick(donors)))),
  ],
  ["cut", (events, choose) => events.slice(0, choose.int(events.length))],
  ["append", (events, choose) => [...events, ...events.slice(choose.int(events.length))]],
  [
    "repeat",
    (events, choose) => {
      const at = choose.int(events.length);
      const event = events[at] as string;
      return event.length > 2000 ? undefined : events.toSpliced(at, 0, ...new Array<string>(30).fill(event));
    },
  ],
];

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? "too deep to be copied" : value;
  } catch {
    return text; // a recording may hold damaged JSON itself
  }
}

type ByteMutation = (bytes: Uint8Array, choose: Chooser) => Uint8Array;

const INVALID_UTF8 = ["ff", "c328", "80", "e28228", "f0288cbc", "c080", "eda080", "f4908080", "00", "efbbbf"];

const BYTE_MUTATIONS: readonly (readonly [string, ByteMutation])[] = [
  [
    "flip",
    (bytes, choose) => {
      const copy = Uint8Array.from(bytes);
      const times = 1 + choose.int(5);
      for (let at = 0; at < times; at++) {
        const place = choose.int(copy.length);
        copy[place] = (copy[place] ?? 0) ^ (1 << choose.int(8));
      }
      return copy;
    },
  ],
  ["truncate", (bytes, choose) => bytes.slice(0, choose.int(bytes.length + 1))],
  [
    "invalid-utf8",
    (bytes, choose) => inserted(bytes, choose.int(bytes.length + 1), Buffer.from(choose.pick(INVALID_UTF8), "hex")),
  ],
  [
    "remove-bytes",
    (bytes, choose) => {
      const from = choose.int(bytes.length + 1);
      return Buffer.concat([bytes.slice(0, from), bytes.slice(from + 1 + choose.int(30))]);
    },
  ],
  [
    "repeat-bytes",
    (bytes, choose) => {
      const from = choose.int(bytes.length + 1);
      return inserted(bytes, from, bytes.slice(from, from + choose.int(400)));
    },
  ],
  ["crlf", (bytes, choose) => replaced(bytes, "\n", choose.pick(["\r\n", "\r"]))],
  [
    "mixed-line-ends",
    (bytes, choose) =>
      Buffer.from(
        Buffer.from(bytes)
          .toString("latin1")
          .replace(/\n/g, () => choose.pick(["\n", "\r\n", "\r"])),
        "latin1",
      ),
  ],
  ["no-space", (bytes) => replaced(bytes, "data: ", "data:")],
  ["bom", (bytes) => inserted(bytes, 0, Buffer.from("efbbbf", "hex"))],
];

function inserted(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.slice(0, at), more, bytes.slice(at)]);
}

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll(from, to), "latin1");
}

/** Cuts bytes at random places, so that chunk borders fall inside events and characters. */
export function cutRandomly(bytes: Uint8Array, choose: Chooser): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const size = choose.pick([7, 100, 3000, 1_000_000]);
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + choose.int(size);
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}
