// Content parts of messages, wire to neutral.

import type { CacheHint, DocumentBlock, IrBlock, MediaSource } from "../../core/block.ts";
import { invalid, requireString } from "./read-field.ts";
import {
  asArray,
  asObject,
  asText,
  type WireCache,
  type WireFile,
  type WireImageUrl,
  type WireInputAudio,
  type WirePart,
} from "./wire.ts";

/** Reads `content`: a string, an array of parts, or nothing. An empty string gives no block. */
export function decodeContent(content: unknown, path: string): IrBlock[] {
  if (content === undefined || content === null || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalid(path, "a string or an array", content);
  return content.flatMap((part, i) => decodePart(part, `${path}[${i}]`));
}

/** Reads one part; types that nobody knows are kept as they are. */
export function decodePart(part: unknown, path: string): IrBlock[] {
  if (typeof part === "string") return part === "" ? [] : [{ type: "text", text: part }];
  const wire = asObject<WirePart>(part);
  if (!wire) throw invalid(path, "an object", part);
  const type = requireString(wire.type, `${path}.type`);
  const decode = Object.hasOwn(PARTS, type) ? PARTS[type] : undefined;
  return decode ? decode(wire, path) : [{ type: "unknown", origin: "openai-chat", wire: part }];
}

const PARTS: Readonly<Record<string, (wire: WirePart, path: string) => IrBlock[]>> = {
  text(wire, path) {
    if (typeof wire.text !== "string") throw invalid(`${path}.text`, "a string", wire.text);
    return [{ type: "text", text: wire.text, cache: decodeCache(wire) }];
  },
  refusal(wire) {
    return [{ type: "refusal", text: asText(wire.refusal) }];
  },
  thinking(wire) {
    const text = thinkingText(wire.thinking);
    return text === "" ? [] : [{ type: "reasoning", text }];
  },
  image_url(wire, path) {
    // Some clients write the URL itself where an object belongs.
    const image = asObject<WireImageUrl>(wire.image_url);
    const url = requireString(image ? image.url : wire.image_url, `${path}.image_url.url`);
    return [
      { type: "image", source: mediaSource(url), detail: asText(image?.detail) || undefined, cache: decodeCache(wire) },
    ];
  },
  video_url(wire, path) {
    const video = asObject<WireImageUrl>(wire.video_url);
    return [
      {
        type: "video",
        source: mediaSource(requireString(video ? video.url : wire.video_url, `${path}.video_url.url`)),
      },
    ];
  },
  input_audio(wire, path) {
    const audio = asObject<WireInputAudio>(wire.input_audio);
    // Mistral: a bare string, base64 or URL.
    const data = requireString(audio ? audio.data : wire.input_audio, `${path}.input_audio.data`);
    if (data.startsWith("http") || data.startsWith("data:"))
      return [{ type: "audio", source: mediaSource(data), cache: decodeCache(wire) }];
    const mediaType = audioType(asText(audio?.format) || "mp3");
    return [{ type: "audio", source: { type: "base64", mediaType, data }, cache: decodeCache(wire) }];
  },
  audio_url(wire, path) {
    const audio = asObject<WireImageUrl>(wire.audio_url);
    return [
      {
        type: "audio",
        source: mediaSource(requireString(audio ? audio.url : wire.audio_url, `${path}.audio_url.url`)),
      },
    ];
  },
  file(wire, path) {
    const file = asObject<WireFile>(wire.file);
    if (!file) throw invalid(`${path}.file`, "an object", wire.file);
    return [decodeFile(file, path, decodeCache(wire))];
  },
};

/** Text of Mistral's thinking part: a string, or an array of text parts. */
export function thinkingText(thinking: unknown): string {
  if (typeof thinking === "string") return thinking;
  return asArray(thinking)
    .map((part) => asText(asObject<WirePart>(part)?.text))
    .join("");
}

function decodeFile(file: WireFile, path: string, cache: CacheHint | undefined): DocumentBlock {
  const filename = asText(file.filename) || undefined;
  const fileId = asText(file.file_id);
  if (fileId !== "")
    return { type: "document", source: { type: "file-id", fileId, origin: "openai-chat" }, filename, cache };
  const data = requireString(file.file_data, `${path}.file.file_data`);
  if (data.startsWith("data:") || data.startsWith("http"))
    return { type: "document", source: mediaSource(data), filename, cache };
  return { type: "document", source: { type: "base64", mediaType: typeOfName(filename), data }, filename, cache };
}

function typeOfName(filename: string | undefined): string {
  return filename?.toLowerCase().endsWith(".txt") ? "text/plain" : "application/pdf";
}

/** A base64 data URL taken apart, anything else as a URL. */
export function mediaSource(url: string): MediaSource {
  if (!url.startsWith("data:")) return { type: "url", url };
  const comma = url.indexOf(",");
  const head = url.slice(5, comma);
  if (comma < 0 || !head.endsWith(";base64")) return { type: "url", url };
  const semicolon = head.indexOf(";");
  return { type: "base64", mediaType: head.slice(0, semicolon).toLowerCase(), data: url.slice(comma + 1) };
}

const AUDIO_TYPES: ReadonlyMap<string, string> = new Map([
  ["mp3", "audio/mpeg"],
  ["wav", "audio/wav"],
  ["pcm16", "audio/pcm"],
]);

function audioType(format: string): string {
  return AUDIO_TYPES.get(format) ?? `audio/${format}`;
}

const TTLS: ReadonlySet<string> = new Set(["5m", "30m", "1h", "12h"]);

/** OpenAI's breakpoint or Anthropic's `cache_control`, which gateways accept on chat parts. */
export function decodeCache(wire: WirePart): CacheHint | undefined {
  const mark = asObject<WireCache>(wire.prompt_cache_breakpoint) ?? asObject<WireCache>(wire.cache_control);
  if (!mark) return undefined;
  const ttl = asText(mark.ttl);
  // Safe: the set holds exactly the members of the union.
  return TTLS.has(ttl) ? { ttl: ttl as NonNullable<CacheHint["ttl"]> } : {};
}
