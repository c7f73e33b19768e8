// Sources of an answer: `groundingMetadata`, `citationMetadata` and `urlContextMetadata` to and from citations.
// Gemini counts UTF-8 bytes over all text of the answer; the neutral form counts code points within a block.
// @source gemini.md §B.3; recorded grounded answers.

import type { IrCitation } from "../../core/block.ts";
import { asArray, asNumber, asString, isObject, type WireObject } from "./wire.ts";

/** One text block of an answer. */
export interface GroundedText {
  readonly index: number;
  readonly text: string;
}

/** A citation and the block it belongs to. */
export interface PlacedCitation {
  readonly index: number;
  readonly citation: IrCitation;
}

/** A page that grounds an answer. */
export interface GroundingSource {
  readonly url: string;
  readonly title?: string | undefined;
}

/** Pages of `groundingChunks`, in order; entries that are no pages are left out. */
export function groundingSources(metadata: WireObject): GroundingSource[] {
  return asArray(metadata["groundingChunks"]).flatMap((chunk) => {
    const page = pageOf(chunk);
    return page ? [page] : [];
  });
}

/** Citations of `groundingSupports`, one per supporting page. `texts` are the answer's text blocks in order. */
export function groundingCitations(metadata: WireObject, texts: readonly GroundedText[]): PlacedCitation[] {
  const chunks = asArray(metadata["groundingChunks"]);
  const placed: PlacedCitation[] = [];
  const locate = createLocator(texts);
  for (const support of asArray(metadata["groundingSupports"])) {
    if (!isObject(support) || !isObject(support["segment"])) continue;
    const { segment } = support;
    const range = locate(asNumber(segment["startIndex"]) ?? 0, asNumber(segment["endIndex"]));
    if (!range) continue;
    for (const chunkIndex of asArray(support["groundingChunkIndices"])) {
      const page = pageOf(chunks[asNumber(chunkIndex) ?? -1]);
      if (!page) continue;
      placed.push({
        index: range.index,
        citation: {
          type: "url",
          ...page,
          ...range.span,
          citedText: asString(segment["text"]),
          origin: "gemini",
          wire: support,
        },
      });
    }
  }
  return placed;
}

/** Citations of `citationMetadata`: text that the model repeats from elsewhere. */
export function recitationCitations(metadata: WireObject, texts: readonly GroundedText[]): PlacedCitation[] {
  const locate = createLocator(texts);
  return asArray(metadata["citations"] ?? metadata["citationSources"]).flatMap((entry) => {
    if (!isObject(entry)) return [];
    const range = locate(asNumber(entry["startIndex"]) ?? 0, asNumber(entry["endIndex"]));
    const url = asString(entry["uri"]);
    if (!range || url === undefined) return [];
    return [
      {
        index: range.index,
        citation: { type: "url", url, title: asString(entry["title"]), ...range.span, origin: "gemini", wire: entry },
      },
    ];
  });
}

/** Pages that URL context fetched. */
export function fetchedPages(metadata: WireObject): GroundingSource[] {
  return asArray(metadata["urlMetadata"]).flatMap((entry) => {
    const url = isObject(entry) ? asString(entry["retrievedUrl"]) : undefined;
    return url === undefined ? [] : [{ url }];
  });
}

/** What an encoder knows of an answer's sources. */
export interface AnswerSources {
  readonly queries: readonly string[];
  readonly pages: readonly GroundingSource[];
  /** Text blocks with their citations, in the order in which they were written. */
  readonly texts: readonly { readonly text: string; readonly citations: readonly IrCitation[] }[];
}

/** `groundingMetadata` for a client; undefined when nothing is cited and nothing was searched. */
export function encodeGrounding({ queries, pages, texts }: AnswerSources): WireObject | undefined {
  const known = new Map<string, GroundingSource>();
  for (const page of pages) if (!known.has(page.url)) known.set(page.url, page);
  const supports: WireObject[] = [];
  let offset = 0;
  for (const { text, citations } of texts) {
    for (const citation of citations) {
      const { url } = citation;
      if (url === undefined) continue;
      if (!known.has(url)) known.set(url, { url, title: citation.title });
      const chunkIndex = [...known.keys()].indexOf(url);
      supports.push({ segment: segmentOf(text, citation, offset), groundingChunkIndices: [chunkIndex] });
    }
    offset += Buffer.byteLength(text);
  }
  if (known.size === 0 && queries.length === 0) return undefined;
  const chunks = [...known.values()].map(({ url, title }) => ({
    web: { uri: url, ...(title === undefined ? {} : { title }) },
  }));
  return {
    ...(queries.length > 0 ? { webSearchQueries: queries } : {}),
    ...(chunks.length > 0 ? { groundingChunks: chunks } : {}),
    ...(supports.length > 0 ? { groundingSupports: supports } : {}),
  };
}

function segmentOf(text: string, citation: IrCitation, offset: number): WireObject {
  const points = citation.startIndex === undefined && citation.endIndex === undefined ? undefined : Array.from(text);
  const start = points ? points.slice(0, citation.startIndex ?? 0).join("") : "";
  const cited = points ? points.slice(citation.startIndex ?? 0, citation.endIndex).join("") : text;
  const startByte = offset + Buffer.byteLength(start);
  return { startIndex: startByte, endIndex: startByte + Buffer.byteLength(cited), text: cited };
}

function pageOf(chunk: unknown): GroundingSource | undefined {
  if (!isObject(chunk)) return undefined;
  const page = chunk["web"] ?? chunk["retrievedContext"] ?? chunk["maps"];
  const url = isObject(page) ? asString(page["uri"]) : undefined;
  return url === undefined || !isObject(page) ? undefined : { url, title: asString(page["title"]) };
}

interface Located {
  readonly index: number;
  readonly span: { readonly startIndex: number; readonly endIndex: number };
}

/** Turns byte ranges over the joined text into code-point ranges within the block that holds their start. */
function createLocator(
  texts: readonly GroundedText[],
): (start: number, end: number | undefined) => Located | undefined {
  const blocks = texts.map(({ index, text }) => ({ index, bytes: Buffer.from(text, "utf8") }));
  return (start, end) => {
    let offset = 0;
    for (const { index, bytes } of blocks) {
      const isInside = start >= offset && start < offset + bytes.length;
      if (isInside) {
        const from = start - offset;
        const to = Math.min(bytes.length, Math.max(from, (end ?? offset + bytes.length) - offset));
        const startIndex = codePoints(bytes, 0, from);
        return { index, span: { startIndex, endIndex: startIndex + codePoints(bytes, from, to) } };
      }
      offset += bytes.length;
    }
    return undefined;
  };
}

/** Characters that begin in a range of UTF-8 bytes: every byte but continuation bytes. */
function codePoints(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) count += 1;
  return count;
}
