// Gathers a stream into a whole answer: for clients that asked for JSON while the upstream streams.

import { assertNever } from "../lib/assert-never.ts";
import type { IrBlock, IrCitation, Opaque } from "./block.ts";
import type { IrBlockStart, IrEvent } from "./event.ts";
import type { IrResponse } from "./response.ts";
import type { IrStop } from "./stop.ts";
import { type IrUsage, mergeUsage } from "./usage.ts";
import type { WireError } from "./wire-error.ts";

interface OpenBlock {
  readonly start: IrBlockStart;
  readonly parts: string[];
  readonly citations: IrCitation[];
  opaque: Opaque | undefined;
}

/** Collects events; `result()` gives the answer, or the error, or undefined while neither end has come. */
export interface ResponseCollector {
  event(event: IrEvent): void;
  result(): IrResponse | { readonly error: WireError } | undefined;
}

/** Creates a collector. Blocks keep the order of their start; text is joined once, at the end, so cost is linear. */
export function createResponseCollector(): ResponseCollector {
  const blocks = new Map<number, OpenBlock>();
  const logprobs: unknown[] = [];
  let id: string | undefined;
  let model: string | undefined;
  let usage: IrUsage | undefined;
  let stop: IrStop | undefined;
  let failure: WireError | undefined;

  return {
    event(event) {
      switch (event.type) {
        case "message-start":
          id = event.id;
          model = event.model;
          usage = mergeUsage(usage, event.usage);
          break;
        case "block-start":
          blocks.set(event.index, { start: event.block, parts: [], citations: [], opaque: undefined });
          break;
        case "block-delta": {
          const block = blocks.get(event.index);
          if (!block) break;
          if (event.delta.type === "citation") block.citations.push(event.delta.citation);
          else if (event.delta.type === "opaque") block.opaque = event.delta.opaque;
          else block.parts.push(event.delta.text);
          break;
        }
        case "block-end":
          break;
        case "usage":
          usage = mergeUsage(usage, event.usage);
          break;
        case "logprobs":
          if (Array.isArray(event.content)) logprobs.push(...event.content);
          break;
        case "message-end":
          stop = event.stop;
          break;
        case "error":
          failure = event.error;
          break;
        default:
          assertNever(event);
      }
    },
    result() {
      if (failure) return { error: failure };
      if (!stop) return undefined;
      const content = [...blocks.values()].map(closeBlock);
      return { id, model, content, stop, usage, logprobs: logprobs.length > 0 ? logprobs : undefined };
    },
  };
}

function closeBlock(open: OpenBlock): IrBlock {
  const { start } = open;
  const text = open.parts.join("");
  switch (start.type) {
    case "text":
      return {
        type: "text",
        text,
        citations: open.citations.length > 0 ? open.citations : undefined,
        opaque: open.opaque,
      };
    case "reasoning":
      return { type: "reasoning", text, isSummary: start.isSummary, id: start.id, opaque: open.opaque };
    case "refusal":
      return { type: "refusal", text };
    case "tool-call":
      return {
        type: "tool-call",
        id: start.id,
        name: start.name,
        namespace: start.namespace,
        kind: start.kind,
        arguments: text || (start.kind === "function" ? "{}" : ""),
        opaque: start.opaque ?? open.opaque,
      };
    case "whole":
      return start.block;
    default:
      return assertNever(start);
  }
}
