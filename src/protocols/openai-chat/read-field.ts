// Reads fields of a client's request and says precisely what is wrong with them.

import { GatewayError } from "../../core/errors.ts";

/** An error that names the place, what was expected and what was found. Always `client-invalid-request`. */
export function invalid(path: string, expected: string, value: unknown): GatewayError {
  return new GatewayError("client-invalid-request", `${path}: expected ${expected}, found ${describe(value)}`);
}

/** A number, or undefined when absent or null; anything else throws. */
export function readNumber(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number") throw invalid(path, "a number", value);
  return value;
}

/** A boolean, or undefined when absent or null; anything else throws. */
export function readBoolean(value: unknown, path: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw invalid(path, "a boolean", value);
  return value;
}

/** A string, or undefined when absent or null; anything else throws. */
export function readString(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(path, "a string", value);
  return value;
}

/** A string with at least one character; anything else throws. */
export function requireString(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") throw invalid(path, "a non-empty string", value);
  return value;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
