// Pieces of an answer to a Gemini client, shared by whole answers and streams: parts, sources, the last candidate fields.

import type { IrBlock, IrCitation, Opaque, ServerToolCallBlock, ServerToolResultBlock } from "../../core/block.ts";
import type { Loss, LossSink } from "../../core/loss.ts";
import { opaqueForClient } from "../../core/opaque-envelope.ts";
import type { IrStop } from "../../core/stop.ts";
import type { ReplyContext } from "../protocol.ts";
import type { AnyPart } from "./encode-parts.ts";
import { encodeGrounding, type GroundingSource } from "./grounding.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeMedia } from "./media.ts";
import { redactedForClient } from "./signatures.ts";
import { encodeStop } from "./stop-reason.ts";
import { asString, isObject, parseObject, type WireObject, type WirePart } from "./wire.ts";

/** What the candidate's last fields are made of, gathered while the answer is written. */
export interface AnswerNotes {
  readonly queries: string[];
  readonly pages: GroundingSource[];
  readonly texts: { text: string; citations: readonly IrCitation[] }[];
  /** Source metadata of a Gemini upstream, which goes back as it came. */
  ownMetadata: WireObject;
  logprobs: unknown[];
  /** A tool call's arguments were no JSON object: the call was not delivered. */
  hasBrokenCall: boolean;
}

/** Notes of an answer that has not begun. */
export function createAnswerNotes(): AnswerNotes {
  return { queries: [], pages: [], texts: [], ownMetadata: {}, logprobs: [], hasBrokenCall: false };
}

/** A signature for the client: its own protocol's as it is, a foreign one in an envelope. */
export function signatureField(opaque: Opaque | undefined): { thoughtSignature?: string } {
  return opaque === undefined ? {} : { thoughtSignature: opaqueForClient(opaque, "gemini") };
}

/** A function call for the client, or undefined when its arguments are no JSON object. */
export function callPart(
  call: {
    readonly id: string;
    readonly name: string;
    readonly kind: "function" | "custom";
    readonly opaque?: Opaque | undefined;
  },
  json: string,
  notes: AnswerNotes,
): WirePart | undefined {
  const args = call.kind === "custom" ? { input: json } : parseObject(json === "" ? "{}" : json);
  if (!args) {
    notes.hasBrokenCall = true;
    return undefined;
  }
  return { functionCall: { id: call.id, name: call.name, args }, ...signatureField(call.opaque) };
}

/** Parts of a block that is not text, thinking or a client's call; what Gemini cannot say is a loss. Never throws. */
export function wholeParts(block: IrBlock, notes: AnswerNotes, loss: LossSink): AnyPart[] {
  switch (block.type) {
    case "reasoning":
      return block.opaque ? [{ text: "", thought: true, thoughtSignature: redactedForClient(block.opaque) }] : [];
    case "image":
    case "document":
    case "audio":
    case "video":
      return mediaParts(block, loss);
    case "server-tool-call":
      return serverCallParts(block, notes, loss);
    case "server-tool-result":
      return serverResultParts(block, notes, loss);
    case "unknown":
      if (block.origin === "gemini" && isObject(block.wire)) return [block.wire];
      loss({ kind: "dropped", path: "content", feature: "unknown-block" });
      return [];
    default:
      loss({ kind: "dropped", path: "content", feature: block.type });
      return [];
  }
}

/** The fields that end a candidate: finish reason, sources, log probabilities. */
export function finishFields(stop: IrStop, notes: AnswerNotes): WireObject {
  const grounding = encodeGrounding(notes);
  const logprobs = encodeLogprobs(notes.logprobs);
  const finishReason = encodeStop(stop);
  // A call that the token limit has cut is no fault of the model: asked again, it would be cut again.
  const isBroken = notes.hasBrokenCall && finishReason !== "MAX_TOKENS";
  const message = isBroken ? "the arguments of a function call were not a json object" : stop.explanation;
  return {
    finishReason: isBroken ? "MALFORMED_FUNCTION_CALL" : finishReason,
    ...(message === undefined ? {} : { finishMessage: message }),
    ...(grounding ? { groundingMetadata: grounding } : {}),
    ...notes.ownMetadata,
    ...(logprobs ?? {}),
  };
}

/** The fields that every chunk carries beside its candidate. */
export function envelopeFields(context: ReplyContext): WireObject {
  const resume = isObject(context.resume) ? context.resume : {};
  return {
    modelVersion: asString(resume["modelVersion"]) ?? context.model,
    responseId: asString(resume["responseId"]) ?? context.responseId,
  };
}

function mediaParts(
  block: Extract<IrBlock, { type: "image" | "document" | "audio" | "video" }>,
  loss: LossSink,
): AnyPart[] {
  const losses: Loss[] = [];
  try {
    if (block.source.type === "base64")
      return [{ inlineData: { mimeType: block.source.mediaType, data: block.source.data } }];
    return [encodeMedia(block, "content", losses)];
  } catch {
    losses.push({
      kind: "dropped",
      path: "content",
      feature: "stored-file",
      detail: "only its own provider can read it",
    });
    return [];
  } finally {
    for (const item of losses) loss(item);
  }
}

function serverCallParts(block: ServerToolCallBlock, notes: AnswerNotes, loss: LossSink): AnyPart[] {
  if (block.origin === "gemini" && isObject(block.wire)) return ownParts(block.wire, notes);
  const input = isObject(block.input) ? block.input : {};
  if (block.tool === "web-search") {
    const { query, queries } = input;
    notes.queries.push(
      ...[query, ...(Array.isArray(queries) ? queries : [])].filter((text) => typeof text === "string"),
    );
    return [];
  }
  if (block.tool === "code-execution" && typeof input["code"] === "string") {
    return [{ executableCode: { language: "PYTHON", code: input["code"], id: block.id } }];
  }
  loss({ kind: "dropped", path: "content", feature: `server-tool-${block.tool}` });
  return [];
}

function serverResultParts(block: ServerToolResultBlock, notes: AnswerNotes, loss: LossSink): AnyPart[] {
  if (block.origin === "gemini" && isObject(block.wire)) return ownParts(block.wire, notes);
  if (block.tool === "web-search") {
    notes.pages.push(...(block.sources ?? []));
    return [];
  }
  if (block.tool === "code-execution") {
    const outcome = block.isError ? "OUTCOME_FAILED" : "OUTCOME_OK";
    return [{ codeExecutionResult: { outcome, output: block.text ?? "", id: block.callId } }];
  }
  loss({ kind: "dropped", path: "content", feature: `server-tool-${block.tool}` });
  return [];
}

/** What a Gemini upstream wrote: a part, or source metadata that belongs beside the content. */
function ownParts(wire: WireObject, notes: AnswerNotes): AnyPart[] {
  const isMetadata = "groundingMetadata" in wire || "urlContextMetadata" in wire;
  if (!isMetadata) return [wire];
  notes.ownMetadata = { ...notes.ownMetadata, ...wire };
  return [];
}
