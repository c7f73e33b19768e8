// All protocols by id. A new protocol adds its import and its entry here.

import type { ProtocolId } from "../core/protocol-id.ts";
import { anthropicProtocol } from "./anthropic/index.ts";
import { geminiProtocol } from "./gemini/index.ts";
import { openaiChatProtocol } from "./openai-chat/index.ts";
import { openaiResponsesProtocol } from "./openai-responses/index.ts";
import type { Protocol } from "./protocol.ts";

/** Every protocol the gateway speaks, in both roles. */
export const PROTOCOLS: Readonly<Record<ProtocolId, Protocol>> = {
  anthropic: anthropicProtocol,
  "openai-chat": openaiChatProtocol,
  "openai-responses": openaiResponsesProtocol,
  gemini: geminiProtocol,
};
