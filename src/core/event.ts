// The neutral stream. Grammar: message-start, then per block block-start block-delta* block-end,
// usage at any time, then exactly one message-end or error, then nothing.
// Several blocks may be open at once; encoders for sequential protocols put them in order.

import type { IrBlock, IrCitation, Opaque } from "./block.ts";
import type { IrStop } from "./stop.ts";
import type { IrUsage } from "./usage.ts";
import type { WireError } from "./wire-error.ts";

/**
 * How a block begins. Blocks that grow (text, reasoning, refusal, tool-call) start empty and get deltas;
 * all others arrive whole in `block-start` and get none.
 */
export type IrBlockStart =
  | { readonly type: "text" }
  | { readonly type: "reasoning"; readonly isSummary?: boolean | undefined; readonly id?: string | undefined }
  | { readonly type: "refusal" }
  | {
      readonly type: "tool-call";
      readonly id: string;
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly kind: "function" | "custom";
      readonly opaque?: Opaque | undefined;
    }
  | { readonly type: "whole"; readonly block: IrBlock };

export type IrDelta =
  /** For text, reasoning and refusal blocks; may be any non-empty string. */
  | { readonly type: "text"; readonly text: string }
  /** For tool-call blocks; concatenated they are the arguments. */
  | { readonly type: "arguments"; readonly text: string }
  /** For reasoning and text blocks: signature or encrypted payload; at most one per block, it replaces. */
  | { readonly type: "opaque"; readonly opaque: Opaque }
  | { readonly type: "citation"; readonly citation: IrCitation };

export type IrEvent =
  | {
      readonly type: "message-start";
      readonly id?: string | undefined;
      readonly model?: string | undefined;
      readonly usage?: IrUsage | undefined;
    }
  /** `index` is unique per answer and chosen by the decoder; order of block-start is order of content. */
  | { readonly type: "block-start"; readonly index: number; readonly block: IrBlockStart }
  | { readonly type: "block-delta"; readonly index: number; readonly delta: IrDelta }
  | { readonly type: "block-end"; readonly index: number }
  /** Cumulative; later reports replace the fields they name. */
  | { readonly type: "usage"; readonly usage: IrUsage }
  /** Chat log probabilities of the latest text (`choices[0].logprobs.content`). */
  | { readonly type: "logprobs"; readonly content: unknown }
  | { readonly type: "message-end"; readonly stop: IrStop }
  /** The upstream reported a failure or broke off; nothing follows. */
  | { readonly type: "error"; readonly error: WireError };
