// Sends one request through the gateway and shows what a client would see of it, as it comes.

import type { RequestRecord } from "../../core/request-record.ts";
import type { PlaygroundEvent } from "../contract/playground.ts";
import { toLogEntry, toLogRow } from "../log-view.ts";
import { newRequestId, type OwnRequest, sendOwnRequest } from "../own-request.ts";
import { createAnswerReader } from "./answer-reader.ts";
import { type EventSink, eventStream } from "./event-stream.ts";
import type { AdminParts } from "./parts.ts";

/** Answers may hold pictures. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** How long the record may take that follows the last byte. */
const RECORD_WAIT_MS = 2000;

export interface PlaygroundOptions {
  readonly parts: Pick<AdminParts, "gateway" | "probe" | "live" | "configFile">;
  readonly request: Pick<OwnRequest, "protocol" | "model" | "stream" | "body" | "onlyUpstreamId">;
  /** The browser has left. */
  readonly signal: AbortSignal;
  readonly mayGoOn: () => boolean;
  /** Called once when it is over. */
  readonly onEnd: () => void;
}

/** The stream of what happens. The request ends with its reader. */
export function playground(options: PlaygroundOptions): Response {
  return eventStream<PlaygroundEvent>({
    signal: options.signal,
    mayGoOn: options.mayGoOn,
    maxWaitingBytes: MAX_WAITING_BYTES,
    start(sink) {
      const reader = new AbortController();
      options.parts.gateway.background(play(options, sink, reader.signal).finally(() => sink.end()));
      return () => {
        reader.abort();
        options.onEnd();
      };
    },
  });
}

async function play(
  { parts, request }: PlaygroundOptions,
  sink: EventSink<PlaygroundEvent>,
  signal: AbortSignal,
): Promise<void> {
  const { gateway, probe, live, configFile } = parts;
  const startedMs = gateway.clock.monotonicMs();
  const atMs = () => Math.round(gateway.clock.monotonicMs() - startedMs);
  const tellError = (message: string) => void sink.send({ type: "error", message, at_ms: atMs() });
  const id = newRequestId(gateway);
  const ending = live.whenEnded(id);
  try {
    const config = configFile.current();
    const response = await sendOwnRequest(gateway, probe, {
      ...request,
      id,
      config,
      signal,
      userAgent: "apirouter-playground",
    });
    const headers = Object.fromEntries(response.headers);
    sink.send({ type: "head", status: response.status, headers, request_id: id, at_ms: atMs() });
    const answer = createAnswerReader({
      protocol: gateway.protocols[request.protocol],
      status: response.status,
      isStream: headers["content-type"]?.startsWith("text/event-stream") ?? false,
      onDelta: (delta) => void sink.send({ type: "delta", ...delta, at_ms: atMs() }),
      onError: tellError,
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
        sink.send({ type: "raw", text: decoder.decode(chunk, { stream: true }), at_ms: atMs() });
        answer.push(chunk);
      }
    } catch {
      tellError("the connection was reset, as clients of this protocol are told of a broken answer");
    }
    answer.end();
    const record = await within(ending.record, RECORD_WAIT_MS);
    sink.send({ type: "end", row: record ? toLogRow(toLogEntry(record), null) : null, at_ms: atMs() });
  } finally {
    ending.forget();
  }
}

async function within(record: Promise<RequestRecord>, ms: number): Promise<RequestRecord | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([record, late]);
  } finally {
    clearTimeout(timer);
  }
}
