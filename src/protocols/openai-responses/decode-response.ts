// A whole answer, and the pieces of it that the stream decoder needs as well.

import type { IrBlock, Opaque, TextBlock, ToolCallBlock } from "../../core/block.ts";
import { isTooDeep } from "../../core/json-depth.ts";
import type { IrResponse } from "../../core/response.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { DecodeContext } from "../protocol.ts";
import { builtinOfCall } from "./builtin-tools.ts";
import { decodeAnnotations } from "./decode-content.ts";
import { decodeHostedItem } from "./decode-items.ts";
import { decodeInBandError, isErrorEnvelope, unfinishedError } from "./errors.ts";
import { reasoningText } from "./reasoning.ts";
import { type ContentFacts, decodeStop } from "./stop-reason.ts";
import { decodeUsage } from "./usage.ts";
import {
  arrayOf,
  compact,
  isObject,
  type JsonObject,
  jsonTextOf,
  numberOf,
  objectsOf,
  stringOf,
  textOf,
} from "./wire.ts";

/** Reads an answer; see Protocol.decodeResponse. Never throws. */
export function decodeResponse(body: unknown, context: DecodeContext): IrResponse | { readonly error: WireError } {
  if (!isObject(body)) return { error: { message: "expected a response object", malformed: true } };
  if (isTooDeep(body)) return { error: { message: "the response object nests too deep", malformed: true } };
  if (isErrorEnvelope(body)) return { error: decodeInBandError(body) };
  const items = body["output"];
  const bareText = stringOf(body["output_text"]);
  if (!Array.isArray(items) && bareText === undefined) {
    return { error: { message: "expected a response object with output", malformed: true } };
  }
  const isUnfinished = body["status"] === "queued" || body["status"] === "in_progress";
  // Work in the background is begun with this: the client asks for the rest itself, and asking again would begin more.
  const isBegun = isUnfinished && body["background"] === true && context.isPassedOn === true;
  if (isUnfinished && !isBegun) return { error: unfinishedError(body) };
  const content = Array.isArray(items)
    ? objectsOf(items).flatMap((item) => decodeOutputItem(item, context))
    : [{ type: "text" as const, text: bareText ?? "" }];
  const logprobs = objectsOf(items).flatMap(itemLogprobs);
  return compact({
    id: textOf(body["id"]),
    model: textOf(body["model"]),
    content,
    stop: isBegun
      ? { reason: "pause-turn", raw: stringOf(body["status"]) }
      : decodeStop(body, { ...contentFacts(content), isWarmUp: context.isWarmUp }),
    usage: decodeUsage(body),
    logprobs: logprobs.length > 0 ? logprobs : undefined,
  });
}

/** What the blocks of an answer say about its end. */
export function contentFacts(content: readonly IrBlock[]): ContentFacts {
  const visible = content.filter((block) => block.type !== "reasoning" && (block.type !== "text" || block.text !== ""));
  return {
    hasToolCall: content.some((block) => block.type === "tool-call"),
    isRefusalOnly: visible.length > 0 && visible.every((block) => block.type === "refusal"),
  };
}

/** Blocks of one whole output item; none for an item that says nothing. */
export function decodeOutputItem(item: JsonObject, context: DecodeContext): IrBlock[] {
  switch (item["type"]) {
    case "message":
      return decodeMessage(item);
    case "reasoning": {
      const { text, isSummary } = reasoningText(item);
      const opaque = itemOpaque(item, context);
      if (text === "" && !opaque) return [];
      return [compact({ type: "reasoning" as const, text, isSummary, opaque, id: textOf(item["id"]) })];
    }
    default: {
      const call = decodeCallItem(item, context);
      if (call) return [call];
      if (textOf(item["type"]) !== undefined && !callKind(item["type"])) return decodeHostedItem(item);
      // An item without a type says nothing, and a call without a name can be run by nobody.
      context.loss({ kind: "dropped", path: "output", feature: "malformed-item" });
      return [];
    }
  }
}

/** A call that the client has to run; undefined for other items. */
export function decodeCallItem(item: JsonObject, context: DecodeContext): ToolCallBlock | undefined {
  const id = textOf(item["call_id"]) ?? `call_${context.mintId()}`;
  const builtin = builtinOfCall(item);
  if (builtin) {
    const text = JSON.stringify(builtin.decodeCall(item));
    return { type: "tool-call", id, name: builtin.tool.name, arguments: text, kind: "function" };
  }
  const kind = callKind(item["type"]);
  const name = textOf(item["name"]);
  if (!kind || name === undefined) return undefined;
  const text = kind === "custom" ? (stringOf(item["input"]) ?? "") : (jsonTextOf(item["arguments"]) ?? "");
  return compact({
    type: "tool-call" as const,
    id,
    name: context.toolNames?.get(name) ?? name,
    namespace: textOf(item["namespace"]),
    arguments: text === "" && kind === "function" ? "{}" : text,
    kind,
  });
}

/** Kind of a call whose arguments are streamed; undefined for every other item type. */
export function callKind(type: unknown): "function" | "custom" | undefined {
  if (type === "function_call") return "function";
  return type === "custom_tool_call" ? "custom" : undefined;
}

/** The encrypted payload of a reasoning item, tagged with who made it. */
export function itemOpaque(item: JsonObject, context: DecodeContext): Opaque | undefined {
  const payload = textOf(item["encrypted_content"]);
  return payload === undefined ? undefined : { payload, origin: context.origin };
}

/** Log probabilities in chat's form, which demands `bytes`. */
export function decodeLogprobs(value: unknown): unknown[] {
  return objectsOf(value).map((entry) => ({
    token: stringOf(entry["token"]) ?? "",
    logprob: numberOf(entry["logprob"]) ?? 0,
    bytes: Array.isArray(entry["bytes"]) ? entry["bytes"] : null,
    top_logprobs: objectsOf(entry["top_logprobs"]).map((top) => ({
      token: stringOf(top["token"]) ?? "",
      logprob: numberOf(top["logprob"]) ?? 0,
      bytes: Array.isArray(top["bytes"]) ? top["bytes"] : null,
    })),
  }));
}

function decodeMessage(item: JsonObject): IrBlock[] {
  const content = item["content"];
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  const blocks: IrBlock[] = [];
  for (const part of objectsOf(content)) {
    if (part["type"] === "refusal") {
      const text = stringOf(part["refusal"]) ?? "";
      if (text !== "") blocks.push({ type: "refusal", text });
      continue;
    }
    const text = textOf(part["text"]);
    const citations = decodeAnnotations(part["annotations"]);
    if (text !== undefined) blocks.push(compact<TextBlock>({ type: "text", text, citations }));
  }
  return blocks;
}

function itemLogprobs(item: JsonObject): unknown[] {
  return arrayOf(item["content"]).flatMap((part) => (isObject(part) ? decodeLogprobs(part["logprobs"]) : []));
}
