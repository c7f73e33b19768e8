// Neutral blocks of a conversation as Gemini parts: what a user says, what a model said, what a tool answered.

import type { IrBlock, ToolCallBlock, ToolResultBlock } from "../../core/block.ts";
import { argumentsObject } from "../../core/call-arguments.ts";
import type { Loss } from "../../core/loss.ts";
import type { UpstreamTarget } from "../protocol.ts";
import { encodeMedia } from "./media.ts";
import type { ModelFacts } from "./model-facts.ts";
import { fittingSignature } from "./signatures.ts";
import type { ToolNames } from "./tool-names.ts";
import { flatToolName } from "./tools.ts";
import { isObject, type WireFunctionResponse, type WireObject, type WirePart } from "./wire.ts";

/** A part of ours or one that goes back as it came. */
export type AnyPart = WirePart | WireObject;

/** What encoding blocks depends on. */
export interface PartOptions {
  readonly target: UpstreamTarget;
  readonly facts: ModelFacts;
  /** Calls and results carry their ids. */
  readonly sendsIds: boolean;
  readonly names: ToolNames;
  readonly losses: Loss[];
}

/** A call in the history and the part that was made of it. */
export interface EncodedCall {
  readonly id: string;
  readonly wireName: string;
}

/** Parts of what a user (or an instruction in the middle) says; tool results are skipped, the caller places them. */
export function encodeUserBlock(block: IrBlock, path: string, options: PartOptions): AnyPart[] {
  switch (block.type) {
    case "text":
      noteTextLosses(block, path, options.losses);
      return block.text === "" ? [] : [{ text: block.text }];
    case "image":
    case "document":
    case "audio":
    case "video":
      return [encodeMedia(block, path, options.losses)];
    case "tool-result":
      return [];
    case "unknown":
      return encodeUnknown(block.origin, block.wire, path, options);
    default:
      options.losses.push({ kind: "dropped", path, feature: block.type });
      return [];
  }
}

/**
 * Parts of one assistant turn; adds the calls among them to `calls` and skips results, which the caller places.
 * Signatures go only where they were made; thinking without one is left out.
 */
export function encodeModelBlocks(
  blocks: readonly IrBlock[],
  path: string,
  calls: EncodedCall[],
  options: PartOptions,
): AnyPart[] {
  const parts: AnyPart[] = [];
  let carried: string | undefined;
  for (const [index, block] of blocks.entries()) {
    const at = `${path}.content[${index}]`;
    if (block.type === "reasoning") {
      const signature = options.facts.hasThoughts ? fittingSignature(block.opaque, options.target) : undefined;
      if (signature === undefined) options.losses.push({ kind: "dropped", path: at, feature: "reasoning" });
      else if (block.text === "") carried = signature;
      else parts.push({ text: block.text, thought: true, thoughtSignature: signature });
    } else if (block.type === "tool-call") {
      const own = ownSignature(block, at, options);
      const wireName = options.names.toWire(flatToolName(block.name, block.namespace));
      parts.push(encodeCall(block, wireName, own ?? carried, at, options));
      if (own === undefined) carried = undefined;
      calls.push({ id: block.id, wireName });
    } else parts.push(...encodeModelBlock(block, at, options));
  }
  if (carried !== undefined) signLastText(parts, carried);
  return parts;
}

/** A tool's answer: the part itself and media that has to stand in a content of its own. */
export function encodeResult(
  result: ToolResultBlock,
  call: EncodedCall,
  path: string,
  options: PartOptions,
): { part: WirePart; media: AnyPart[] } {
  const texts: string[] = [];
  const nested: { inlineData: { mimeType: string; data: string } }[] = [];
  const media: AnyPart[] = [];
  for (const [index, block] of result.content.entries()) {
    const at = `${path}.content[${index}]`;
    if (block.type === "text") texts.push(block.text);
    else if (block.type === "unknown")
      texts.push(typeof block.wire === "string" ? block.wire : JSON.stringify(block.wire));
    else {
      const part = encodeMedia(block, at, options.losses);
      const { inlineData, text } = part;
      if (text !== undefined) texts.push(text);
      else if (block.type === "image" && inlineData?.data && options.facts.nestsToolImages) {
        nested.push({ inlineData: { mimeType: inlineData.mimeType ?? "", data: inlineData.data } });
      } else media.push(part);
    }
  }
  if (result.cache) options.losses.push({ kind: "dropped", path: `${path}.cache_control`, feature: "cache-control" });
  const text = texts.filter((line) => line !== "").join("\n");
  return {
    part: { functionResponse: response(call, result.isError ? { error: text } : { output: text }, nested, options) },
    media,
  };
}

/** What stands in for the answer of a call that was never answered. */
export function missingResult(call: EncodedCall, options: PartOptions): WirePart {
  return { functionResponse: response(call, { error: "no result (interrupted)" }, [], options) };
}

/** Text of a result whose call is not in the history. */
export function orphanText(result: ToolResultBlock): string {
  const text = result.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  return `[result of an earlier tool call${result.name ? ` (${result.name})` : ""}]\n${text}`;
}

function encodeModelBlock(block: IrBlock, path: string, options: PartOptions): AnyPart[] {
  switch (block.type) {
    case "text": {
      const signature = options.facts.hasThoughts ? fittingSignature(block.opaque, options.target) : undefined;
      if (block.opaque && signature === undefined)
        options.losses.push({ kind: "dropped", path, feature: "text-signature" });
      noteTextLosses(block, path, options.losses);
      if (block.text === "" && signature === undefined) return [];
      return [signature === undefined ? { text: block.text } : { text: block.text, thoughtSignature: signature }];
    }
    case "refusal":
      return block.text === "" ? [] : [{ text: block.text }];
    case "server-tool-call":
    case "server-tool-result":
      return encodeServerBlock(block.origin, block.wire, path, options);
    default:
      return encodeUserBlock(block, path, options);
  }
}

function encodeServerBlock(origin: string, wire: unknown, path: string, options: PartOptions): AnyPart[] {
  const isPart =
    origin === "gemini" && isObject(wire) && !("groundingMetadata" in wire) && !("urlContextMetadata" in wire);
  if (isPart) return [wire];
  options.losses.push({ kind: "dropped", path, feature: "server-tool-history" });
  return [];
}

function encodeUnknown(origin: string, wire: unknown, path: string, options: PartOptions): AnyPart[] {
  if (origin === "gemini" && isObject(wire)) return [wire];
  options.losses.push({ kind: "dropped", path, feature: "unknown-block" });
  return [];
}

function ownSignature(block: ToolCallBlock, path: string, options: PartOptions): string | undefined {
  const signature = options.facts.hasThoughts ? fittingSignature(block.opaque, options.target) : undefined;
  if (block.opaque && signature === undefined)
    options.losses.push({ kind: "dropped", path, feature: "thought-signature" });
  return signature;
}

function encodeCall(
  block: ToolCallBlock,
  name: string,
  signature: string | undefined,
  path: string,
  options: PartOptions,
): WirePart {
  if (block.cache) options.losses.push({ kind: "dropped", path: `${path}.cache_control`, feature: "cache-control" });
  const args = block.kind === "custom" ? { input: block.arguments } : argumentsObject(block);
  if (!args)
    options.losses.push({
      kind: "approximated",
      path: `${path}.input`,
      feature: "tool-arguments",
      detail: "not a json object, sent empty",
    });
  const call = { name, args: args ?? {} };
  const functionCall = options.sendsIds ? { id: block.id, ...call } : call;
  return signature === undefined ? { functionCall } : { functionCall, thoughtSignature: signature };
}

function response(
  call: EncodedCall,
  value: WireObject,
  nested: WireFunctionResponse["parts"],
  options: PartOptions,
): WireFunctionResponse {
  const answer = { name: call.wireName, response: value };
  const named = options.sendsIds ? { id: call.id, ...answer } : answer;
  return nested && nested.length > 0 ? { ...named, parts: nested } : named;
}

/** A signature that no call took belongs to the end of the answer. */
function signLastText(parts: AnyPart[], signature: string): void {
  const last = parts.at(-1);
  if (!last || typeof last["text"] !== "string" || last["thought"] === true || last["thoughtSignature"] !== undefined)
    return;
  parts[parts.length - 1] = { ...last, thoughtSignature: signature };
}

function noteTextLosses(block: Extract<IrBlock, { type: "text" }>, path: string, losses: Loss[]): void {
  if (block.cache) losses.push({ kind: "dropped", path: `${path}.cache_control`, feature: "cache-control" });
  if (block.citations && block.citations.length > 0)
    losses.push({ kind: "dropped", path: `${path}.citations`, feature: "citations" });
}
