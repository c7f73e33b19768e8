// Citations of text, between the wire and the IR.

import type { IrCitation } from "../../core/block.ts";
import { isOpaqueEnvelope, wrapOpaque } from "../../core/opaque-envelope.ts";
import { isObject, stringOf, textOf, type WireObject } from "./wire.ts";

/** Reads one citation; undefined for what is none. Character ranges are those of the cited document, so they stay in `wire`. */
export function decodeCitation(value: unknown): IrCitation | undefined {
  if (!isObject(value) || stringOf(value["type"]) === undefined) return undefined;
  const url = textOf(value["url"]);
  return {
    type: url === undefined ? "document" : "url",
    url,
    title: textOf(value["title"]) ?? textOf(value["document_title"]),
    citedText: textOf(value["cited_text"]),
    origin: "anthropic",
    wire: value,
  };
}

/** Reads a list of citations; undefined when it holds none. */
export function decodeCitations(value: unknown): readonly IrCitation[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const citations = value.map(decodeCitation).filter((citation) => citation !== undefined);
  return citations.length > 0 ? citations : undefined;
}

/**
 * Writes a citation for a client: our own protocol's as it was, a web citation of another protocol as a search result
 * location. Its `encrypted_index`, which only Anthropic can mint, is an empty envelope, so that a later request tells
 * it from a real one. Undefined for citations that have no URL and are not ours.
 */
export function encodeCitationForClient(citation: IrCitation): WireObject | undefined {
  if (citation.origin === "anthropic" && isObject(citation.wire)) return citation.wire;
  if (citation.url === undefined) return undefined;
  return {
    type: "web_search_result_location",
    url: citation.url,
    title: citation.title ?? null,
    cited_text: citation.citedText ?? "",
    encrypted_index: wrapOpaque({ payload: "", origin: { protocol: citation.origin } }),
  };
}

/** Citations of assistant text that an upstream accepts: its own, without the ones made up for clients. */
export function citationsForUpstream(citations: readonly IrCitation[]): readonly WireObject[] {
  const kept: WireObject[] = [];
  for (const { origin, wire } of citations) {
    if (origin === "anthropic" && isObject(wire) && !isMadeUp(wire)) kept.push(wire);
  }
  return kept;
}

function isMadeUp(wire: WireObject): boolean {
  const index = stringOf(wire["encrypted_index"]);
  return index !== undefined && isOpaqueEnvelope(index);
}
