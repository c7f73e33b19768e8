// `contents` and `systemInstruction` of a client's request as neutral messages.
// Calls without ids get ids by position, and results without ids are paired by name and order.

import type { IrBlock, Opaque, TextBlock, ToolResultBlock } from "../../core/block.ts";
import { callWithObject } from "../../core/call-arguments.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrMessage } from "../../core/request.ts";
import { decodeMedia } from "./media.ts";
import { isServerPart, serverToolBlock } from "./server-parts.ts";
import { signatureFromClient } from "./signatures.ts";
import { asArray, asString, isObject, readField, type WireObject, wrongType } from "./wire.ts";

/** Where a part stands and what it may report to. */
interface PartPlace {
  readonly path: string;
  /** Position, from which ids are made: `t3p0`. */
  readonly key: string;
  readonly role: IrMessage["role"];
  readonly calls: CallBook;
  readonly loss: LossSink;
}

interface CallBook {
  /** Calls of the history that no result has answered yet, oldest first. */
  readonly open: { readonly id: string; readonly name: string }[];
  /** Ids of all calls so far: a result that names one answers no other call, even when it is a repetition. */
  readonly ids: Set<string>;
}

/** Fields of parts that the neutral form has no place for. */
const LOST_FIELDS: readonly (readonly [camel: string, snake: string, feature: string])[] = [
  ["videoMetadata", "video_metadata", "video-metadata"],
  ["mediaResolution", "media_resolution", "media-resolution"],
];

/** Reads `contents`: a list, one content, or a bare string. Throws `client-invalid-request`, also for an empty list. */
export function decodeContents(value: unknown, loss: LossSink): IrMessage[] {
  if (typeof value === "string") return [{ role: "user", content: [{ type: "text", text: value }] }];
  const list = isObject(value) ? [value] : value;
  if (!Array.isArray(list)) throw wrongType("contents", "an array", value);
  if (list.length === 0) throw wrongType("contents", "at least one content", undefined);
  const calls: CallBook = { open: [], ids: new Set() };
  const messages: { readonly role: IrMessage["role"]; readonly content: IrBlock[] }[] = [];
  for (const [turn, content] of list.entries()) {
    const path = `contents[${turn}]`;
    if (typeof content === "string") {
      messages.push({ role: "user", content: [{ type: "text", text: content }] });
      continue;
    }
    if (!isObject(content)) throw wrongType(path, "an object", content);
    const role = roleOf(content["role"]);
    // The SDK's chats keep every chunk of a streamed answer as a content of its own: together they are the turn.
    let message = messages.at(-1);
    if (!message || role !== "assistant" || message.role !== "assistant") {
      message = { role, content: [] };
      messages.push(message);
    }
    for (const [position, part] of partsOf(content, path).entries()) {
      const place = { path: `${path}.parts[${position}]`, key: `t${turn}p${position}`, role, calls, loss };
      readPart(part, message.content, place);
    }
  }
  return messages;
}

/** Reads `systemInstruction`: a content, a string, or a list of parts; empty texts are left out. */
export function decodeSystem(value: unknown): TextBlock[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  const parts = Array.isArray(value) ? value : isObject(value) ? partsOf(value, "systemInstruction") : undefined;
  if (!parts) throw wrongType("systemInstruction", "an object", value);
  return parts.flatMap((part) => {
    const text = typeof part === "string" ? part : isObject(part) ? asString(part["text"]) : undefined;
    return text ? [{ type: "text", text }] : [];
  });
}

function roleOf(role: unknown): IrMessage["role"] {
  if (role === "model" || role === "assistant") return "assistant";
  return role === "system" ? "system" : "user";
}

function partsOf(content: WireObject, path: string): readonly unknown[] {
  const { parts } = content;
  if (parts === undefined || parts === null)
    return typeof content["text"] === "string" ? [{ text: content["text"] }] : [];
  if (isObject(parts)) return [parts];
  if (!Array.isArray(parts)) throw wrongType(`${path}.parts`, "an array", parts);
  return parts;
}

function readPart(part: unknown, blocks: IrBlock[], place: PartPlace): void {
  if (typeof part === "string") {
    blocks.push({ type: "text", text: part });
    return;
  }
  if (!isObject(part)) throw wrongType(place.path, "an object", part);
  for (const [camel, snake, feature] of LOST_FIELDS) {
    if (readField(part, camel, snake) !== undefined)
      place.loss({ kind: "dropped", path: `${place.path}.${camel}`, feature });
  }
  const { text } = part;
  if (text !== undefined && text !== null) {
    if (typeof text !== "string") throw wrongType(`${place.path}.text`, "a string", text);
    readText(part, text, blocks, place);
    return;
  }
  const block = readToolPart(part, place) ?? decodeMedia(part, place.path);
  if (block) blocks.push(block);
  else if (isServerPart(part)) blocks.push(serverToolBlock(part, undefined, `call_${place.key}`));
  else if (isSignatureOnly(part)) readText(part, "", blocks, place);
  else blocks.push({ type: "unknown", origin: "gemini", wire: part });
}

function readText(part: WireObject, text: string, blocks: IrBlock[], { role }: PartPlace): void {
  const { opaque, isRedacted } = readSignature(part);
  if (part["thought"] === true || isRedacted) {
    readThought(text, opaque, isRedacted, blocks);
    return;
  }
  const last = blocks.at(-1);
  // Streamed answers come back as many small parts; only joined they are the text that the model wrote.
  const isMore = role === "assistant" && last?.type === "text" && !last.opaque;
  if (isMore && (text === "" || !opaque)) {
    blocks[blocks.length - 1] = textBlock(last.text + text, opaque);
  } else if (text !== "") blocks.push(textBlock(text, opaque));
  else if (opaque) blocks.push({ type: "reasoning", text: "", opaque });
}

function textBlock(text: string, opaque: Opaque | undefined): TextBlock {
  return opaque ? { type: "text", text, opaque } : { type: "text", text };
}

function readThought(text: string, opaque: Opaque | undefined, isRedacted: boolean, blocks: IrBlock[]): void {
  const last = blocks.at(-1);
  if (isRedacted && opaque) blocks.push({ type: "reasoning", text: "", redacted: true, opaque });
  else if (last?.type === "reasoning" && !last.opaque && !last.redacted) {
    blocks[blocks.length - 1] = { ...last, text: last.text + text, ...(opaque ? { opaque } : {}) };
  } else if (text !== "" || opaque)
    blocks.push({ type: "reasoning", text, isSummary: isSummarized(opaque), ...(opaque ? { opaque } : {}) });
}

/** Gemini and Responses show summaries of their thinking; others show it as it is. */
function isSummarized(opaque: Opaque | undefined): boolean {
  const protocol = opaque?.origin.protocol ?? "gemini";
  return protocol === "gemini" || protocol === "openai-responses";
}

function readToolPart(part: WireObject, place: PartPlace): IrBlock | undefined {
  const call = readField(part, "functionCall", "function_call");
  if (call !== undefined) {
    if (!isObject(call)) throw wrongType(`${place.path}.functionCall`, "an object", call);
    return readCall(call, readSignature(part).opaque, place);
  }
  const response = readField(part, "functionResponse", "function_response");
  if (response === undefined) return undefined;
  if (!isObject(response)) throw wrongType(`${place.path}.functionResponse`, "an object", response);
  return readResult(response, place);
}

function readCall(call: WireObject, opaque: Opaque | undefined, { path, key, calls }: PartPlace): IrBlock {
  const name = asString(call["name"]);
  if (name === undefined || name === "")
    throw wrongType(`${path}.functionCall.name`, "a non-empty string", call["name"]);
  const args = call["args"] ?? {};
  if (!isObject(args)) throw wrongType(`${path}.functionCall.args`, "an object", args);
  const id = asString(call["id"]) || `call_${key}`;
  calls.open.push({ id, name });
  calls.ids.add(id);
  return callWithObject(opaque ? { id, name, opaque } : { id, name }, args);
}

function readResult(response: WireObject, place: PartPlace): ToolResultBlock {
  const { path, key, calls } = place;
  const name = asString(response["name"]);
  const givenId = asString(response["id"]);
  const at = calls.open.findIndex((call) => (givenId ? call.id === givenId : name === undefined || call.name === name));
  const isStrayId = at < 0 && givenId !== undefined && givenId !== "" && !calls.ids.has(givenId);
  const fallback = isStrayId ? calls.open.findIndex((call) => call.name === name) : at;
  const call = fallback < 0 ? undefined : calls.open.splice(fallback, 1)[0];
  const { text, isError } = resultText(response["response"]);
  const media: ToolResultBlock["content"][number][] = [];
  for (const [index, part] of asArray(response["parts"]).entries()) {
    const block = isObject(part) ? decodeMedia(part, `${path}.functionResponse.parts[${index}]`) : undefined;
    if (block && block.type !== "video") media.push(block);
  }
  const content: ToolResultBlock["content"] =
    text === "" && media.length > 0 ? media : [{ type: "text", text }, ...media];
  return { type: "tool-result", callId: call?.id ?? givenId ?? `call_${key}`, name, content, isError };
}

/** Text of a result object: `output` or `result` alone as it is, `error` alone as a failure, anything else as JSON. */
function resultText(response: unknown): { text: string; isError: boolean } {
  if (!isObject(response))
    return { text: response === undefined || response === null ? "" : textOf(response), isError: false };
  const keys = Object.keys(response);
  const only = keys.length === 1 ? keys[0] : undefined;
  if (only === "output" || only === "result") return { text: textOf(response[only]), isError: false };
  if (only === "error") return { text: textOf(response[only]), isError: true };
  return { text: keys.length === 0 ? "" : JSON.stringify(response), isError: false };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readSignature(part: WireObject): ReturnType<typeof signatureFromClient> {
  return signatureFromClient(asString(readField(part, "thoughtSignature", "thought_signature")) ?? "");
}

function isSignatureOnly(part: WireObject): boolean {
  return Object.keys(part).every(
    (key) => key === "thoughtSignature" || key === "thought_signature" || key === "thought",
  );
}
