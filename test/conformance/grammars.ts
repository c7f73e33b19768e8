// The grammar checkers of client-side streams by format.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { checkAnthropicStream } from "../support/grammar/check-anthropic-stream.ts";
import { checkChatStream } from "../support/grammar/check-chat-stream.ts";
import { checkGeminiStream } from "../support/grammar/check-gemini-stream.ts";
import { checkResponsesStream } from "../support/grammar/check-responses-stream.ts";
import type { Violation } from "../support/grammar/violation.ts";

export const GRAMMARS: Readonly<Record<ProtocolId, (stream: string) => Violation[]>> = {
  anthropic: checkAnthropicStream,
  "openai-chat": (stream) => checkChatStream(stream),
  "openai-responses": checkResponsesStream,
  gemini: checkGeminiStream,
};
