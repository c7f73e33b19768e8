// Puts the beginning of an answer behind a conversation, for an upstream that is to go on with it.

import type { IrRequest } from "./request.ts";

/**
 * A copy that ends with `text` as the assistant's own words. White space at its end is left out: providers refuse it
 * there (Anthropic, seen 2026-11).
 */
export function withPrefill(request: IrRequest, text: string): IrRequest {
  const content = [{ type: "text", text: text.trimEnd() }] as const;
  return { ...request, messages: [...request.messages, { role: "assistant", content }] };
}
