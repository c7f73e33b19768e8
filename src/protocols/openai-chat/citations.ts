// Sources of an answer: OpenAI's annotations and the result lists of search servers.

import type { IrCitation } from "../../core/block.ts";
import { asArray, asNumber, asObject, asText } from "./wire.ts";

type WireAnnotation = { readonly [Key in "type" | "url_citation" | "file"]?: unknown };
type WireUrlCitation = { readonly [Key in "url" | "title" | "start_index" | "end_index" | "content"]?: unknown };

/** Reads one element of `annotations`; undefined for kinds that cite nothing. */
export function decodeCitation(value: unknown): IrCitation | undefined {
  const wire = asObject<WireAnnotation>(value);
  if (wire?.type === "file") {
    const title = asText(asObject<{ name?: unknown }>(wire.file)?.name) || undefined;
    return { type: "document", title, origin: "openai-chat", wire: value };
  }
  const cited = asObject<WireUrlCitation>(wire?.url_citation);
  const url = asText(cited?.url);
  if (!cited || url === "") return undefined;
  return {
    type: "url",
    url,
    title: asText(cited.title) || undefined,
    citedText: asText(cited.content) || undefined,
    startIndex: asNumber(cited.start_index),
    endIndex: asNumber(cited.end_index),
    origin: "openai-chat",
    wire: value,
  };
}

/** Reads Perplexity's `search_results`, or the bare URLs of `citations`: sources of the text as a whole. */
export function decodeSearchResults(value: unknown): IrCitation[] {
  return asArray(value).flatMap((item): IrCitation[] => {
    const wire = asObject<WireUrlCitation>(item);
    const url = asText(wire?.url) || asText(item);
    if (url === "") return [];
    return [{ type: "url", url, title: asText(wire?.title) || undefined, origin: "openai-chat", wire: item }];
  });
}

/**
 * A citation as chat writes it. `offset` is where its block begins in the whole text and `length` how long the block
 * is, in code points; a citation without a range covers its block. Undefined for documents of other protocols.
 */
export function encodeCitation(citation: IrCitation, offset: number, length: number): unknown {
  if (citation.type !== "url" || citation.url === undefined) {
    return citation.origin === "openai-chat" ? citation.wire : undefined;
  }
  return {
    type: "url_citation",
    url_citation: {
      url: citation.url,
      title: citation.title ?? "",
      start_index: offset + (citation.startIndex ?? 0),
      end_index: offset + (citation.endIndex ?? length),
    },
  };
}

/** Length in code points, which is how chat counts. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a pair does not count.
    if (unit >= 0xdc00 && unit <= 0xdfff) count--;
  }
  return count;
}
