// Reads along in an answer of the gateway, as a client of its protocol would, and tells what it says.

import type { IrEvent } from "../../core/event.ts";
import { replayResponse } from "../../core/replay-response.ts";
import { createSseSplitter } from "../../lib/sse.ts";
import type { DecodeContext, Protocol } from "../../protocols/protocol.ts";

export type AnswerDelta = { readonly kind: "text" | "thinking" | "tool"; readonly text: string };

export interface AnswerReader {
  /** The next bytes of the body, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** The body has ended. */
  end(): void;
}

export interface AnswerReaderOptions {
  readonly protocol: Protocol;
  readonly status: number;
  readonly isStream: boolean;
  readonly onDelta: (delta: AnswerDelta) => void;
  /** The answer is an error, or ends in one. */
  readonly onError: (message: string) => void;
}

const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** Creates a reader for one answer. Never throws on bad input. */
export function createAnswerReader(options: AnswerReaderOptions): AnswerReader {
  const kinds = new Map<number, AnswerDelta["kind"]>();

  function read(event: IrEvent): void {
    if (event.type === "error") options.onError(event.error.message);
    else if (event.type === "block-start") {
      const { block } = event;
      if (block.type === "tool-call") {
        kinds.set(event.index, "tool");
        options.onDelta({ kind: "tool", text: `${block.name} ` });
      } else kinds.set(event.index, block.type === "reasoning" ? "thinking" : "text");
    } else if (event.type === "block-delta") {
      const { delta } = event;
      if (delta.type === "text" || delta.type === "arguments")
        options.onDelta({ kind: kinds.get(event.index) ?? "text", text: delta.text });
    }
  }

  return options.isStream ? readStream(options.protocol, read) : readWhole(options, read);
}

const CONTEXT: Omit<DecodeContext, "origin"> = { quirks: {}, mintId: () => "0".repeat(24), loss: () => undefined };

function readStream(protocol: Protocol, read: (event: IrEvent) => void): AnswerReader {
  const decoder = protocol.createStreamDecoder(read, { ...CONTEXT, origin: { protocol: protocol.id } });
  const splitter = createSseSplitter((name, data) => {
    if (data !== "") decoder.event(name, data);
  }, MAX_EVENT_BYTES);
  let isWhole = true;
  return {
    push(chunk) {
      isWhole &&= splitter.push(chunk);
    },
    end() {
      if (isWhole) splitter.end();
      decoder.end();
    },
  };
}

function readWhole({ protocol, status, onError }: AnswerReaderOptions, read: (event: IrEvent) => void): AnswerReader {
  const chunks: Uint8Array[] = [];
  return {
    push: (chunk) => void chunks.push(chunk),
    end() {
      const text = Buffer.concat(chunks).toString("utf8");
      let body: unknown = text;
      try {
        body = JSON.parse(text);
      } catch {
        // Not JSON: read as text, as errors often are.
      }
      if (status >= 400) {
        onError(protocol.decodeError(status, body).message);
        return;
      }
      const answer = protocol.decodeResponse(body, { ...CONTEXT, origin: { protocol: protocol.id } });
      if ("error" in answer) onError(answer.error.message);
      else replayResponse(answer, read);
    },
  };
}
