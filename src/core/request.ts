// The neutral request: what a client asks for, in whichever protocol it asked.

import type { CacheHint, IrBlock, ServerToolKind, TextBlock } from "./block.ts";
import type { ProtocolId } from "./protocol-id.ts";

/** One turn. `system` turns are instructions in the middle of a conversation; leading ones are in `IrRequest.system`. */
export interface IrMessage {
  readonly role: "user" | "assistant" | "system";
  /** In wire order; may be empty. Tool results are blocks of user turns, whatever the wire called them. */
  readonly content: readonly IrBlock[];
}

/** A JSON Schema as the client wrote it; a plain object, or absent for "no parameters". */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type IrTool =
  | {
      readonly type: "function";
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly description?: string | undefined;
      readonly parameters?: JsonSchema | undefined;
      readonly strict?: boolean | undefined;
      readonly cache?: CacheHint | undefined;
    }
  /** Free-text tool (Responses `custom`): the model writes plain text, possibly bound by a grammar. */
  | {
      readonly type: "custom";
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly description?: string | undefined;
      /** `{type:"text"}` or `{type:"grammar", syntax, definition}` as on the wire. */
      readonly format?: unknown;
    }
  /** A tool that the provider runs. */
  | {
      readonly type: "server";
      readonly tool: ServerToolKind;
      /** Name in its protocol: `web_search`, `code_interpreter`, `googleSearch`. */
      readonly name: string;
      readonly allowedDomains?: readonly string[] | undefined;
      readonly blockedDomains?: readonly string[] | undefined;
      readonly userLocation?: unknown;
      readonly maxUses?: number | undefined;
      readonly origin: ProtocolId;
      /** The declaration as its protocol wrote it. */
      readonly wire: unknown;
    };

export type IrToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "required" }
  | { readonly type: "none" }
  | { readonly type: "tool"; readonly name: string }
  /** Only these tools, called if the model likes (`auto`) or at least one (`required`). */
  | { readonly type: "allowed"; readonly mode: "auto" | "required"; readonly names: readonly string[] };

/** How hard the model should think, in the union of the vocabularies. */
export type IrEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

export interface IrReasoning {
  /** `enabled` has a budget, `adaptive` leaves it to the model; absent when only `effort` is given. */
  readonly mode?: "enabled" | "adaptive" | "disabled" | "between-tools" | undefined;
  readonly budgetTokens?: number | undefined;
  readonly effort?: IrEffort | undefined;
  /** Whether the client wants to see thinking text: `omitted` means signatures only. */
  readonly display?: "summarized" | "full" | "omitted" | undefined;
  /** Responses `reasoning.summary`: auto, concise, detailed. */
  readonly summary?: string | undefined;
}

export type IrOutputFormat =
  | { readonly type: "json-object" }
  | {
      readonly type: "json-schema";
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly schema: JsonSchema;
      readonly strict?: boolean | undefined;
    };

/** A request in neutral form. Absent means the client did not say; encoders then leave the field out. */
export interface IrRequest {
  /** Model name as the client wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** Leading instructions, one block per wire block or message. */
  readonly system: readonly TextBlock[];
  readonly messages: readonly IrMessage[];
  readonly tools: readonly IrTool[];
  readonly toolChoice?: IrToolChoice | undefined;
  /** `false`: at most one tool call per turn. Absent: the provider's default. */
  readonly parallelToolCalls?: boolean | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** 0 to 2 as the client wrote it; encoders clamp to their range. */
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly presencePenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly seed?: number | undefined;
  /** Number of answers asked for (`n`, `candidateCount`); absent means 1. */
  readonly candidateCount?: number | undefined;
  readonly logprobs?: { readonly enabled: boolean; readonly topCount?: number | undefined } | undefined;
  readonly reasoning?: IrReasoning | undefined;
  readonly outputFormat?: IrOutputFormat | undefined;
  /** Verbosity of the answer (`text.verbosity`, `verbosity`). */
  readonly verbosity?: string | undefined;
  /** End-user id as the client wrote it. */
  readonly userId?: string | undefined;
  /** Free metadata map (OpenAI). */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly promptCacheKey?: string | undefined;
  readonly serviceTier?: string | undefined;
  /** Whether the client asked the provider to keep the answer (Responses `store`). */
  readonly store?: boolean | undefined;
  /** Chat: the client wants the usage chunk at the end of the stream. Always true for protocols that always send usage. */
  readonly includeUsage: boolean;
  /**
   * Top-level fields that only the client's protocol knows, by protocol, wire spelling, untouched.
   * Encoders of that protocol put them back; encoders of others record a loss per field where it matters.
   */
  readonly extensions?: Readonly<Partial<Record<ProtocolId, Readonly<Record<string, unknown>>>>> | undefined;
}
