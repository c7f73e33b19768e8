// What debug mode keeps of an attempt: headers with credentials masked, bodies cut short.

import type { AttemptCapture } from "../core/request-record.ts";
import { maskSecret } from "../lib/secret.ts";

/** Bytes of a body that are kept. */
const MAX_BODY_BYTES = 16 * 1024;

const CREDENTIALS = new Set([
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
  "proxy-authorization",
  "cookie",
]);

/** Collects a capture; bodies may hold prompts, which is why only debug mode makes one. */
export class Capture {
  readonly #headers: Record<string, string>;
  readonly #request: string;
  readonly #chunks: Buffer[] = [];
  #held = 0;
  readonly #redact: (text: string) => string;

  /** `redact` takes secrets out of the answer's text. */
  constructor(
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | null,
    redact: (text: string) => string = (text) => text,
  ) {
    this.#redact = redact;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        CREDENTIALS.has(name) ? maskSecret(value.replace(/^Bearer /, "")) : value,
      ]),
    );
    this.#request = body ? textOf(body, body.length) : "";
  }

  /** Takes a piece of the answer; what is over the limit is dropped. */
  responseData(chunk: Uint8Array): void {
    const room = MAX_BODY_BYTES - this.#held;
    if (room <= 0) return;
    const piece = Buffer.from(chunk.subarray(0, room));
    this.#chunks.push(piece);
    this.#held += piece.length;
  }

  result(): AttemptCapture {
    return {
      requestHeaders: this.#headers,
      requestBody: this.#request,
      responseBody: this.#redact(Buffer.concat(this.#chunks).toString("utf8")),
    };
  }
}

function textOf(bytes: Uint8Array, length: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, MAX_BODY_BYTES)).toString("utf8");
  return length > MAX_BODY_BYTES ? `${text}… (${length} bytes)` : text;
}
