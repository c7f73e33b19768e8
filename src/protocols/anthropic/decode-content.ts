// Content blocks of requests, wire to IR. Answers have fewer kinds and their own decoder.

import type {
  AudioBlock,
  DocumentBlock,
  ImageBlock,
  IrBlock,
  MediaSource,
  Opaque,
  TextBlock,
  UnknownBlock,
} from "../../core/block.ts";
import { callWithObject } from "../../core/call-arguments.ts";
import type { LossSink } from "../../core/loss.ts";
import { opaqueFromClient } from "../../core/opaque-envelope.ts";
import { decodeCache } from "./cache.ts";
import { decodeCitations } from "./citations.ts";
import { expectObject, expectString, expectText, mismatch, optionalArray } from "./expect.ts";
import { decodeServerToolCall, decodeServerToolResult, isServerToolCall, isServerToolResult } from "./server-tools.ts";
import { isObject, stringOf, textOf, type WireObject } from "./wire.ts";

type ResultContent = TextBlock | ImageBlock | DocumentBlock | AudioBlock | UnknownBlock;

type BlockDecoder = (wire: WireObject, path: string, loss: LossSink) => readonly IrBlock[];

const DECODERS: Readonly<Record<string, BlockDecoder>> = {
  text: (wire, path) => [decodeText(wire, path)],
  image: (wire, path) => [decodeImage(wire, path)],
  document: decodeDocument,
  search_result: (wire, path, loss) => [decodeSearchResult(wire, path, loss)],
  thinking: (wire) => [decodeThinking(wire)],
  redacted_thinking: (wire) => [decodeRedacted(wire)],
  tool_use: (wire, path, loss) => [decodeToolUse(wire, path, loss)],
  tool_result: (wire, path, loss) => [decodeToolResult(wire, path, loss)],
};

/**
 * Reads the content of a message: a string or an array of blocks. Blocks of unknown type are kept as `unknown`;
 * throws `client-invalid-request` where a known block lacks what makes it one.
 */
export function decodeContent(value: unknown, path: string, loss: LossSink): IrBlock[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value)) throw mismatch(path, "a string or an array", value);
  const blocks: IrBlock[] = [];
  for (const [index, item] of value.entries()) {
    const carried = carriedSignature(item, value[index + 1]);
    if (carried === "whole") continue;
    const decoded = decodeBlock(item, `${path}[${index}]`, loss);
    const before: unknown = value[index - 1];
    const signature = isObject(item) && item["type"] === "tool_use" ? carrierSignature(before) : undefined;
    for (const block of decoded) {
      if (signature !== undefined && block.type === "tool-call") {
        blocks.push({ ...block, opaque: signature });
      } else if (carried === "signature" && block.type === "reasoning") {
        blocks.push({ ...block, opaque: undefined });
      } else {
        blocks.push(block);
      }
    }
  }
  return blocks;
}

function decodeBlock(value: unknown, path: string, loss: LossSink): readonly IrBlock[] {
  const wire = expectObject(value, path);
  const type = expectString(wire["type"], `${path}.type`);
  const decode = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  if (decode) return decode(wire, path, loss);
  if (isServerToolCall(type)) return [decodeServerToolCall(wire)];
  if (isServerToolResult(type)) return [decodeServerToolResult(wire)];
  return [{ type: "unknown", origin: "anthropic", wire }];
}

/**
 * Gemini signs tool calls; our encoder puts such a signature into a thinking block in front of the call. Says whether
 * this block is one (`whole`: nothing else in it; `signature`: it has thinking text of its own).
 */
function carriedSignature(item: unknown, next: unknown): "whole" | "signature" | undefined {
  if (!isObject(next) || next["type"] !== "tool_use" || carrierSignature(item) === undefined) return undefined;
  return isObject(item) && textOf(item["thinking"]) !== undefined ? "signature" : "whole";
}

/** The signature of a thinking block, if it is an envelope around a Gemini one. */
function carrierSignature(item: unknown): Opaque | undefined {
  if (!isObject(item) || item["type"] !== "thinking") return undefined;
  const opaque = clientOpaque(item["signature"]);
  return opaque?.origin.protocol === "gemini" ? opaque : undefined;
}

/** A payload that a client sent back; the empty envelope around unsigned thinking holds none. */
function clientOpaque(value: unknown): Opaque | undefined {
  const opaque = opaqueFromClient(stringOf(value) ?? "", "anthropic");
  return opaque?.payload === "" ? undefined : opaque;
}

/** Reads a text block. */
export function decodeText(wire: WireObject, path: string): TextBlock {
  return {
    type: "text",
    text: expectString(wire["text"], `${path}.text`),
    citations: decodeCitations(wire["citations"]),
    cache: decodeCache(wire["cache_control"]),
  };
}

function decodeThinking(wire: WireObject): IrBlock {
  return {
    type: "reasoning",
    text: stringOf(wire["thinking"]) ?? "",
    opaque: clientOpaque(wire["signature"]),
  };
}

function decodeRedacted(wire: WireObject): IrBlock {
  const opaque = clientOpaque(wire["data"]);
  return { type: "reasoning", text: "", redacted: true, opaque };
}

function decodeToolUse(wire: WireObject, path: string, loss: LossSink): IrBlock {
  const caller = wire["caller"];
  if ((isObject(caller) && caller["type"] !== "direct") || textOf(wire["toolset_name"]) !== undefined) {
    loss({ kind: "dropped", path, feature: "tool-caller", detail: "who called the tool has no neutral form" });
  }
  const { input } = wire;
  const fields = {
    id: expectText(wire["id"], `${path}.id`),
    name: expectText(wire["name"], `${path}.name`),
    cache: decodeCache(wire["cache_control"]),
  };
  if (isObject(input)) return callWithObject(fields, input);
  return { type: "tool-call", ...fields, kind: "function", arguments: argumentsText(input) };
}

/** Arguments as JSON text; an input that is itself JSON text of an object is taken as such. */
export function argumentsText(input: unknown): string {
  if (isObject(input)) return JSON.stringify(input);
  if (input === undefined || input === null || input === "") return "{}";
  if (typeof input === "string" && input.trimStart().startsWith("{")) return input;
  return JSON.stringify({ _raw: input });
}

function decodeToolResult(wire: WireObject, path: string, loss: LossSink): IrBlock {
  const content = wire["content"];
  return {
    type: "tool-result",
    callId: expectText(wire["tool_use_id"], `${path}.tool_use_id`),
    content: content === undefined || content === null ? [] : resultContent(content, `${path}.content`, loss),
    isError: wire["is_error"] === true,
    cache: decodeCache(wire["cache_control"]),
  };
}

/** Content of a tool result; kinds without a neutral form (tool references, browser state) are kept as they are. */
function resultContent(content: unknown, path: string, loss: LossSink): ResultContent[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  const blocks: ResultContent[] = [];
  for (const [index, item] of (optionalArray(content, path) ?? []).entries()) {
    const wire = expectObject(item, `${path}[${index}]`);
    for (const block of decodeBlock(wire, `${path}[${index}]`, loss)) {
      const isPlain = block.type === "text" || block.type === "image" || block.type === "document";
      blocks.push(isPlain ? block : { type: "unknown", origin: "anthropic", wire });
    }
  }
  return blocks;
}

function decodeImage(wire: WireObject, path: string): ImageBlock | UnknownBlock {
  const source = decodeSource(expectObject(wire["source"], `${path}.source`), `${path}.source`);
  if (!source) return { type: "unknown", origin: "anthropic", wire };
  return { type: "image", source, cache: decodeCache(wire["cache_control"]) };
}

/** Reads where media come from; undefined for source types that only documents have. */
function decodeSource(source: WireObject, path: string): MediaSource | undefined {
  const mediaType = textOf(source["media_type"]);
  switch (expectString(source["type"], `${path}.type`)) {
    case "base64":
      return {
        type: "base64",
        mediaType: expectText(mediaType, `${path}.media_type`),
        data: expectString(source["data"], `${path}.data`),
      };
    case "url":
      return { type: "url", url: expectText(source["url"], `${path}.url`), mediaType };
    case "text":
      return { type: "text", text: expectString(source["data"], `${path}.data`), mediaType };
    case "file":
      return {
        type: "file-id",
        fileId: expectText(source["file_id"], `${path}.file_id`),
        origin: "anthropic",
        mediaType,
      };
    default:
      return undefined;
  }
}

function decodeDocument(wire: WireObject, path: string, loss: LossSink): readonly IrBlock[] {
  const wireSource = expectObject(wire["source"], `${path}.source`);
  const citations = wire["citations"];
  const shell = {
    title: textOf(wire["title"]),
    context: textOf(wire["context"]),
    citationsEnabled:
      isObject(citations) && typeof citations["enabled"] === "boolean" ? citations["enabled"] : undefined,
    cache: decodeCache(wire["cache_control"]),
  };
  if (wireSource["type"] === "content") return documentOfBlocks(wire, shell, path, loss);
  const source = decodeSource(wireSource, `${path}.source`);
  if (!source) return [{ type: "unknown", origin: "anthropic", wire }];
  return [{ type: "document", source, ...shell }];
}

/** A document made of blocks becomes its text, followed by its images. */
function documentOfBlocks(
  wire: WireObject,
  shell: Omit<DocumentBlock, "type" | "source">,
  path: string,
  loss: LossSink,
): readonly IrBlock[] {
  loss({ kind: "approximated", path: `${path}.source`, feature: "document-content-source" });
  const content = isObject(wire["source"]) ? wire["source"]["content"] : undefined;
  const parts = decodeContent(content, `${path}.source.content`, loss);
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).filter((part) => part !== "");
  const images = parts.filter((part) => part.type === "image");
  const document: DocumentBlock = { type: "document", source: { type: "text", text: text.join("\n\n") }, ...shell };
  // With images, they would come twice.
  return images.length > 0 ? [document, ...images] : [{ ...document, own: { origin: "anthropic", wire } }];
}

/** A search result of the client's own index becomes a text document with its title and address. */
function decodeSearchResult(wire: WireObject, path: string, loss: LossSink): IrBlock {
  loss({ kind: "approximated", path, feature: "search-result", detail: "sent as a text document" });
  const parts = Array.isArray(wire["content"]) ? decodeContent(wire["content"], `${path}.content`, loss) : [];
  const citations = wire["citations"];
  return {
    type: "document",
    source: { type: "text", text: parts.map((part) => (part.type === "text" ? part.text : "")).join("\n") },
    title: textOf(wire["title"]),
    context: textOf(wire["source"]),
    citationsEnabled: isObject(citations) ? citations["enabled"] === true : undefined,
    cache: decodeCache(wire["cache_control"]),
    own: { origin: "anthropic", wire },
  };
}
