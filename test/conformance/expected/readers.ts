// The readers by format.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { readAnthropic } from "./read-anthropic.ts";
import { readChat } from "./read-chat.ts";
import { readGemini } from "./read-gemini.ts";
import { readResponses } from "./read-responses.ts";
import type { AnswerBody, Reading } from "./reading.ts";

export const READERS: Readonly<Record<ProtocolId, (body: AnswerBody) => Reading>> = {
  anthropic: readAnthropic,
  "openai-chat": readChat,
  "openai-responses": readResponses,
  gemini: readGemini,
};
