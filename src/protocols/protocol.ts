// What a wire format has to provide. Everything here is pure: no I/O, no clock, no randomness but what the context brings.

import type { OpaqueOrigin } from "../core/block.ts";
import type { GatewayError } from "../core/errors.ts";
import type { IrEvent } from "../core/event.ts";
import type { Encoded, LossSink } from "../core/loss.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { IrRequest } from "../core/request.ts";
import type { IrResponse } from "../core/response.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";
import type { IrUsage } from "../core/usage.ts";
import type { WireError } from "../core/wire-error.ts";

export type { UpstreamQuirks } from "../core/upstream-quirks.ts";

/** What a client wants from a route. */
export type Operation = "generate" | "count-tokens" | "list-models" | "get-model";

/** One client route: `path` is absolute without version prefix variants, `{model}` captures (may hold `/` and `:`). */
export interface RoutePattern {
  readonly method: "GET" | "POST";
  /** Normalised path: `/v1/messages`, `/v1beta/models/{model}:generateContent`. */
  readonly path: string;
  readonly operation: Operation;
  /** Set when the path itself says whether the answer streams (Gemini). */
  readonly stream?: boolean;
}

/** How the frames of a streamed answer are separated. */
export type StreamFraming = "sse" | "json-array";

/** A matched client route. */
export interface RouteMatch {
  readonly protocol: ProtocolId;
  readonly operation: Operation;
  /** Model from the path, percent-decoded, where the path holds it. */
  readonly model?: string | undefined;
  /** Whether the path asks for a stream, where the path says so. */
  readonly stream?: boolean | undefined;
  /** Framing the client expects if it streams. */
  readonly framing: StreamFraming;
}

/** Where an encoded request goes; `origin` in opaque payloads is compared with this. */
export interface UpstreamTarget {
  readonly upstreamId: string;
  /** Fingerprint of the key, not the key; "" for none. */
  readonly keyId: string;
  /** Model name after the model map. */
  readonly model: string;
  readonly baseUrl: string;
  readonly quirks: UpstreamQuirks;
}

/** A request ready to send, but for authentication. */
export interface UpstreamCall {
  /** Path below the upstream's base URL: `/messages`, `/models/gemini-2.5-pro:streamGenerateContent`. */
  readonly path: string;
  /** Query without `?`; `""` for none. */
  readonly query: string;
  /** Protocol headers, lower case, without authentication: `anthropic-version`. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON body. */
  readonly body: unknown;
  /** What the decoder of the answer has to know. */
  readonly decode: DecodeContext;
}

/** What a decoder of answers has to know about the request it answers. */
export interface DecodeContext {
  /** Tags opaque payloads with who made them. */
  readonly origin: OpaqueOrigin;
  /** Wire tool name to the client's name, where encoding had to change one. */
  readonly toolNames?: ReadonlyMap<string, string> | undefined;
  readonly quirks: UpstreamQuirks;
  /** Makes ids for calls that the upstream left without one: 24 characters of `[0-9A-Za-z]`. */
  readonly mintId: () => string;
  readonly loss: LossSink;
  /** The request fills the provider's prompt cache and wants no answer: an empty one is complete. */
  readonly isWarmUp?: boolean | undefined;
  /** The client speaks this protocol too and gets the answer as it is. */
  readonly isPassedOn?: boolean | undefined;
}

/** What an encoder of answers has to know about the client and its request. */
export interface ReplyContext {
  /** Model name the client asked for; answers carry it whatever the upstream calls it. */
  readonly model: string;
  /** 24 characters of `[0-9A-Za-z]`; encoders prefix it as their protocol does (`msg_`, `chatcmpl-`, `resp_`). */
  readonly responseId: string;
  /**
   * The upstream's own id of the answer, where it speaks the client's protocol and has told it in time: what a client
   * goes on from (`previous_response_id`, message threads) is known there under no other.
   */
  readonly answerId?: string | undefined;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** The client's request, for echoes, reverse tool mapping and `includeUsage`. */
  readonly request: IrRequest;
  /** Framing of a streamed answer. */
  readonly framing: StreamFraming;
  /** Input tokens counted locally, for protocols that announce them first; undefined when not known. */
  readonly estimatedInputTokens?: number | undefined;
  readonly mintId: () => string;
  readonly loss: LossSink;
  /** The answer was begun with an upstream's own bytes: what its decoder's `trail` gave. */
  readonly resume?: unknown;
}

/** Turns whole wire events into IR events. Synchronous; emits in order; never throws on bad input but emits `error`. */
export interface StreamDecoder {
  /**
   * One wire event: `name` is the SSE event name or `""`, `data` its payload (lines joined with `\n`).
   * Events after the terminal one are ignored.
   */
  event(name: string, data: string): void;
  /** The body ended. Emits `error` with `truncated` when the answer was not complete; called once, last. */
  end(): void;
  /**
   * The answer has its finish reason and only trailing information (usage, an end marker) can still come: a server
   * that now keeps the connection open is not waited for. Absent where the terminal event ends everything.
   */
  isComplete?(): boolean;
  /**
   * The event that ended the answer was none of its own: damaged, or telling of a failure behind the finish reason of
   * an answer with content. Whoever relays the bytes leaves it out.
   */
  hasStrayEnd?(): boolean;
  /**
   * The event that came last stands behind the end and has nothing to tell: a second end, an imitator's mark, what
   * belongs to no answer. Whoever relays the bytes leaves it out. Absent where the terminal event ends everything.
   */
  isExtra?(): boolean;
  /**
   * What an encoder of the same protocol has to know to go on where the bytes seen so far leave off (ids, counters);
   * it gets it as `ReplyContext.resume`. Absent where an encoder needs nothing but the events.
   */
  trail?(): unknown;
  /**
   * Something has begun on the wire that is told of when it is whole: until then `trail` stays where it was before, and
   * whoever may have to go on with the answer holds the bytes back.
   */
  isAhead?(): boolean;
}

/** Turns IR events into wire frames. Synchronous; a frame is one whole wire event including its blank line. */
export interface StreamEncoder {
  event(event: IrEvent): void;
  /** A failure after the first byte: the protocol's in-band error, without any success-shaped end. */
  error(error: GatewayError): void;
  /**
   * Keeps a silent connection alive; legal between any two frames. Called before the first event as well,
   * where encoders that need it write their message start first.
   */
  keepAlive(): void;
  /**
   * Called once when the events that the client has had from an upstream's own bytes were replayed to this encoder,
   * whose frames up to here are thrown away; the next frame follows those bytes. `false`: those bytes hold what the
   * events do not tell, so that no legal frame can follow them but an error.
   */
  resumed?(): boolean;
  /** Writes what closes the framing after everything else (`]` of a JSON array); called once, last. */
  close(): void;
}

/** Where a pass-through body keeps the values that the gateway reads or changes without parsing the body. */
export interface PassThroughFields {
  /** Top-level key of the model name; null when the path holds it. */
  readonly model: string | null;
  /** Top-level key of the stream flag; null when the path says it. */
  readonly stream: string | null;
  /** Top-level key of the conversation's turns. */
  readonly conversation: string;
  /** Small top-level field that may name the session, and how to read it; absent where there is none. */
  readonly session?: { readonly field: string; read(value: unknown): string | undefined } | undefined;
  /** Small top-level field that may ask for filling the prompt cache only; absent where no field does. */
  readonly warmUp?: { readonly field: string; isAsked(value: unknown): boolean } | undefined;
  /** Small top-level fields that name a part of the conversation which a provider keeps; absent where there is none. */
  readonly held?: HeldFields | undefined;
}

/** Fields that stand for content which only the provider that keeps it can read. */
export interface HeldFields {
  /** Spellings of one field. */
  readonly fields: readonly string[];
  /**
   * Why an upstream cannot take the field; undefined when it can. `baseUrl` is absent for upstreams of another
   * protocol; `value` is undefined when the request has no such field.
   */
  refuse(value: unknown, baseUrl: string | undefined): GatewayError | undefined;
}

/** An error body for a client. */
export interface ErrorReply {
  readonly status: number;
  readonly body: unknown;
}

/** A model for the list routes. */
export interface ModelEntry {
  readonly id: string;
  readonly displayName: string;
  /** Seconds since the epoch; 0 when unknown. */
  readonly createdAt: number;
  readonly ownedBy: string;
}

/** How a silent pass-through stream is kept alive; the converted lane asks its encoder instead. */
export interface KeepAlive {
  /** A frame that is legal between any two frames once the answer has started. */
  frame(framing: StreamFraming): string;
  /** Clients need the protocol's start event before the first such frame. */
  readonly needsStart: boolean;
}

/**
 * How an answer that broke off is continued inside the client's message: with a marked reasoning block, with a blank
 * line in the text, or without anything.
 */
export type SeamStyle = "marker" | "blank-line" | "none";

/**
 * The ending of a broken stream that makes coding agents of this protocol send their request again: the in-band error,
 * a reset connection, or a clean end without the terminal event.
 * @source clients.md section 9, measured 2026-11-23
 */
export type BrokenEnding = "error" | "reset" | "end";

/** A wire format, in both roles: clients speak it to us, upstreams are spoken to in it. */
export interface Protocol {
  readonly id: ProtocolId;
  readonly routes: readonly RoutePattern[];
  readonly passThrough: PassThroughFields;
  readonly keepAlive: KeepAlive;
  /**
   * Clients read one `data:` line per frame and drop a frame that begins with anything else, so that comments and names
   * which an upstream puts into its frames are left out.
   */
  readonly wantsBareFrames?: boolean;
  /**
   * What a stream of this protocol ends with, for upstreams that broke off behind their finish reason; `""` for
   * nothing. `isOptional`: some servers never send it, so that a clean end without it is left as it is.
   */
  readonly closing: { frame(framing: StreamFraming): string; readonly isOptional: boolean };
  /** Field of an answer that holds its token counts, and how to read it: for answers that are passed on unread. */
  readonly usage: { readonly field: string; read(counts: unknown): IrUsage | undefined };
  readonly seam: SeamStyle;
  readonly brokenEnding: BrokenEnding;
  /** Client request headers (lower case) that a same-protocol upstream gets as they are. */
  readonly forwardHeaders: readonly string[];

  /** Path and query below the base URL for an operation; null when this protocol has no such endpoint. */
  upstreamPath(operation: Operation, model: string, stream: boolean): { path: string; query: string } | null;
  /** Authentication and other headers every upstream call carries, lower case. `key` may be `""` for none. */
  upstreamHeaders(key: string, baseUrl: string, quirks: UpstreamQuirks): Record<string, string>;

  /** Throws GatewayError `client-invalid-request` that says what was expected, what was found and where. */
  decodeRequest(body: unknown, route: RouteMatch, loss: LossSink): IrRequest;
  /** Never mutates the request. `mintId` as in DecodeContext. */
  encodeRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall>;
  /** Body of a count-tokens call (operation `count-tokens`), or null when the protocol has none. */
  encodeCountRequest(request: IrRequest, target: UpstreamTarget, mintId: () => string): Encoded<UpstreamCall> | null;

  /**
   * Reads a whole answer. Returns the error when the body is an error envelope or no answer at all
   * (`malformed`), whatever status it came with.
   */
  decodeResponse(body: unknown, context: DecodeContext): IrResponse | { readonly error: WireError };
  encodeResponse(response: IrResponse, context: ReplyContext): unknown;

  createStreamDecoder(emit: (event: IrEvent) => void, context: DecodeContext): StreamDecoder;
  createStreamEncoder(write: (frame: string) => void, context: ReplyContext): StreamEncoder;

  /** Reads an error body (JSON value, or text when it was not JSON); defensive, never throws. */
  decodeError(status: number, body: unknown): WireError;
  /** The error as this protocol's clients expect it. `requestId` is ours. */
  encodeError(error: GatewayError, requestId: string): ErrorReply;

  /** Token count out of a count-tokens answer; null when the body holds none. */
  decodeCount(body: unknown): number | null;
  /** Answer to a count-tokens client. */
  encodeCount(inputTokens: number): unknown;
  /** Models of an upstream's list; `[]` when the body is none. Never throws. */
  decodeModelList(body: unknown): ModelEntry[];
  encodeModelList(models: readonly ModelEntry[]): unknown;
  encodeModel(model: ModelEntry): unknown;
}
