// A whole answer for a Gemini client.

import type { IrResponse } from "../../core/response.ts";
import type { ReplyContext } from "../protocol.ts";
import {
  type AnswerNotes,
  callPart,
  createAnswerNotes,
  envelopeFields,
  finishFields,
  signatureField,
  wholeParts,
} from "./answer-output.ts";
import type { AnyPart } from "./encode-parts.ts";
import { encodeUsage } from "./usage.ts";
import { asArray, type WireObject } from "./wire.ts";

/** Writes the answer; there is always at least one part, because clients read `parts[0]` without looking. */
export function encodeResponse(response: IrResponse, context: ReplyContext): WireObject {
  const notes = createAnswerNotes();
  const parts: AnyPart[] = [];
  for (const block of response.content) parts.push(...blockParts(block, notes, context));
  notes.logprobs = [...asArray(response.logprobs)];
  const content = { parts: parts.length > 0 ? parts : [{ text: "" }], role: "model" };
  const fields = finishFields(response.stop, notes);
  return {
    candidates: [{ content, ...fields, index: 0 }],
    usageMetadata: encodeUsage(response.usage),
    ...envelopeFields(context),
  };
}

function blockParts(block: IrResponse["content"][number], notes: AnswerNotes, context: ReplyContext): AnyPart[] {
  switch (block.type) {
    case "text":
      notes.texts.push({ text: block.text, citations: block.citations ?? [] });
      if (block.text === "" && !block.opaque) return [];
      return [{ text: block.text, ...signatureField(block.opaque) }];
    case "refusal":
      return block.text === "" ? [] : [{ text: block.text }];
    case "reasoning":
      if (block.redacted) return wholeParts(block, notes, context.loss);
      if (block.text === "" && !block.opaque) return [];
      return [{ text: block.text, thought: true, ...signatureField(block.opaque) }];
    case "tool-call": {
      const part = callPart(block, block.arguments, notes);
      return part ? [part] : [];
    }
    default:
      return wholeParts(block, notes, context.loss);
  }
}
