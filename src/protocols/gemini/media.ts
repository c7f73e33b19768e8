// Images, documents, audio and video: `inlineData` and `fileData` in both directions.

import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource, VideoBlock } from "../../core/block.ts";
import { foreignFile } from "../../core/conversion-refused.ts";
import type { Loss } from "../../core/loss.ts";
import { asString, isObject, readField, type WireObject, type WirePart, wrongType } from "./wire.ts";

/** Blocks that hold media. */
export type MediaBlock = ImageBlock | DocumentBlock | AudioBlock | VideoBlock;

/** Text formats that Gemini takes as files; others go out as plain text. */
const TEXT_TYPES: ReadonlySet<string> = new Set([
  "text/plain",
  "text/html",
  "text/css",
  "text/csv",
  "text/xml",
  "text/rtf",
]);

/** First characters of base64 data, for files whose type the client does not know. */
const MAGIC: readonly (readonly [string, string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
  ["JVBERi", "application/pdf"],
  ["SUQz", "audio/mpeg"],
  ["T2dnUw", "audio/ogg"],
  ["ZkxhQ", "audio/flac"],
];

const TYPE_OF_EXTENSION: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  pdf: "application/pdf",
  txt: "text/plain",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
};

const DEFAULT_TYPE: Readonly<Record<MediaBlock["type"], string>> = {
  image: "image/jpeg",
  document: "application/pdf",
  audio: "audio/mpeg",
  video: "video/mp4",
};

/** Reads `inlineData` or `fileData`; undefined when the part has neither. Throws `client-invalid-request` when it is broken. */
export function decodeMedia(part: WireObject, path: string): MediaBlock | undefined {
  const inline = readField(part, "inlineData", "inline_data");
  if (inline !== undefined) {
    if (!isObject(inline)) throw wrongType(`${path}.inlineData`, "an object", inline);
    const data = asString(inline["data"]);
    if (data === undefined) throw wrongType(`${path}.inlineData.data`, "a string", inline["data"]);
    const mediaType = bareType(asString(readField(inline, "mimeType", "mime_type")) ?? "");
    return mediaBlock({ type: "base64", mediaType, data }, mediaType, displayName(inline));
  }
  const file = readField(part, "fileData", "file_data");
  if (file === undefined) return undefined;
  if (!isObject(file)) throw wrongType(`${path}.fileData`, "an object", file);
  const uri = asString(readField(file, "fileUri", "file_uri"));
  if (uri === undefined)
    throw wrongType(`${path}.fileData.fileUri`, "a string", readField(file, "fileUri", "file_uri"));
  const mediaType = bareType(asString(readField(file, "mimeType", "mime_type")) ?? "") || undefined;
  const source: MediaSource = isProviderFile(uri)
    ? { type: "file-id", fileId: uri, origin: "gemini", mediaType }
    : { type: "url", url: uri, mediaType };
  return mediaBlock(source, mediaType ?? (isYouTube(uri) ? "video/mp4" : typeOfUrl(uri)) ?? "", displayName(file));
}

/**
 * The part that carries a media block. GIFs, which Gemini refuses, become a note.
 * @throws GatewayError `conversion-refused` for files that only another provider can read.
 */
export function encodeMedia(block: MediaBlock, path: string, losses: Loss[]): WirePart {
  noteMediaLosses(block, path, losses);
  const { source } = block;
  switch (source.type) {
    case "text":
      return { text: documentText(block, source.text) };
    case "base64":
      return encodeInline(block, source.mediaType, source.data, path, losses);
    case "url":
      return encodeUrl(block, source, path, losses);
    default:
      if (source.origin !== "gemini") {
        throw foreignFile(path, source.origin);
      }
      return { fileData: { ...(source.mediaType ? { mimeType: source.mediaType } : {}), fileUri: source.fileId } };
  }
}

function encodeInline(block: MediaBlock, rawType: string, data: string, path: string, losses: Loss[]): WirePart {
  const mimeType = wireType(rawType, data, block.type);
  if (mimeType === "image/gif") {
    losses.push({ kind: "dropped", path, feature: "gif-image", detail: "gemini refuses gif images" });
    return { text: "[a GIF image was left out: this model cannot read GIF]" };
  }
  return { inlineData: { mimeType, data } };
}

function encodeUrl(
  block: MediaBlock,
  source: Extract<MediaSource, { type: "url" }>,
  path: string,
  losses: Loss[],
): WirePart {
  const inline = /^data:([^;,]*)[^,]*;base64,/i.exec(source.url.slice(0, 256));
  if (inline) return encodeInline(block, inline[1] ?? "", source.url.slice(inline[0].length), path, losses);
  const known = bareType(source.mediaType ?? "") || typeOfUrl(source.url);
  if (known === undefined && isYouTube(source.url)) return { fileData: { fileUri: source.url } };
  if (known === undefined) losses.push({ kind: "invented", path, feature: "media-type" });
  return { fileData: { mimeType: known ?? DEFAULT_TYPE[block.type], fileUri: source.url } };
}

/** The media type on the wire: without parameters, with the names that Gemini knows. */
function wireType(rawType: string, data: string, kind: MediaBlock["type"]): string {
  const type = bareType(rawType);
  if (type === "image/jpg") return "image/jpeg";
  if (type === "" || type === "application/octet-stream") {
    return MAGIC.find(([prefix]) => data.startsWith(prefix))?.[1] ?? (type || DEFAULT_TYPE[kind]);
  }
  const isText = type.startsWith("text/") || type === "application/json" || type === "application/xml";
  return isText && !TEXT_TYPES.has(type) ? "text/plain" : type;
}

function mediaBlock(source: MediaSource, mediaType: string, filename: string | undefined): MediaBlock {
  if (mediaType.startsWith("image/")) return { type: "image", source };
  if (mediaType.startsWith("audio/")) return { type: "audio", source };
  if (mediaType.startsWith("video/")) return { type: "video", source };
  return { type: "document", source, ...(filename === undefined ? {} : { filename }) };
}

function documentText(block: MediaBlock, text: string): string {
  if (block.type !== "document") return text;
  return [block.title ?? block.filename, block.context, text]
    .filter((line) => line !== undefined && line !== "")
    .join("\n\n");
}

function noteMediaLosses(block: MediaBlock, path: string, losses: Loss[]): void {
  if (block.type === "image" && block.detail !== undefined && block.detail !== "auto") {
    losses.push({ kind: "dropped", path: `${path}.detail`, feature: "image-detail" });
  }
  if (block.type === "document" && block.citationsEnabled)
    losses.push({ kind: "dropped", path, feature: "document-citations" });
  if (block.type !== "video" && block.cache)
    losses.push({ kind: "dropped", path: `${path}.cache_control`, feature: "cache-control" });
}

function bareType(type: string): string {
  const end = type.indexOf(";");
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

function typeOfUrl(url: string): string | undefined {
  const end = url.search(/[?#]/);
  const path = end < 0 ? url : url.slice(0, end);
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return Object.hasOwn(TYPE_OF_EXTENSION, extension) ? TYPE_OF_EXTENSION[extension] : undefined;
}

function isProviderFile(uri: string): boolean {
  return (
    uri.startsWith("gs://") || uri.startsWith("files/") || uri.startsWith("https://generativelanguage.googleapis.com/")
  );
}

function isYouTube(uri: string): boolean {
  return /^https:\/\/(www\.)?(youtube\.com|youtu\.be)\//.test(uri);
}

function displayName(data: WireObject): string | undefined {
  return asString(readField(data, "displayName", "display_name"));
}
