// The Messages wire format as types, and narrow readers for untrusted JSON.
// Types come from the official SDK (type-only, nothing of it is bundled); readers never throw.

import type { RefusalStopDetails, StopReason } from "@anthropic-ai/sdk/resources/messages";

/** A JSON object nobody has looked at yet. */
export type WireObject = Readonly<Record<string, unknown>>;

/** Stop reasons on the wire, with the beta one. */
export type WireStopReason = StopReason | "compaction";

/** Why a refusal was one. */
export type WireStopDetails = RefusalStopDetails;

/** `cache_control` as we write it. */
export interface WireCacheControl {
  readonly type: "ephemeral";
  readonly ttl?: "5m" | "1h";
}

/** Whether a value is a JSON object (not null, not an array). */
export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object, or undefined. */
export function objectOf(value: unknown): WireObject | undefined {
  return isObject(value) ? value : undefined;
}

/** The value as a string, possibly empty, or undefined. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value as a non-empty string, or undefined. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as a finite number, or undefined. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The value as an array; anything else counts as empty. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The strings of an array of unknown things; undefined when it holds none. */
export function stringsOf(value: unknown): readonly string[] | undefined {
  const strings = arrayOf(value).filter((item): item is string => typeof item === "string");
  return strings.length > 0 ? strings : undefined;
}

/** What a value is, for error messages: `a number`, `an array`, `nothing`. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value === "") return "an empty string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A copy of `object` without the keys named. */
export function without(object: WireObject, keys: ReadonlySet<string>): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) if (!keys.has(key)) rest[key] = value;
  return rest;
}
