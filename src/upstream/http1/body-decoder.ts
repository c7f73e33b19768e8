// Undoes a content-encoding that was not asked for (we send `accept-encoding: identity`), chunk by chunk so that events
// of a stream come out as they come in, and stops decompression bombs.

import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";

/** Output may exceed this many times the input once it is beyond `RATIO_FROM_BYTES`. */
const MAX_RATIO = 100;
const RATIO_FROM_BYTES = 1024 * 1024;

/** What a decoder reports, asynchronously; nothing after `decoderEnd`, `decoderFailed` or `stop()`. */
export interface DecoderOutput {
  /** Valid during the call; never empty. */
  decoderData(chunk: Uint8Array): void;
  decoderEnd(): void;
  /** `detail` is zlib's code, or BOMB. */
  decoderFailed(detail: string): void;
  /** Compressed bytes pile up (true): stop reading from the connection; or have been worked off (false). */
  decoderCongested(isCongested: boolean): void;
}

export interface BodyDecoder {
  /** Copies what it needs. */
  push(chunk: Uint8Array): void;
  /** No more input follows. A compressed body that is cut short is a failure, an empty one is not. */
  end(): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

/** `decode` undoes the named coding; `none` for bodies sent as they are; `refused` for what cannot be decoded. */
export type EncodingVerdict =
  | { readonly type: "none" | "refused" }
  | { readonly type: "decode"; readonly coding: string };

const NONE: EncodingVerdict = { type: "none" };
/** `identity`, and what some servers put there instead. */
const NO_CODING: ReadonlySet<string> = new Set(["", "identity", "none", "utf-8", "utf8"]);

/** Judges a `content-encoding` value (undefined: no header). Two encodings on top of each other are refused. */
export function judgeEncoding(value: string | undefined): EncodingVerdict {
  if (value === undefined) return NONE;
  const codings = value
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter((part) => !NO_CODING.has(part));
  if (codings.length === 0) return NONE;
  const coding = codings[0]!;
  return codings.length === 1 && STREAMS.has(coding) ? { type: "decode", coding } : { type: "refused" };
}

/** Creates the decoder for a coding that `judgeEncoding` accepted. */
export function createBodyDecoder(coding: string, output: DecoderOutput): BodyDecoder {
  return new StreamDecoder(coding, output);
}

const STREAMS: ReadonlyMap<string, (firstByte: number) => Transform> = new Map<
  string,
  (firstByte: number) => Transform
>([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["br", () => createBrotliDecompress()],
  ["zstd", () => createZstdDecompress()],
  // Some servers mean the bare format: a zlib header's low four bits are 8.
  ["deflate", (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw())],
]);

class StreamDecoder implements BodyDecoder {
  readonly #coding: string;
  #output: DecoderOutput | null;
  #stream: Transform | null = null;
  #inputBytes = 0;
  #outputBytes = 0;
  #isPaused = false;

  constructor(coding: string, output: DecoderOutput) {
    this.#coding = coding;
    this.#output = output;
  }

  push(chunk: Uint8Array): void {
    if (this.#output === null) return;
    this.#inputBytes += chunk.length;
    this.#stream ??= this.#open(chunk[0]!);
    // The chunk is only ours during the call, and the stream works later.
    if (!this.#stream.write(Buffer.from(chunk))) this.#output.decoderCongested(true);
  }

  end(): void {
    if (this.#stream !== null) this.#stream.end();
    else queueMicrotask(() => this.#finish()?.decoderEnd());
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  stop(): void {
    this.#finish();
  }

  #open(firstByte: number): Transform {
    const stream = STREAMS.get(this.#coding)!(firstByte);
    stream.on("data", (chunk: Buffer) => this.#deliver(chunk));
    stream.on("drain", () => this.#output?.decoderCongested(false));
    stream.on("end", () => this.#finish()?.decoderEnd());
    stream.on("error", (error: Error & { code?: string }) =>
      this.#finish()?.decoderFailed(error.code ?? error.message),
    );
    if (this.#isPaused) stream.pause();
    return stream;
  }

  #deliver(chunk: Buffer): void {
    if (this.#output === null || chunk.length === 0) return;
    this.#outputBytes += chunk.length;
    if (this.#outputBytes > RATIO_FROM_BYTES && this.#outputBytes > this.#inputBytes * MAX_RATIO) {
      this.#finish()?.decoderFailed("BOMB");
      return;
    }
    this.#output.decoderData(chunk);
  }

  /** Ends all reports; returns whom to tell why, null when that was done already. */
  #finish(): DecoderOutput | null {
    const output = this.#output;
    this.#output = null;
    this.#stream?.destroy();
    return output;
  }
}
