// A whole answer. Goes through the same machine as streams, so both read every field alike.

import { createResponseCollector } from "../../core/collect-response.ts";
import { isTooDeep } from "../../core/json-depth.ts";
import type { IrResponse } from "../../core/response.ts";
import { tokenCount } from "../../core/usage.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { DecodeContext } from "../protocol.ts";
import { createAnswerReader } from "./answer-reader.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import { describe, isObject } from "./wire.ts";

/**
 * Reads an answer, or the error in it. Tolerates `{response: …}` and a JSON array of chunks (what a stream without
 * `alt=sse` sends); anything without candidates or prompt feedback is `malformed`. Never throws.
 */
export function decodeResponse(body: unknown, context: DecodeContext): IrResponse | { readonly error: WireError } {
  if (isTooDeep(body)) return { error: { message: "the upstream's answer nests too deep", malformed: true } };
  const collector = createResponseCollector();
  const reader = createAnswerReader((event) => collector.event(event), context as GeminiDecodeContext);
  const chunks = Array.isArray(body) ? body : [body];
  for (const chunk of chunks) reader.chunk(chunk);
  reader.end(true);
  return collector.result() ?? { error: { message: `expected an answer, found ${describe(body)}`, malformed: true } };
}

/** Token count out of a countTokens answer, bare or enveloped; null when there is none. */
export function decodeCount(body: unknown): number | null {
  if (!isObject(body)) return null;
  const holder = isObject(body["response"]) ? body["response"] : body;
  return tokenCount(holder["totalTokens"]) ?? null;
}
