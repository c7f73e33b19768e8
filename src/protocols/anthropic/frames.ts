// The frames of a streamed answer as text. Deltas are put together by hand: they are the hot path.

import type { GatewayError } from "../../core/errors.ts";
import { sseFrame } from "../../lib/sse.ts";
import { errorEvent } from "./errors.ts";
import type { EncodedStop } from "./stop-reason.ts";
import type { WireObject } from "./wire.ts";

/** Keeps a silent connection alive; Claude Code counts events, not comments. @source clients.md §2 */
export const PING_FRAME = sseFrame("ping", '{"type":"ping"}');

/** The last frame of every complete answer. */
export const MESSAGE_STOP_FRAME = sseFrame("message_stop", '{"type":"message_stop"}');

/** First frame: the message without content. */
export function messageStartFrame(shell: WireObject, usage: WireObject): string {
  const message = { ...shell, content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage };
  return sseFrame("message_start", JSON.stringify({ type: "message_start", message }));
}

/** Opens a block. */
export function blockStartFrame(index: number, block: WireObject): string {
  return sseFrame(
    "content_block_start",
    `{"type":"content_block_start","index":${index},"content_block":${JSON.stringify(block)}}`,
  );
}

/** Ends a block. */
export function blockStopFrame(index: number): string {
  return sseFrame("content_block_stop", `{"type":"content_block_stop","index":${index}}`);
}

/** Text of an open text block. */
export function textDeltaFrame(index: number, text: string): string {
  return deltaFrame(index, `{"type":"text_delta","text":${JSON.stringify(text)}}`);
}

/** Text of an open thinking block. */
export function thinkingDeltaFrame(index: number, text: string): string {
  return deltaFrame(index, `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
}

/** Signature of an open thinking block; clients replace, so it is sent once, right before the end of the block. */
export function signatureDeltaFrame(index: number, signature: string): string {
  return deltaFrame(index, `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`);
}

/** A piece of the arguments of an open tool block. */
export function argumentsDeltaFrame(index: number, json: string): string {
  return deltaFrame(index, `{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`);
}

/** A citation of an open text block. */
export function citationDeltaFrame(index: number, citation: WireObject): string {
  return deltaFrame(index, `{"type":"citations_delta","citation":${JSON.stringify(citation)}}`);
}

/** How the answer ended, with the final token counts. */
export function messageDeltaFrame(stop: EncodedStop, usage: WireObject): string {
  return sseFrame(
    "message_delta",
    JSON.stringify({ type: "message_delta", delta: { ...stop, container: null }, usage }),
  );
}

/** A failure inside a running answer; nothing follows it. */
export function errorFrame(error: GatewayError): string {
  return sseFrame("error", JSON.stringify(errorEvent(error)));
}

function deltaFrame(index: number, delta: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":${delta}}\n\n`;
}
