// Reads a request body within its limits and undoes its compression.

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { Limits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";

/** Encodings in one request; each costs a pass over the body. */
const MAX_LAYERS = 4;

/** Slowest pace that is put up with, once the first silence has passed. */
const MIN_BYTES_PER_SECOND = 32 * 1024;
/** Longest time that the server can watch over by itself, seconds; longer ones need a timer each. */
const MAX_WATCHED_SECONDS = 240;
/** Silence inside a body where no setting says otherwise, milliseconds. */
const IDLE_MS = 30_000;

/**
 * The body's bytes, unpacked. `setTimeLimit` sets the seconds after which the server drops the connection whatever
 * comes over it, 0 for never: Bun does not take arriving bytes for a sign of life (1.4.5), so the limit grows with the
 * size announced. A body of unknown size has a limit for each silence. Throws GatewayError: `client-too-large` beyond `maxBytes` (packed or unpacked),
 * `client-unsupported-media` for an unknown encoding, `client-invalid-request` for damaged data.
 */
export async function readRequestBody(
  request: Request,
  headers: ClientHeaders,
  limits: Pick<Limits, "maxRequestBytes" | "bodyIdleMs">,
  setTimeLimit: (seconds: number) => void,
): Promise<Uint8Array> {
  const { maxRequestBytes: maxBytes, bodyIdleMs } = limits;
  const length = headers.get("content-length");
  // The same length given twice arrives as "3, 3": taken as unknown, it would slip past the limit.
  if (length !== null && !/^\d+$/.test(length))
    throw new GatewayError("client-invalid-request", "content-length: expected one whole number");
  const announced = Number(length ?? "-1");
  if (announced > maxBytes) throw tooLarge(maxBytes, `${announced} bytes`);
  const encoding = headers.get("content-encoding");
  // Asking for `request.body` makes a stream of it, which costs more than all the rest: only where it is needed.
  const isAnnounced = announced >= 0 || headers.get("transfer-encoding") === null;
  if (!isAnnounced) setTimeLimit(0);
  const bytes = isAnnounced
    ? await readAnnounced(request, Math.max(0, announced), bodyIdleMs, setTimeLimit)
    : await readCapped(request, maxBytes, bodyIdleMs);
  return asBuffer(encoding ? unpack(bytes, encoding, maxBytes) : bytes);
}

async function readAnnounced(
  request: Request,
  announced: number,
  idleMs: number,
  setTimeLimit: (seconds: number) => void,
): Promise<Uint8Array> {
  const seconds = Math.ceil(idleMs / 1000 + announced / MIN_BYTES_PER_SECOND);
  const isWatched = seconds <= MAX_WATCHED_SECONDS;
  setTimeLimit(isWatched ? seconds : 0);
  try {
    return isWatched ? await request.bytes() : await within(seconds * 1000, request.bytes());
  } catch (error) {
    throw clientGone(request, error);
  }
}

/** Waits for `promise`, or throws after `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): GatewayError {
  return new GatewayError("client-invalid-request", "body: expected it in time, found it too slow", { status: 408 });
}

/** A client that left, or was dropped for its slowness, in the middle of its body. */
function clientGone(request: Request, error: unknown): unknown {
  if (error instanceof GatewayError || !request.signal.aborted) return error;
  return new GatewayError("client-closed", "the client left, or was too slow, before its body was complete", {
    cause: error,
  });
}

/**
 * Reads a body of unknown length. Throws GatewayError: `client-too-large` as soon as it is longer than `maxBytes`,
 * `client-invalid-request` (408) after a silence of `idleMs`, `client-closed` when the client has left.
 */
export async function readCapped(request: Request, maxBytes: number, idleMs = IDLE_MS): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { value, done } = await within(idleMs, reader.read());
      if (done) return Buffer.concat(chunks);
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes, "more");
      chunks.push(value);
    }
  } catch (error) {
    throw clientGone(request, error);
  }
}

function unpack(bytes: Uint8Array, encoding: string, maxBytes: number): Uint8Array {
  const layers = encoding
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (layers.length > MAX_LAYERS) {
    throw new GatewayError(
      "client-unsupported-media",
      `content-encoding: expected at most ${MAX_LAYERS} encodings, found ${layers.length}`,
    );
  }
  let unpacked = bytes;
  // The last one named was applied last.
  for (const layer of layers.reverse()) unpacked = unpackLayer(unpacked, layer, maxBytes);
  return unpacked;
}

function unpackLayer(bytes: Uint8Array, layer: string, maxBytes: number): Uint8Array {
  const unpacker = UNPACKERS.get(layer);
  if (!unpacker) {
    throw new GatewayError(
      "client-unsupported-media",
      `content-encoding: expected gzip, deflate, br or zstd, found ${JSON.stringify(layer.slice(0, 40))}`,
    );
  }
  try {
    return unpacker(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes, "more after unpacking");
    throw new GatewayError("client-invalid-request", `body: expected valid ${layer} data, found damaged data`, {
      cause: error,
    });
  }
}

type Unpacker = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const UNPACKERS: ReadonlyMap<string, Unpacker> = new Map<string, Unpacker>([
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflateEither],
  ["br", brotliDecompressSync],
  ["zstd", zstdDecompressSync],
]);

/** `deflate` means zlib data, but some clients send it raw. */
function inflateEither(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
  return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
}

function tooLarge(maxBytes: number, found: string): GatewayError {
  return new GatewayError("client-too-large", `body: expected at most ${maxBytes} bytes, found ${found}`);
}
