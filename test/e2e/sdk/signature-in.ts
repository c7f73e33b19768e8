// Where requests carry the proof of earlier thinking.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { fields, list } from "../../conformance/expected/reading.ts";

/** The signature of that thinking in a request to an upstream; undefined when it carries none. */
export function signatureIn(upstream: ProtocolId, value: unknown, thinking: string): unknown {
  const body = fields(value);
  switch (upstream) {
    case "anthropic": {
      const blocks = list(body["messages"]).flatMap((message) => list(message["content"]));
      // A signature is good for its own thinking only.
      return blocks.find((block) => block["type"] === "thinking" && block["thinking"] === thinking)?.["signature"];
    }
    case "openai-responses":
      return list(body["input"]).find((item) => item["type"] === "reasoning")?.["encrypted_content"];
    case "gemini": {
      const parts = list(body["contents"]).flatMap((content) => list(content["parts"]));
      // A call is where Gemini checks it.
      return parts.find((part) => part["functionCall"] !== undefined)?.["thoughtSignature"];
    }
    case "openai-chat":
      return undefined;
  }
}
