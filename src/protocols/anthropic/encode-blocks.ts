// Content blocks of a request towards a Messages upstream, IR to wire. Turn structure is in encode-messages.ts.

import type {
  AudioBlock,
  DocumentBlock,
  ImageBlock,
  IrBlock,
  MediaSource,
  Opaque,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  UnknownBlock,
  VideoBlock,
} from "../../core/block.ts";
import { foreignFile } from "../../core/conversion-refused.ts";
import type { LossSink } from "../../core/loss.ts";
import { encodeCache } from "./cache.ts";
import { citationsForUpstream } from "./citations.ts";
import { callInput } from "./tool-arguments.ts";
import { wireToolName } from "./tool-names.ts";
import { isObject, type WireObject } from "./wire.ts";

/** Image types the API accepts. @source SDK 1.12.0 Base64ImageSource */
const IMAGE_TYPES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** How reasoning of the history is sent. */
export interface ReasoningPolicy {
  /** Whether an opaque payload may go to this upstream. */
  readonly fits: (opaque: Opaque) => boolean;
  /** The upstream wants thinking text back even unsigned (Messages endpoints of DeepSeek, Kimi and others). */
  readonly keepsUnsigned: boolean;
}

/** A text block; undefined for an empty one, which the API refuses. Only assistant text keeps its citations. */
export function encodeText(block: TextBlock, isAssistant: boolean): WireObject | undefined {
  if (block.text === "") return undefined;
  const wire: Record<string, unknown> = { type: "text", text: block.text };
  const citations = isAssistant && block.citations ? citationsForUpstream(block.citations) : [];
  if (citations.length > 0) wire["citations"] = citations;
  return withCache(wire, block.cache);
}

/**
 * An image, or a note in its place where the API cannot take it.
 * @throws GatewayError `conversion-refused` for files stored elsewhere; so does `encodeDocument`.
 */
export function encodeImage(block: ImageBlock, path: string, loss: LossSink): WireObject {
  const source = imageSource(block.source, path);
  if (!source) return omitted("image", block.source, path, loss);
  return withCache({ type: "image", source }, block.cache);
}

function imageSource(source: MediaSource, path: string): WireObject | undefined {
  switch (source.type) {
    case "base64": {
      const mediaType = normalMediaType(source.mediaType);
      return IMAGE_TYPES.has(mediaType) ? { type: "base64", media_type: mediaType, data: source.data } : undefined;
    }
    case "url":
      return { type: "url", url: source.url };
    case "file-id":
      return storedFile(source, path);
    case "text":
      return undefined;
  }
}

/** A document, or a note in its place; undefined for one without content, which the API refuses. */
export function encodeDocument(block: DocumentBlock, path: string, loss: LossSink): WireObject | undefined {
  if (block.own?.origin === "anthropic" && isObject(block.own.wire)) return { ...block.own.wire };
  const source = documentSource(block.source, path);
  if (!source) return omitted("document", block.source, path, loss);
  if (source["type"] === "text" && source["data"] === "") return undefined;
  const wire: Record<string, unknown> = { type: "document", source };
  const title = block.title ?? block.filename;
  if (title !== undefined) wire["title"] = title;
  if (block.context !== undefined) wire["context"] = block.context;
  if (block.citationsEnabled !== undefined) wire["citations"] = { enabled: block.citationsEnabled };
  return withCache(wire, block.cache);
}

function documentSource(source: MediaSource, path: string): WireObject | undefined {
  switch (source.type) {
    case "base64": {
      const mediaType = normalMediaType(source.mediaType);
      if (mediaType === "application/pdf") return { type: "base64", media_type: mediaType, data: source.data };
      if (!isTextual(mediaType)) return undefined;
      return { type: "text", media_type: "text/plain", data: Buffer.from(source.data, "base64").toString("utf8") };
    }
    case "url":
      return { type: "url", url: source.url };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
    case "file-id":
      return storedFile(source, path);
  }
}

function storedFile(source: Extract<MediaSource, { type: "file-id" }>, path: string): WireObject {
  if (source.origin !== "anthropic") throw foreignFile(path, source.origin);
  return { type: "file", file_id: source.fileId };
}

function isTextual(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json" || mediaType === "application/xml";
}

/** Media type without parameters, with the usual misspelling put right. */
function normalMediaType(mediaType: string): string {
  const bare = (mediaType.split(";")[0] ?? "").trim().toLowerCase();
  return bare === "image/jpg" ? "image/jpeg" : bare;
}

/** Audio and video have no place in this protocol: a note takes theirs. */
export function encodeUnsupportedMedia(block: AudioBlock | VideoBlock, path: string, loss: LossSink): WireObject {
  return omitted(block.type, block.source, path, loss);
}

function omitted(what: string, source: MediaSource, path: string, loss: LossSink): WireObject {
  const mediaType = source.type === "text" ? undefined : source.mediaType;
  loss({ kind: "dropped", path, feature: `${what}-${source.type}`, detail: "a note was sent in its place" });
  return { type: "text", text: `[${what}${mediaType === undefined ? "" : ` of type ${mediaType}`} omitted]` };
}

/** A call of the history. `id` is the wire id; signatures of other protocols stay here. */
export function encodeToolCall(block: ToolCallBlock, id: string, path: string, loss: LossSink): WireObject {
  if (block.opaque) {
    loss({ kind: "dropped", path, feature: "tool-call-signature", detail: "made by another provider" });
  }
  const name = wireToolName(block.name, block.namespace);
  return withCache({ type: "tool_use", id, name, input: callInput(block, path, loss) }, block.cache);
}

/** A tool's answer. An empty one has no `content`; empty parts are left out. */
export function encodeToolResult(block: ToolResultBlock, id: string, path: string, loss: LossSink): WireObject {
  const content: WireObject[] = [];
  for (const [index, part] of block.content.entries()) {
    const wire = encodeResultPart(part, `${path}.content[${index}]`, loss);
    if (wire) content.push(wire);
  }
  const wire: Record<string, unknown> = { type: "tool_result", tool_use_id: id };
  if (content.length > 0) wire["content"] = content;
  if (block.isError) wire["is_error"] = true;
  return withCache(wire, block.cache);
}

function encodeResultPart(
  part: TextBlock | ImageBlock | DocumentBlock | AudioBlock | UnknownBlock,
  path: string,
  loss: LossSink,
): WireObject | undefined {
  switch (part.type) {
    case "text":
      return encodeText(part, false);
    case "image":
      return encodeImage(part, path, loss);
    case "document":
      return encodeDocument(part, path, loss);
    case "audio":
      return encodeUnsupportedMedia(part, path, loss);
    case "unknown":
      return encodeUnknown(part, path, loss);
  }
}

/** Thinking of the history: signed by this upstream, or unsigned where the upstream wants that; otherwise dropped. */
export function encodeReasoningBlock(
  block: ReasoningBlock,
  policy: ReasoningPolicy,
  path: string,
  loss: LossSink,
): WireObject | undefined {
  const signature = block.opaque && policy.fits(block.opaque) ? block.opaque.payload : undefined;
  if (signature !== undefined) {
    return block.redacted
      ? { type: "redacted_thinking", data: signature }
      : { type: "thinking", thinking: block.text, signature };
  }
  if (policy.keepsUnsigned && block.text !== "") return { type: "thinking", thinking: block.text, signature: "" };
  loss({ kind: "dropped", path, feature: "reasoning", detail: "not signed by this upstream and key" });
  return undefined;
}

/** A block only its own protocol knows. */
export function encodeUnknown(block: UnknownBlock, path: string, loss: LossSink): WireObject | undefined {
  if (block.origin === "anthropic" && isObject(block.wire)) return block.wire;
  loss({ kind: "dropped", path, feature: `unknown-block-${block.origin}` });
  return undefined;
}

/** Whether a block belongs to a user turn although an assistant said it: the API takes media from users only. */
export function isUserMedia(block: IrBlock): block is ImageBlock | DocumentBlock | AudioBlock | VideoBlock {
  return block.type === "image" || block.type === "document" || block.type === "audio" || block.type === "video";
}

function withCache(wire: Record<string, unknown>, cache: TextBlock["cache"]): WireObject {
  const control = encodeCache(cache);
  if (control) wire["cache_control"] = control;
  return wire;
}
