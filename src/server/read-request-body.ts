// Reads a request body within its limits and undoes its compression.

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { GatewayError } from "../core/errors.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";

/** Encodings in one request; each costs a pass over the body. */
const MAX_LAYERS = 4;

/**
 * The body's bytes, unpacked. Throws GatewayError: `client-too-large` beyond `maxBytes` (packed or unpacked),
 * `client-unsupported-media` for an unknown encoding, `client-invalid-request` for damaged data.
 */
export async function readRequestBody(request: Request, headers: ClientHeaders, maxBytes: number): Promise<Uint8Array> {
  const length = headers.get("content-length");
  // The same length given twice arrives as "3, 3": taken as unknown, it would slip past the limit.
  if (length !== null && !/^\d+$/.test(length))
    throw new GatewayError("client-invalid-request", "content-length: expected one whole number");
  const announced = Number(length ?? "-1");
  if (announced > maxBytes) throw tooLarge(maxBytes, `${announced} bytes`);
  const encoding = headers.get("content-encoding");
  // Asking for `request.body` makes a stream of it, which costs more than all the rest: only where it is needed.
  const bytes =
    announced >= 0 || headers.get("transfer-encoding") === null
      ? await request.bytes()
      : await readCapped(request, maxBytes);
  return asBuffer(encoding ? unpack(bytes, encoding, maxBytes) : bytes);
}

/** Reads a body of unknown length. Throws GatewayError `client-too-large` as soon as it is longer than `maxBytes`. */
export async function readCapped(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes, "more");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
