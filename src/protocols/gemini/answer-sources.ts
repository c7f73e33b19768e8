// Sources of an answer: remembered while it is read, turned into citations and search blocks at its end.

import type { IrEvent } from "../../core/event.ts";
import type { LossSink } from "../../core/loss.ts";
import type { AnswerBlocks } from "./answer-blocks.ts";
import { fetchedPages, groundingCitations, groundingSources, recitationCitations } from "./grounding.ts";
import { asArray, isObject, type WireObject } from "./wire.ts";

/** Collects source metadata of the candidate and emits it once. */
export interface AnswerSourceReader {
  /** Takes the metadata of one chunk; the last one that is not empty wins. */
  note(candidate: WireObject): void;
  /** The answer already shows its searches as parts of their own. */
  skipSearchBlocks(): void;
  /** Emits citations into the open text block, then blocks for searches and fetches. */
  emit(target: SourceTarget): void;
}

/** Where citations and blocks go. */
export interface SourceTarget {
  readonly emit: (event: IrEvent) => void;
  readonly blocks: AnswerBlocks;
  readonly context: { readonly loss: LossSink };
}

/** Creates the source state of one answer. */
export function createAnswerSources(): AnswerSourceReader {
  let grounding: WireObject | undefined;
  let recitations: WireObject | undefined;
  let fetches: WireObject | undefined;
  let hasSearchParts = false;

  return {
    note(candidate) {
      grounding = filled(candidate["groundingMetadata"]) ?? grounding;
      recitations = filled(candidate["citationMetadata"]) ?? recitations;
      fetches = filled(candidate["urlContextMetadata"]) ?? fetches;
    },
    skipSearchBlocks() {
      hasSearchParts = true;
    },
    emit(state) {
      if (grounding || recitations) emitCitations(state, grounding, recitations);
      if (grounding && !hasSearchParts) emitSearch(state, grounding);
      if (fetches) emitFetches(state, fetches);
    },
  };
}

function emitCitations(
  state: SourceTarget,
  grounding: WireObject | undefined,
  recitations: WireObject | undefined,
): void {
  const texts = state.blocks.texts();
  const placed = [
    ...(grounding ? groundingCitations(grounding, texts) : []),
    ...(recitations ? recitationCitations(recitations, texts) : []),
  ];
  let hasLost = false;
  for (const { index, citation } of placed) {
    if (!state.blocks.cite(index, { type: "citation", citation })) hasLost = true;
  }
  if (hasLost) state.context.loss({ kind: "dropped", path: "candidates[0].groundingMetadata", feature: "citations" });
}

function emitSearch(state: SourceTarget, metadata: WireObject): void {
  const queries = asArray(metadata["webSearchQueries"]).filter((query) => typeof query === "string");
  const sources = groundingSources(metadata);
  if (queries.length === 0 && sources.length === 0) return;
  const { blocks } = state;
  const id = blocks.mintId();
  const wire = { groundingMetadata: metadata };
  blocks.whole({
    type: "server-tool-call",
    id,
    tool: "web-search",
    name: "google_search",
    input: { queries },
    origin: "gemini",
    wire,
  });
  blocks.whole({
    type: "server-tool-result",
    callId: id,
    tool: "web-search",
    isError: false,
    sources,
    origin: "gemini",
    wire,
  });
  if (queries.length > 0) state.emit({ type: "usage", usage: { webSearchRequests: queries.length } });
}

function emitFetches(state: SourceTarget, metadata: WireObject): void {
  const sources = fetchedPages(metadata);
  if (sources.length === 0) return;
  const { blocks } = state;
  const id = blocks.mintId();
  const wire = { urlContextMetadata: metadata };
  const input = { urls: sources.map(({ url }) => url) };
  blocks.whole({ type: "server-tool-call", id, tool: "web-fetch", name: "url_context", input, origin: "gemini", wire });
  blocks.whole({
    type: "server-tool-result",
    callId: id,
    tool: "web-fetch",
    isError: false,
    sources,
    origin: "gemini",
    wire,
  });
}

/** The value if it is an object with content; streams repeat an empty one in every chunk. */
function filled(value: unknown): WireObject | undefined {
  return isObject(value) && Object.keys(value).length > 0 ? value : undefined;
}
