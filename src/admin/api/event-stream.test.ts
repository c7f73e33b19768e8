import { describe, expect, test } from "bun:test";
import { type EventSink, eventStream } from "./event-stream.ts";

type Event = { readonly type: string; readonly n?: number; readonly text?: string };

function open(options: { start?: (sink: EventSink<Event>) => void; signal?: AbortSignal; maxWaitingBytes?: number }) {
  let sink: EventSink<Event> | undefined;
  let stops = 0;
  const response = eventStream<Event>({
    signal: options.signal ?? new AbortController().signal,
    mayGoOn: () => true,
    ...(options.maxWaitingBytes !== undefined && { maxWaitingBytes: options.maxWaitingBytes }),
    start(given) {
      sink = given;
      options.start?.(given);
      return () => {
        stops += 1;
      };
    },
  });
  return { response, sink: sink as EventSink<Event>, stops: () => stops };
}

describe("a stream of events", () => {
  test("names each event by its type and ends in order, once", async () => {
    const { response, sink, stops } = open({ start: (opened) => opened.send({ type: "first", n: 1 }) });
    sink.send({ type: "second", text: "a\nb" });
    sink.end();
    sink.end();
    expect(sink.send({ type: "late" })).toBe(false);
    expect(await response.text()).toBe(
      'event: first\ndata: {"type":"first","n":1}\n\nevent: second\ndata: {"type":"second","text":"a\\nb"}\n\n',
    );
    expect(stops()).toBe(1);
  });

  test("drops a reader that does not read, with a bound on what waits", () => {
    const { sink, stops } = open({ maxWaitingBytes: 1000 });
    let sent = 0;
    while (sink.send({ type: "news", text: "x".repeat(100) })) sent += 1;
    expect(sent).toBeLessThan(10);
    expect(stops()).toBe(1);
    expect(sink.send({ type: "news" })).toBe(false);
  });

  test("ends when its reader leaves, in either way", async () => {
    const abort = new AbortController();
    const aborted = open({ signal: abort.signal });
    abort.abort();
    expect(aborted.stops()).toBe(1);
    expect(aborted.sink.send({ type: "news" })).toBe(false);
    const cancelled = open({});
    await cancelled.response.body?.cancel();
    expect(cancelled.stops()).toBe(1);
    expect(open({ signal: abort.signal }).stops()).toBe(1);
  });

  test("is over before it begins when its start ends it or throws", async () => {
    const ended = open({ start: (sink) => sink.end() });
    expect(await ended.response.text()).toBe("");
    expect(ended.stops()).toBe(1);
    const refuse = () => {
      throw new Error("too many");
    };
    expect(() => open({ start: refuse })).toThrow("too many");
  });
});
