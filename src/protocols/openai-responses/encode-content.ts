// Neutral blocks as content parts of input messages and tool outputs.
// What cannot be sent is replaced by a short note in brackets, so that the model knows something was there.

import type { CacheHint, DocumentBlock, ImageBlock, IrBlock, MediaSource, TextBlock } from "../../core/block.ts";
import { foreignFile } from "../../core/conversion-refused.ts";
import type { Loss } from "../../core/loss.ts";
import { compact, isObject, type JsonObject, PROTOCOL_ID, stringOf } from "./wire.ts";

/** What encoding content has to know, and where it reports losses. */
export interface ContentContext {
  /** Whether the upstream takes cache breakpoints. */
  readonly explicitCache: boolean;
  readonly losses: Loss[];
}

/** Parts of a user or system message, or of a tool output. Empty text is left out. */
export function encodeInputParts(blocks: readonly IrBlock[], path: string, context: ContentContext): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const [i, block] of blocks.entries()) {
    const part = encodeInputPart(block, `${path}[${i}]`, context);
    if (part) parts.push(part);
  }
  return parts;
}

/** One part; undefined for empty text and for kinds that are no content of the user side. */
export function encodeInputPart(block: IrBlock, path: string, context: ContentContext): JsonObject | undefined {
  switch (block.type) {
    case "text":
      return block.text === "" ? undefined : inputText(block.text, context, block.cache);
    case "refusal":
      return inputText(block.text, context);
    case "image":
      return encodeImage(block, path, context);
    case "document":
      return encodeDocument(block, path, context);
    case "audio":
    case "video":
      return omitted(block.type, "this API takes no such input", path, context);
    case "unknown":
      if (isOwnPart(block)) return block.wire as JsonObject;
      return omitted("content", "its kind is known to another API only", path, context);
    case "tool-call":
    case "tool-result":
    case "reasoning":
    case "server-tool-call":
    case "server-tool-result":
      return undefined;
  }
}

/** A text part of an assistant turn; citations go back only to the protocol they came from. */
export function encodeOutputText(block: TextBlock): JsonObject {
  const annotations = (block.citations ?? [])
    .filter((citation) => citation.origin === PROTOCOL_ID && isObject(citation.wire))
    .map((citation) => citation.wire);
  return { type: "output_text", text: block.text, annotations };
}

/** A tool output: text where all of it is text, parts otherwise. Failures are told in words, the API has no field. */
export function encodeToolOutput(
  blocks: readonly IrBlock[],
  isError: boolean,
  path: string,
  context: ContentContext,
): string | JsonObject[] {
  if (blocks.every((block) => block.type === "text")) {
    const text = blocks.map((block) => block.text).join("\n");
    return isError ? withErrorPrefix(text) : text;
  }
  const parts = encodeInputParts(blocks, path, context);
  if (!isError) return parts;
  const first = parts[0];
  if (first?.["type"] === "input_text") {
    return [{ ...first, text: withErrorPrefix(stringOf(first["text"]) ?? "") }, ...parts.slice(1)];
  }
  return [inputText("Error:", context), ...parts];
}

/** Whether an unknown block of this protocol is a content part rather than an item of its own. */
export function isOwnPart(block: { readonly origin: string; readonly wire: unknown }): boolean {
  if (block.origin !== PROTOCOL_ID || !isObject(block.wire)) return false;
  const type = stringOf(block.wire["type"]) ?? "";
  return type.startsWith("input_") || type.startsWith("output_");
}

function withErrorPrefix(text: string): string {
  return /^error\b/i.test(text) ? text : `Error: ${text}`;
}

function inputText(text: string, context: ContentContext, cache?: CacheHint): JsonObject {
  return withCache({ type: "input_text", text }, cache, context);
}

/** 5m and 30m are the default lifetime, everything longer is 12h. */
function withCache(part: JsonObject, cache: CacheHint | undefined, context: ContentContext): JsonObject {
  if (!cache || !context.explicitCache) return part;
  const isLong = cache.ttl === "1h" || cache.ttl === "12h";
  const breakpoint = compact({ mode: "explicit", ttl: isLong ? "12h" : cache.ttl === "30m" ? "30m" : undefined });
  return { ...part, prompt_cache_breakpoint: breakpoint };
}

function encodeImage(block: ImageBlock, path: string, context: ContentContext): JsonObject {
  const source = encodeSource(block.source, path);
  const detail = block.detail ?? "auto";
  const where = "fileId" in source ? { file_id: source.fileId } : { image_url: source.url };
  return withCache({ type: "input_image", ...where, detail }, block.cache, context);
}

function encodeDocument(block: DocumentBlock, path: string, context: ContentContext): JsonObject {
  if (block.source.type === "text") {
    const heading = [block.title ?? block.filename, block.context].filter((line) => line).join("\n");
    const text = heading ? `${heading}\n\n${block.source.text}` : block.source.text;
    return inputText(text, context, block.cache);
  }
  if (block.citationsEnabled) {
    context.losses.push({ kind: "dropped", path: `${path}.citations`, feature: "document-citations" });
  }
  const source = encodeSource(block.source, path);
  const part: JsonObject =
    "fileId" in source
      ? { type: "input_file", file_id: source.fileId }
      : block.source.type === "url"
        ? compact({ type: "input_file", file_url: source.url, filename: block.filename })
        : { type: "input_file", filename: block.filename ?? fileName(block), file_data: source.url };
  return withCache(part, block.cache, context);
}

/** File ids of both OpenAI protocols are the same vendor's. */
function encodeSource(source: MediaSource, path: string): { readonly url: string } | { readonly fileId: string } {
  switch (source.type) {
    case "base64":
      return { url: `data:${source.mediaType};base64,${source.data}` };
    case "url":
      return { url: source.url };
    case "text":
      return { url: `data:text/plain;base64,${Buffer.from(source.text, "utf8").toString("base64")}` };
    case "file-id":
      if (source.origin !== PROTOCOL_ID && source.origin !== "openai-chat") throw foreignFile(path, source.origin);
      return { fileId: source.fileId };
  }
}

function fileName(block: DocumentBlock): string {
  const mediaType = block.source.type === "base64" ? block.source.mediaType : "";
  const extension = mediaType === "application/pdf" ? ".pdf" : mediaType.startsWith("text/") ? ".txt" : "";
  const name = block.title || "document";
  return name.includes(".") ? name : name + extension;
}

function omitted(what: string, why: string, path: string, context: ContentContext): JsonObject {
  context.losses.push({ kind: "dropped", path, feature: `${what}-input`, detail: why });
  return { type: "input_text", text: `[${what} omitted: ${why}]` };
}
