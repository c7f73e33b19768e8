// What a simulator does with a request: a plan, and the ways to choose one.

import type { SimAnswer } from "./answer.ts";
import type { SimErrorKind } from "./render-error.ts";
import type { SimRequest } from "./sim-request.ts";

/**
 * A place in a streamed answer: a number of whole events, or a meaning. `in-…` is in the middle of that part's events,
 * `after-…` behind its end; `in-tool` and `after-tool` mean the first call. A part the answer lacks means `before-end`.
 */
export type StreamPoint =
  | number
  | "after-start"
  | "in-thinking"
  | "after-thinking"
  | "in-text"
  | "after-text"
  | "in-tool"
  | "after-tool"
  | "before-end";

/** How a connection ends: `rst` resets it, `fin` closes it without finishing the HTTP message, `clean` finishes the message. */
export type SimEnding = "rst" | "fin" | "clean";

/** How body bytes are cut into writes; `bytes` writes each byte by itself, `seed` cuts at random but repeatable places. */
export type SimCut = "events" | "bytes" | { readonly seed: number; readonly maxBytes?: number };

/** An error inside a stream, in the format's own words. */
export interface SimErrorEvent {
  readonly at: StreamPoint;
  readonly kind: SimErrorKind;
  /** How the stream ends after it; default `clean`. */
  readonly then?: SimEnding | undefined;
  /** Responses only: `failed` sends `response.failed` instead of an `error` event, `both` one after the other. */
  readonly form?: "error" | "failed" | "both" | undefined;
}

/**
 * One scripted reaction. Without any fault it answers `answer` in the request's format and shape. Faults combine where
 * that makes sense; of several that contradict each other the one listed first wins.
 */
export interface SimPlan {
  readonly answer?: SimAnswer | undefined;

  // Instead of an HTTP answer.
  /** Read the request, then end the connection without a byte. */
  readonly cutBeforeHead?: "fin" | "rst" | undefined;
  /** Written instead of an HTTP answer; then the connection is closed. */
  readonly garbage?: string | Uint8Array | undefined;

  // Instead of the answer.
  /** The format's own error, with its usual status; `status`, `body` and `headers` override. */
  readonly error?: SimErrorKind | undefined;
  readonly errorMessage?: string | undefined;
  /** Status line; default 200, or the error's. */
  readonly status?: number | undefined;
  /** Body sent as it is: text, bytes, or a value to be written as JSON. */
  readonly body?: unknown;
  /** Added to the answer's headers or replacing them, lower-case names; an empty value removes one. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** 200 with an HTML page. */
  readonly html?: boolean | undefined;
  /** 200 with `content-length: 0`. */
  readonly empty?: boolean | undefined;
  /** The format's error body under status 200. */
  readonly errorIn200?: SimErrorKind | undefined;

  // The shape of the answer.
  /** `json` although a stream was asked for, or `sse` although not. */
  readonly shape?: "json" | "sse" | undefined;
  /** Chunked by default for streams; `length` announces the size, `close` ends the body by closing. */
  readonly framing?: "chunked" | "length" | "close" | undefined;
  /** Cut a JSON body in half; its length is announced as it is sent, so only the JSON is broken. */
  readonly truncateJson?: boolean | undefined;
  /** Announce more bytes than are sent, then close. */
  readonly shortBody?: boolean | undefined;

  // Time.
  /** Milliseconds before the head; `Infinity` never answers. */
  readonly stallBeforeHeadMs?: number | undefined;
  /** Milliseconds between the head and the first body byte. */
  readonly firstByteDelayMs?: number | undefined;
  /** Milliseconds before every event. */
  readonly eventDelayMs?: number | undefined;
  /** Slow drip: the body in pieces of `bytes`, one every `everyMs`. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number } | undefined;
  readonly cut?: SimCut | undefined;

  // Inside a stream.
  readonly cutAfterEvents?: { readonly at: StreamPoint; readonly how: SimEnding } | undefined;
  /** Send so much, then nothing more until the client leaves. */
  readonly stallAfterEvents?: StreamPoint | undefined;
  /** An error event at that place; then the stream ends. */
  readonly errorEventAt?: SimErrorEvent | undefined;
  /** Bytes that are no event, put at that place; the stream goes on. */
  readonly garbageAt?: { readonly at: StreamPoint; readonly bytes: string | Uint8Array } | undefined;
  /** One event of about so many bytes before the end. */
  readonly oversizedEventBytes?: number | undefined;
  /** The terminal events twice. */
  readonly duplicateTerminal?: boolean | undefined;

  /** Close the connection properly after the answer instead of keeping it alive. */
  readonly closeAfter?: boolean | undefined;
}

/** Chooses the plan for a request. A plan object stands for itself. */
export type PlanSource = SimPlan | ((request: SimRequest) => SimPlan);

/** The plan a source gives for a request. */
export function choosePlan(source: PlanSource, request: SimRequest): SimPlan {
  return typeof source === "function" ? source(request) : source;
}

/** Takes plans one after another for generate requests; afterwards `last` (default: the final one of the list) for ever. */
export function planQueue(plans: readonly PlanSource[], last: PlanSource = plans.at(-1) ?? {}): PlanSource {
  let next = 0;
  return (request) => {
    if (request.route.operation !== "generate") return choosePlan(last, request);
    return choosePlan(plans[next++] ?? last, request);
  };
}

/** Chooses by a marker that occurs in the body's text; the first that matches wins. */
export function planByMarker(markers: Readonly<Record<string, PlanSource>>, otherwise: PlanSource): PlanSource {
  const entries = Object.entries(markers);
  return (request) => choosePlan(entries.find(([marker]) => request.body.includes(marker))?.[1] ?? otherwise, request);
}

/** Chooses by the credential of the request. */
export function planByKey(keys: Readonly<Record<string, PlanSource>>, otherwise: PlanSource): PlanSource {
  return (request) => choosePlan(keys[request.key] ?? otherwise, request);
}
