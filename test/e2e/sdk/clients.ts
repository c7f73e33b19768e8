// The official clients by the format that they speak.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { anthropicClient } from "./anthropic-client.ts";
import { chatClient } from "./chat-client.ts";
import { genaiClient } from "./genai-client.ts";
import { responsesClient } from "./responses-client.ts";
import type { SdkClient } from "./sdk-client.ts";

export const CLIENTS: Readonly<Record<ProtocolId, SdkClient>> = {
  anthropic: anthropicClient,
  "openai-chat": chatClient,
  "openai-responses": responsesClient,
  gemini: genaiClient,
};

export const FORMATS: readonly ProtocolId[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];
