// Blocks to content parts of a request.

import type { CacheHint, IrBlock, MediaSource, TextBlock } from "../../core/block.ts";
import { foreignFile } from "../../core/conversion-refused.ts";
import { GatewayError } from "../../core/errors.ts";
import type { LossSink } from "../../core/loss.ts";
import type { Dialect } from "./dialect.ts";

/** What the encoding of parts depends on. */
export interface ContentTarget {
  readonly dialect: Dialect;
  /** The request came from a chat client. */
  readonly isOwn: boolean;
  /** Blocks whose cache breakpoint goes out: the last four, or none. */
  readonly cached: ReadonlySet<object>;
  readonly loss: LossSink;
}

/** A part of a content array. */
export type Part = Readonly<Record<string, unknown>>;

/** Blocks a message's content is made of; everything else is placed elsewhere by the caller. */
export type ContentBlock = Exclude<IrBlock, { type: "tool-call" | "tool-result" | "reasoning" }>;

/**
 * Encodes a block of a user turn; none, one or more parts. Blocks that chat cannot show the model at all (foreign
 * file ids, a PDF by URL, video at OpenAI) refuse the conversion with `conversion-refused`: an answer that ignores
 * them would be wrong.
 */
export function encodePart(block: ContentBlock, path: string, target: ContentTarget): Part[] {
  switch (block.type) {
    case "text":
      return block.text === "" ? [] : [textPart(block, target)];
    case "refusal":
      return block.text === "" ? [] : [{ type: "text", text: block.text }];
    case "image": {
      const url = urlOf(block.source, path);
      const image = block.detail === undefined ? { url } : { url, detail: block.detail };
      return [{ type: "image_url", image_url: image, ...cacheMark(block, target) }];
    }
    case "document":
      return [documentPart(block, path, target)];
    case "audio":
      return [audioPart(block, path, target)];
    case "video":
      if (!target.dialect.videoUrls && !target.isOwn) throw refuse(path, "video");
      return [{ type: "video_url", video_url: { url: urlOf(block.source, path) } }];
    case "unknown":
      if (block.origin === "openai-chat") return [block.wire as Part];
      target.loss({ kind: "dropped", path, feature: "unknown-block" });
      return [];
    case "server-tool-call":
    case "server-tool-result":
      target.loss({ kind: "dropped", path, feature: "server-tool" });
      return [];
  }
}

/** A text part with its cache breakpoint. */
export function textPart(block: TextBlock, target: ContentTarget): Part {
  return { type: "text", text: block.text, ...cacheMark(block, target) };
}

/** The breakpoint of a block as the target writes it; empty for none. */
export function cacheMark(block: { readonly cache?: CacheHint | undefined }, target: ContentTarget): Part {
  if (!block.cache || !target.cached.has(block)) return {};
  const { ttl } = block.cache;
  const isLong = ttl === "1h" || ttl === "12h";
  if (target.dialect.cache === "cache-control") {
    return { cache_control: isLong ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" } };
  }
  const wireTtl = isLong ? { ttl: "12h" } : ttl === "30m" ? { ttl } : {};
  return { prompt_cache_breakpoint: { mode: "explicit", ...wireTtl } };
}

function documentPart(block: ContentBlock & { type: "document" }, path: string, target: ContentTarget): Part {
  const { source } = block;
  if (source.type === "text")
    return { type: "text", text: inlineDocument(block, source.text), ...cacheMark(block, target) };
  if (source.type === "base64" && source.mediaType.startsWith("text/")) {
    const text = Buffer.from(source.data, "base64").toString("utf8");
    return { type: "text", text: inlineDocument(block, text), ...cacheMark(block, target) };
  }
  if (source.type === "url" && !target.dialect.fileUrls && !target.isOwn) throw refuse(path, "document by url");
  const filename = block.filename ?? block.title ?? "document.pdf";
  const file =
    source.type === "file-id" && (source.origin === "openai-chat" || source.origin === "openai-responses")
      ? { file_id: source.fileId }
      : { filename, file_data: urlOf(source, path) };
  return { type: "file", file, ...cacheMark(block, target) };
}

/** A text document with its title and context in front. */
function inlineDocument(block: ContentBlock & { type: "document" }, text: string): string {
  const head = [block.title ?? block.filename, block.context].filter((line) => line !== undefined && line !== "");
  return head.length === 0 ? text : `${head.join("\n")}\n\n${text}`;
}

const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/wave", "wav"],
  ["audio/pcm", "pcm16"],
]);

function audioPart(block: ContentBlock & { type: "audio" }, path: string, target: ContentTarget): Part {
  const { source } = block;
  if (source.type === "url") {
    if (target.dialect.isOpenAi) throw refuse(path, "audio by url");
    return { type: "audio_url", audio_url: { url: source.url } };
  }
  if (source.type !== "base64") throw refuse(path, "audio file");
  const format = AUDIO_FORMATS.get(source.mediaType) ?? source.mediaType.slice(source.mediaType.indexOf("/") + 1);
  if (target.dialect.toolIds === "mistral") return { type: "input_audio", input_audio: source.data };
  if (target.dialect.isOpenAi && format !== "mp3" && format !== "wav" && !target.isOwn)
    throw refuse(path, `${format} audio`);
  return { type: "input_audio", input_audio: { data: source.data, format }, ...cacheMark(block, target) };
}

/** The source as one URL, a data URL for bytes. */
export function urlOf(source: MediaSource, path: string): string {
  switch (source.type) {
    case "base64":
      return `data:${source.mediaType};base64,${source.data}`;
    case "url":
      return source.url;
    case "text":
      return `data:text/plain;base64,${Buffer.from(source.text).toString("base64")}`;
    case "file-id":
      throw foreignFile(path, source.origin);
  }
}

function refuse(path: string, what: string): GatewayError {
  return new GatewayError("conversion-refused", `${path}: ${what} cannot be sent to a chat completions upstream`);
}
