// What the gateway learns from a request body without parsing it: model, stream flag, where the model stands.

import { GatewayError } from "../core/errors.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import { type Span, scanTopLevel, spliceValue, stringAt, valueAt } from "../lib/json-scan.ts";
import type { InboundRequest } from "./inbound.ts";
import { sessionIdOf } from "./session-id.ts";

/** How the values of core/opaque-envelope.ts begin, and what the protocols' id carriers hold. */
const ENVELOPE_MARKS = ['"apr1.', "_apr1_"];
/** What the marks share. */
const ENVELOPE_MARK = "apr1";
/** Nesting that a body may have. */
const MAX_DEPTH = 200;

export interface BodyFacts {
  /** Model as the client asks for it. */
  readonly model: string;
  readonly stream: boolean;
  /** Where the model value stands in the body; undefined when the path holds the model. */
  readonly modelSpan: Span | undefined;
  /** Names the conversation; undefined when it cannot be told from others. */
  readonly sessionId: string | undefined;
  /** What names content that a provider keeps (`PassThroughFields.held`); undefined for nothing. */
  readonly held?: unknown;
  /** The request fills the provider's prompt cache and wants no answer. */
  readonly isWarmUp?: boolean;
}

/** Reads the facts. Throws GatewayError `client-invalid-request` that says what was expected and what was found. */
export function readBodyFacts(inbound: InboundRequest): BodyFacts {
  const { body, protocol, route } = inbound;
  const fields = protocol.passThrough;
  const wanted: string[] = [];
  if (fields.model) wanted.push(fields.model);
  if (fields.stream) wanted.push(fields.stream);
  if (fields.session) wanted.push(fields.session.field);
  if (fields.warmUp) wanted.push(fields.warmUp.field);
  if (fields.held) wanted.push(...fields.held.fields);
  wanted.push(fields.conversation);
  const scan = scanTopLevel(body, wanted, MAX_DEPTH);
  if (!scan) throw explainBody(body);

  const modelSpan = fields.model ? scan.spans.get(fields.model) : undefined;
  const model = fields.model ? stringAt(body, modelSpan) : route.model;
  if (model === undefined || model === "") {
    const found = modelSpan ? describe(valueAt(body, modelSpan)) : "nothing";
    throw new GatewayError("client-invalid-request", `model: expected a non-empty string, found ${found}`);
  }
  return {
    model,
    stream: route.stream ?? readStream(inbound, scan.spans),
    modelSpan,
    sessionId: sessionIdOf({ headers: inbound.headers, body, protocol, spans: scan.spans }),
    held: readHeld(inbound, scan.spans),
    isWarmUp: readWarmUp(inbound, scan.spans),
  };
}

function readWarmUp(inbound: InboundRequest, spans: ReadonlyMap<string, Span>): boolean {
  const { warmUp } = inbound.protocol.passThrough;
  const span = warmUp && spans.get(warmUp.field);
  return warmUp !== undefined && span !== undefined && warmUp.isAsked(valueAt(inbound.body, span));
}

function readHeld(inbound: InboundRequest, spans: ReadonlyMap<string, Span>): unknown {
  const span = inbound.protocol.passThrough.held?.fields.map((field) => spans.get(field)).find(Boolean);
  return span ? valueAt(inbound.body, span) : undefined;
}

function readStream(inbound: InboundRequest, spans: ReadonlyMap<string, Span>): boolean {
  const name = inbound.protocol.passThrough.stream;
  const span = name ? spans.get(name) : undefined;
  if (!span) return false;
  const value = valueAt(inbound.body, span);
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") {
    throw new GatewayError("client-invalid-request", `stream: expected true or false, found ${describe(value)}`);
  }
  return value;
}

/** The body with another model name; the same bytes when the name is the same. */
export function bodyForModel(inbound: InboundRequest, facts: BodyFacts, model: string): Uint8Array {
  if (!facts.modelSpan || model === facts.model) return inbound.body;
  return spliceValue(inbound.body, facts.modelSpan, JSON.stringify(model));
}

/**
 * Whether a body may hold opaque payloads in our envelope, or ids that carry it. Found by their prefix anywhere in the
 * bytes: a false alarm costs one conversion, a miss would show an upstream what only we can read.
 */
export function mayHoldEnvelopes(body: Uint8Array): boolean {
  const buffer = asBuffer(body);
  return buffer.includes(ENVELOPE_MARK) && ENVELOPE_MARKS.some((mark) => buffer.includes(mark));
}

/** Why a body is no JSON object that we take; only called when the scan has failed. */
function explainBody(body: Uint8Array): GatewayError {
  if (body.length === 0) return invalid("body: expected a JSON object, found an empty body");
  let value: unknown;
  try {
    value = JSON.parse(asBuffer(body).toString("utf8"));
  } catch (error) {
    return invalid(
      `body: expected a JSON object, found invalid JSON (${error instanceof Error ? error.message : "unreadable"})`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid(`body: expected a JSON object, found ${describe(value)}`);
  }
  return invalid(`body: expected JSON nested at most ${MAX_DEPTH} levels deep, found more`);
}

function invalid(message: string): GatewayError {
  return new GatewayError("client-invalid-request", message);
}

/** A value's kind in words, without its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (value === "") return "an empty string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
