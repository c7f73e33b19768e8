// Wire types of the Responses API that the official SDK lacks, and narrow readers for untrusted JSON.
// Everything read from a client or an upstream is `unknown` until one of these readers has looked at it.

import type {
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
  ResponseUsage,
} from "openai/resources/responses/responses";
import { parseToolText } from "../../core/json-depth.ts";
import type { ProtocolId } from "../../core/protocol-id.ts";

/** This protocol's id, for origins and extensions. */
export const PROTOCOL_ID = "openai-responses" satisfies ProtocolId;

/**
 * Marks extensions of a request whose client sent no `instructions`: its system blocks are all input items. A symbol,
 * because encoders of other protocols report every named extension as a loss, and nothing is lost here.
 */
export const NO_INSTRUCTIONS: unique symbol = Symbol("no instructions");

/** A JSON object whose fields nobody has looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reasoning as it is sent back: without `id`, which a server that stores nothing cannot resolve. */
export type ReasoningInputItem = Omit<ResponseReasoningItem, "id"> & { id?: string };

/** An assistant turn as it is sent back: the server accepts it without id and status. */
export type AssistantInputItem = Omit<ResponseOutputMessage, "id" | "status">;

/** Anything that may stand in `input`. `JsonObject` are items that only this protocol knows, sent back as they came. */
export type InputItem = ResponseInputItem | ReasoningInputItem | AssistantInputItem | JsonObject;

/** Anything that may stand in `output`. */
export type OutputItem = ResponseOutputItem | JsonObject;

/** Event types that the SDK declares; the decoder's table has to name each of them. */
export type StreamEventType = ResponseStreamEvent["type"];

export type { ResponseUsage };

/** A plain JSON object, not null and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string, or undefined for anything else. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The non-empty string, or undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The finite number, or undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The array, or an empty one for anything else. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects among the elements of an array; empty for anything else. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return arrayOf(value).filter(isObject);
}

/** The object, or an empty one for anything else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** JSON text of a value that ought to be a string: some servers send arguments as objects. */
export function jsonTextOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

/** Parses JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  return parseToolText(text);
}

/** Removes keys whose value is undefined, so that JSON and comparisons see only what is there. */
export function compact<T extends object>(value: T): T {
  const result: Record<string, unknown> = {};
  for (const key in value) if (value[key] !== undefined) result[key] = value[key];
  return result as T;
}
