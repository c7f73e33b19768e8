// Ways to compare streams: by their events, whatever stands between them, and without what differs each time.

import { readFrames } from "../support/grammar/read-frames.ts";
import { fields, list, text } from "./expected/reading.ts";

/** An event of a stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** The events of a stream; comments and empty frames are none. A JSON array's elements count as events. */
export function eventsOf(stream: string): StreamEvent[] {
  if (stream.trimStart().startsWith("["))
    return list(JSON.parse(stream)).map((element) => ({ event: "", data: JSON.stringify(element) }));
  return readFrames(stream)
    .frames.filter((frame) => !frame.isComment && frame.data.length > 0)
    .map(({ event, data }) => ({ event, data: data.join("\n") }));
}

/** Types of events that nothing follows, whatever some servers add: a second message, `[DONE]`. */
const LAST_TYPES = ["message_stop", "response.completed", "response.incomplete"];

/** Events up to and with the one that ends the answer. */
export function upToEnd(events: readonly StreamEvent[]): StreamEvent[] {
  const end = events.findIndex(({ data }) => LAST_TYPES.includes(text(fields(parse(data))["type"])));
  return end < 0 ? [...events] : events.slice(0, end + 1);
}

/** The same text with ids and times of ours replaced by their order of appearance. */
export function withoutIds(stream: string): string {
  const seen = new Map<string, string>();
  return stream
    .replace(/(?<![0-9A-Za-z+/=])[0-9A-Za-z]{24}(?:\d{4})?(?![0-9A-Za-z+/=])/g, (id) => {
      if (!seen.has(id)) seen.set(id, `id-${seen.size}`);
      return seen.get(id) ?? id;
    })
    .replace(/"(created|created_at|completed_at)":\d+/g, '"$1":0');
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // `[DONE]`
  }
}
