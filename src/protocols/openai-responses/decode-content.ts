// Content parts of input messages and of tool outputs, as neutral blocks.

import type {
  AudioBlock,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  IrBlock,
  IrCitation,
  MediaSource,
  RefusalBlock,
  TextBlock,
  UnknownBlock,
} from "../../core/block.ts";
import { parseJsonText } from "../../core/json-depth.ts";
import { reject, requireArray, requireObject, requireString } from "./validate.ts";
import { arrayOf, compact, isObject, type JsonObject, numberOf, objectOf, PROTOCOL_ID, textOf } from "./wire.ts";

/** What a content part can become. */
export type ContentBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | RefusalBlock | UnknownBlock;

type PartDecoder = (part: JsonObject, path: string) => ContentBlock;

const decodeText: PartDecoder = (part, path) =>
  compact({
    type: "text" as const,
    text: requireString(part["text"], `${path}.text`),
    citations: decodeAnnotations(part["annotations"]),
    cache: decodeCache(part),
  });

const PART_DECODERS: Readonly<Record<string, PartDecoder>> = {
  input_text: decodeText,
  output_text: decodeText,
  text: decodeText,
  summary_text: decodeText,
  refusal: (part, path) => ({ type: "refusal", text: requireString(part["refusal"], `${path}.refusal`) }),
  input_image: (part, path) =>
    compact({
      type: "image" as const,
      source: imageSource(part, path),
      detail: textOf(part["detail"]),
      cache: decodeCache(part),
    }),
  input_file: (part, path) =>
    compact({
      type: "document" as const,
      source: fileSource(part, path),
      filename: textOf(part["filename"]),
      cache: decodeCache(part),
    }),
  input_audio: (part, path) => {
    const audio = requireObject(part["input_audio"], `${path}.input_audio`);
    const data = requireString(audio["data"], `${path}.input_audio.data`);
    const mediaType = `audio/${textOf(audio["format"]) ?? "wav"}`;
    return { type: "audio", source: { type: "base64", mediaType, data } };
  },
};

/** Reads a message's content: text, or parts. Parts of unknown kind are kept for this protocol. */
export function decodeContent(content: unknown, path: string): ContentBlock[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (content === null) return [];
  if (!Array.isArray(content)) return reject(path, "a string or an array", content);
  return decodeParts(content, path);
}

/** Reads the output of a tool: text, parts, or parts that some client wrapped as JSON text once more. */
export function decodeToolOutput(
  output: unknown,
  path: string,
): (TextBlock | ImageBlock | DocumentBlock | AudioBlock | UnknownBlock)[] {
  if (typeof output === "string") {
    const unwrapped = output.startsWith('[{"type":"input_') ? wrappedParts(output, path) : undefined;
    return toolBlocks(unwrapped ?? [{ type: "text", text: output }]);
  }
  if (output === undefined || output === null) return [];
  if (isObject(output)) return [{ type: "text", text: JSON.stringify(output) }];
  return toolBlocks(decodeParts(requireArray(output, path), path));
}

/** Url and file citations of a text part; undefined for none. */
export function decodeAnnotations(value: unknown): IrCitation[] | undefined {
  const annotations = arrayOf(value);
  return annotations.length === 0 ? undefined : annotations.filter(isObject).map(decodeAnnotation);
}

/** One annotation; kinds without a URL count as citations of documents. */
export function decodeAnnotation(annotation: JsonObject): IrCitation {
  const url = textOf(annotation["url"]);
  return compact({
    type: url === undefined ? ("document" as const) : ("url" as const),
    url,
    title: textOf(annotation["title"]) ?? textOf(annotation["filename"]),
    startIndex: numberOf(annotation["start_index"]),
    endIndex: numberOf(annotation["end_index"]),
    origin: PROTOCOL_ID,
    wire: annotation,
  });
}

/** Text of blocks that can only be text (system prompts); other kinds are not expected there and are left out. */
export function textBlocks(blocks: readonly IrBlock[]): TextBlock[] {
  return blocks.filter((block) => block.type === "text");
}

function decodeParts(parts: readonly unknown[], path: string): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  for (const [i, entry] of parts.entries()) {
    const partPath = `${path}[${i}]`;
    const part = requireObject(entry, partPath);
    const type = requireString(part["type"], `${partPath}.type`);
    const decode = Object.hasOwn(PART_DECODERS, type) ? PART_DECODERS[type] : undefined;
    blocks.push(decode ? decode(part, partPath) : { type: "unknown", origin: PROTOCOL_ID, wire: part });
  }
  return blocks;
}

function wrappedParts(text: string, path: string): ContentBlock[] | undefined {
  try {
    return decodeParts(requireArray(parseJsonText(text), path), path);
  } catch {
    return undefined; // it only looked like parts: then it is the tool's own text
  }
}

function toolBlocks(
  blocks: readonly ContentBlock[],
): (TextBlock | ImageBlock | DocumentBlock | AudioBlock | UnknownBlock)[] {
  return blocks.map((block) => (block.type === "refusal" ? { type: "text", text: block.text } : block));
}

function decodeCache(part: JsonObject): CacheHint | undefined {
  const breakpoint = part["prompt_cache_breakpoint"];
  if (!isObject(breakpoint)) return undefined;
  const ttl = breakpoint["ttl"];
  return ttl === "30m" || ttl === "12h" ? { ttl } : {};
}

function imageSource(part: JsonObject, path: string): MediaSource {
  const fileId = textOf(part["file_id"]);
  if (fileId !== undefined) return { type: "file-id", fileId, origin: PROTOCOL_ID };
  // Chat's nested form is common in clients that were ported from chat completions.
  const url = isObject(part["image_url"]) ? part["image_url"]["url"] : part["image_url"];
  return urlSource(requireString(url, `${path}.image_url`), `${path}.image_url`);
}

function fileSource(part: JsonObject, path: string): MediaSource {
  const fileId = textOf(part["file_id"]);
  if (fileId !== undefined) return { type: "file-id", fileId, origin: PROTOCOL_ID };
  const url = textOf(part["file_url"]);
  if (url !== undefined) return urlSource(url, `${path}.file_url`);
  const data = requireString(part["file_data"], `${path}.file_data`);
  if (data.startsWith("data:")) return urlSource(data, `${path}.file_data`);
  const isPdf = data.startsWith("JVBER") || objectOf(part)["filename"]?.toString().toLowerCase().endsWith(".pdf");
  return { type: "base64", mediaType: isPdf ? "application/pdf" : "application/octet-stream", data };
}

/** A `data:` URL becomes its bytes, anything else stays a URL that the provider fetches. */
function urlSource(url: string, path: string): MediaSource {
  if (!url.startsWith("data:")) return { type: "url", url };
  const comma = url.indexOf(",");
  const head = url.slice("data:".length, comma);
  if (comma < 0 || !head.endsWith(";base64")) return reject(path, "a base64 data URL", "");
  const mediaType = head.slice(0, head.indexOf(";"));
  return { type: "base64", mediaType: mediaType || "application/octet-stream", data: url.slice(comma + 1) };
}
