// The neutral content blocks that requests and answers are made of.
// Types only: each protocol's decode-* builds them, encode-* reads them.

import type { ProtocolId } from "./protocol-id.ts";

/** A prompt-cache breakpoint right after the block that carries it. */
export interface CacheHint {
  /** Lifetime asked for; absent means the provider's default. */
  readonly ttl?: "5m" | "30m" | "1h" | "12h" | undefined;
}

/** Who produced an opaque payload; it may be sent back only to where it came from. */
export interface OpaqueOrigin {
  readonly protocol: ProtocolId;
  /** Absent when the payload arrived bare from a client of the same protocol. */
  readonly upstreamId?: string | undefined;
  /** Fingerprint of the upstream key, because some payloads are bound to an account. */
  readonly keyId?: string | undefined;
  readonly model?: string | undefined;
}

/** A signed or encrypted payload that only its maker can read: thinking signatures, encrypted reasoning, thought signatures. */
export interface Opaque {
  readonly payload: string;
  readonly origin: OpaqueOrigin;
}

/** Where the bytes of an image, document or audio clip are. */
export type MediaSource =
  | { readonly type: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly type: "url"; readonly url: string; readonly mediaType?: string | undefined }
  | { readonly type: "text"; readonly text: string; readonly mediaType?: string | undefined }
  /** A file that the provider of `origin` stores; other providers cannot resolve it. */
  | {
      readonly type: "file-id";
      readonly fileId: string;
      readonly origin: ProtocolId;
      readonly mediaType?: string | undefined;
    };

/** A source quoted by a piece of text. */
export interface IrCitation {
  readonly type: "url" | "document";
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  readonly citedText?: string | undefined;
  /** Half-open range in the block's text, in code points, where the provider gives one. */
  readonly startIndex?: number | undefined;
  readonly endIndex?: number | undefined;
  /** The citation as its protocol wrote it, for targets of the same protocol. */
  readonly origin: ProtocolId;
  readonly wire: unknown;
}

/** Tools that a provider runs by itself. */
export type ServerToolKind =
  | "web-search"
  | "web-fetch"
  | "code-execution"
  | "mcp"
  | "file-search"
  | "image-generation"
  | "tool-search"
  | "other";

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly IrCitation[] | undefined;
  readonly cache?: CacheHint | undefined;
  /** Gemini signs text parts as well. */
  readonly opaque?: Opaque | undefined;
  /** Responses: what part of the turn an assistant's message is (`commentary`, `final_answer`). */
  readonly phase?: string | undefined;
}

export interface ImageBlock {
  readonly type: "image";
  readonly source: MediaSource;
  /** OpenAI's `detail`: low, high, auto, original. */
  readonly detail?: string | undefined;
  readonly cache?: CacheHint | undefined;
}

export interface DocumentBlock {
  readonly type: "document";
  readonly source: MediaSource;
  readonly filename?: string | undefined;
  readonly title?: string | undefined;
  readonly context?: string | undefined;
  /** Anthropic: cite from this document. */
  readonly citationsEnabled?: boolean | undefined;
  /** The block as its protocol wrote it, where these fields say less; for targets of the same protocol. */
  readonly own?: { readonly origin: ProtocolId; readonly wire: unknown } | undefined;
  readonly cache?: CacheHint | undefined;
}

export interface AudioBlock {
  readonly type: "audio";
  readonly source: MediaSource;
  readonly cache?: CacheHint | undefined;
}

export interface VideoBlock {
  readonly type: "video";
  readonly source: MediaSource;
}

/** A call that the client has to run. */
export interface ToolCallBlock {
  readonly type: "tool-call";
  /** As the upstream gave it or as minted by the decoder; never empty; matches `^[a-zA-Z0-9_-]{1,64}$` once encoded. */
  readonly id: string;
  readonly name: string;
  /** Responses: tools can live in a namespace. */
  readonly namespace?: string | undefined;
  /** JSON text of the arguments object for functions (`{}` when empty), free text for custom tools. */
  readonly arguments: string;
  readonly kind: "function" | "custom";
  readonly cache?: CacheHint | undefined;
  readonly opaque?: Opaque | undefined;
}

/** What a client's tool answered. */
export interface ToolResultBlock {
  readonly type: "tool-result";
  readonly callId: string;
  /** Name of the tool, where the protocol carries it. */
  readonly name?: string | undefined;
  readonly content: readonly (TextBlock | ImageBlock | DocumentBlock | AudioBlock | UnknownBlock)[];
  readonly isError: boolean;
  readonly kind?: "function" | "custom" | undefined;
  readonly cache?: CacheHint | undefined;
}

/** A model's thinking. Never shown as plain text. */
export interface ReasoningBlock {
  readonly type: "reasoning";
  /** Visible thinking or joined summary; `""` when the provider shows none. */
  readonly text: string;
  /** Whether `text` is a summary made by the provider rather than raw thinking. */
  readonly isSummary?: boolean | undefined;
  /** The whole block is encrypted (`redacted_thinking`): `text` is `""` and `opaque` holds it. */
  readonly redacted?: boolean | undefined;
  readonly opaque?: Opaque | undefined;
  /** Item id where the protocol has one (Responses). */
  readonly id?: string | undefined;
}

export interface RefusalBlock {
  readonly type: "refusal";
  readonly text: string;
}

/** A call that the provider runs by itself; never offered to the client as its own tool call. */
export interface ServerToolCallBlock {
  readonly type: "server-tool-call";
  readonly id: string;
  readonly tool: ServerToolKind;
  readonly name: string;
  /** Parsed input: `{query}` or `{queries}` for web search, `{code}` for code execution. */
  readonly input: unknown;
  readonly origin: ProtocolId;
  readonly wire: unknown;
}

/** The provider's own tool answered. */
export interface ServerToolResultBlock {
  readonly type: "server-tool-result";
  readonly callId: string;
  readonly tool: ServerToolKind;
  readonly isError: boolean;
  /** Pages found, where the tool is a search. */
  readonly sources?: readonly { readonly url: string; readonly title?: string | undefined }[] | undefined;
  /** Text output, where the tool ran code. */
  readonly text?: string | undefined;
  readonly origin: ProtocolId;
  readonly wire: unknown;
}

/** A block of a kind that only its own protocol knows; carried back to that protocol, a loss elsewhere. */
export interface UnknownBlock {
  readonly type: "unknown";
  readonly origin: ProtocolId;
  readonly wire: unknown;
}

export type IrBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | VideoBlock
  | ToolCallBlock
  | ToolResultBlock
  | ReasoningBlock
  | RefusalBlock
  | ServerToolCallBlock
  | ServerToolResultBlock
  | UnknownBlock;
