// The rules for request bodies by upstream format, and models that differ in what they accept.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { anthropicFaults } from "./anthropic-body.ts";
import { chatFaults } from "./chat-body.ts";
import { geminiFaults } from "./gemini-body.ts";
import { responsesFaults } from "./responses-body.ts";

/** What is wrong with a body for a model; `[]` means nothing. */
export const BODY_FAULTS: Readonly<Record<ProtocolId, (body: unknown, model: string) => string[]>> = {
  anthropic: anthropicFaults,
  "openai-chat": chatFaults,
  "openai-responses": responsesFaults,
  gemini: geminiFaults,
};

/** An older and a newer model of each format. */
export const MODELS: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: ["claude-sonnet-4-5", "claude-opus-5-5"],
  "openai-chat": ["glm-4.6"],
  "openai-responses": ["gpt-4.1-mini", "gpt-5.4"],
  gemini: ["gemini-2.5-pro", "gemini-3-pro-preview"],
};
