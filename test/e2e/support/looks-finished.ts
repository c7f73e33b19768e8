// Whether a stream could be taken for a complete answer.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { streamEvents } from "./client-calls.ts";

/** Whether a stream holds anything by which a client takes it for complete. */
export function looksFinished(protocol: ProtocolId, text: string): boolean {
  if (/^data: ?\[DONE\]/m.test(text)) return true;
  const types = new Set(streamEvents(text).map((event) => event["type"]));
  switch (protocol) {
    case "anthropic":
      return types.has("message_stop") || /"stop_reason":"/.test(text);
    case "openai-chat":
      return /"finish_reason":"/.test(text);
    case "openai-responses":
      return types.has("response.completed") || types.has("response.incomplete");
    case "gemini":
      return /"finishReason":/.test(text);
  }
}
