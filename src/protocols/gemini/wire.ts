// The Gemini generateContent wire format: types from the official SDK, and careful readers for untrusted JSON.
// Requests may spell every field in camelCase or snake_case (protobuf JSON), so request readers take both.

import type {
  Content as SdkContent,
  FinishReason as SdkFinishReason,
  FunctionCallingConfigMode as SdkMode,
  Part as SdkPart,
  ThinkingLevel as SdkThinkingLevel,
} from "@google/genai";
import { GatewayError } from "../../core/errors.ts";
import { parseToolText } from "../../core/json-depth.ts";

/** A JSON object of unknown content. */
export type WireObject = Readonly<Record<string, unknown>>;

/** One part of a turn, as written by our encoders. */
export type WirePart = Pick<SdkPart, "text" | "thought" | "thoughtSignature" | "inlineData" | "fileData"> & {
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: WireObject };
  readonly functionResponse?: WireFunctionResponse;
  readonly executableCode?: { readonly language: string; readonly code: string; readonly id?: string };
  readonly codeExecutionResult?: { readonly outcome: string; readonly output: string; readonly id?: string };
};

/** Answer of a client tool. */
export interface WireFunctionResponse {
  readonly id?: string;
  readonly name: string;
  readonly response: WireObject;
  readonly parts?: readonly { readonly inlineData: { readonly mimeType: string; readonly data: string } }[];
}

/** One turn, as written by our encoders. Parts of unknown kinds go through as they came. */
export interface WireContent extends Pick<SdkContent, "role"> {
  readonly role: "user" | "model";
  readonly parts: readonly (WirePart | WireObject)[];
}

/** Why an answer ended; Vertex and the REST pages know more words than the SDK. */
export type FinishReasonName = `${SdkFinishReason}` | "MODEL_ARMOR" | "ESCALATION" | "MISSING_THOUGHT_SIGNATURE";

/** `toolConfig.functionCallingConfig.mode`. */
export type CallingMode = `${SdkMode}`;

/** `thinkingConfig.thinkingLevel`. */
export type ThinkingLevelName = Exclude<`${SdkThinkingLevel}`, "THINKING_LEVEL_UNSPECIFIED">;

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that requests may spell in two ways; `null` counts as absent, the camelCase spelling wins. */
export function readField(object: WireObject, camel: string, snake: string): unknown {
  return object[camel] ?? object[snake] ?? undefined;
}

/** The value if it is a string, else undefined. */
export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value if it is a finite number, else undefined. Protobuf JSON writes int64 as strings, so digits are read too. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The value if it is an array, else an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What a value is, for error messages: `a number`, `nothing`, `null`. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The error for a client field of the wrong type: `contents[0].parts: expected an array, found a string`. */
export function wrongType(path: string, expected: string, found: unknown): GatewayError {
  return new GatewayError("client-invalid-request", `${path}: expected ${expected}, found ${describe(found)}`);
}

/** A number of the client's request, or undefined when absent. Throws `client-invalid-request` for anything else. */
export function requireNumber(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = asNumber(value);
  if (number === undefined) throw wrongType(path, "a number", value);
  return number;
}

/** A string of the client's request, or undefined when absent. Throws `client-invalid-request` for anything else. */
export function requireString(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(path, "a string", value);
  return value;
}

/** Parses the text of a call's arguments, which must be an object; undefined for anything else. Never throws. */
export function parseObject(text: string): WireObject | undefined {
  const value = parseToolText(text);
  return isObject(value) ? value : undefined;
}
