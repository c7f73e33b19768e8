// From neutral events to a format's frames and back again, as a client's stream would be read.

import type { IrEvent } from "../../../src/core/event.ts";
import type { Loss } from "../../../src/core/loss.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import { createJsonArraySplitter } from "../../../src/lib/json-array.ts";
import { createSseSplitter } from "../../../src/lib/sse.ts";
import type { StreamEncoder, StreamFraming } from "../../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";
import { decodeContextFor, replyContextFor } from "./contexts.ts";

const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** An encoded stream. */
export interface EncodedStream {
  readonly text: string;
  readonly frames: readonly string[];
  readonly losses: readonly Loss[];
}

/** Drives an encoder; `drive` gets it together with the frames so far. */
export function encodeWith(
  protocol: ProtocolId,
  request: IrRequest,
  drive: (encoder: StreamEncoder, frames: readonly string[]) => void,
  framing: StreamFraming = "sse",
): EncodedStream {
  const losses: Loss[] = [];
  const frames: string[] = [];
  const context = replyContextFor(request, losses, framing);
  const encoder = PROTOCOLS[protocol].createStreamEncoder((frame) => frames.push(frame), context);
  drive(encoder, frames);
  encoder.close();
  return { text: frames.join(""), frames, losses };
}

/** Encodes a whole stream. */
export function encodeStream(
  protocol: ProtocolId,
  events: readonly IrEvent[],
  request: IrRequest,
  framing: StreamFraming = "sse",
): EncodedStream {
  return encodeWith(
    protocol,
    request,
    (encoder) => {
      for (const event of events) encoder.event(event);
    },
    framing,
  );
}

/** Decodes the text of a stream, cut into chunks of `chunkBytes`. */
export function decodeStream(
  protocol: ProtocolId,
  text: string,
  request: IrRequest,
  framing: StreamFraming = "sse",
  chunkBytes = 1000,
): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = PROTOCOLS[protocol].createStreamDecoder(
    (event) => events.push(event),
    decodeContextFor(protocol, request),
  );
  const handler = (name: string, data: string): void => {
    if (data !== "") decoder.event(name, data);
  };
  const splitter =
    framing === "sse" ? createSseSplitter(handler, MAX_EVENT_BYTES) : createJsonArraySplitter(handler, MAX_EVENT_BYTES);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) splitter.push(bytes.subarray(at, at + chunkBytes));
  splitter.end();
  decoder.end();
  return events;
}
