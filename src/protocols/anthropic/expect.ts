// Validation of client bodies: errors that say what was expected, what was found and where.

import { GatewayError } from "../../core/errors.ts";
import { describe, isObject, type WireObject } from "./wire.ts";

/** The error for a value of the wrong kind. `expected` reads like `a string`. */
export function mismatch(path: string, expected: string, found: unknown): GatewayError {
  return new GatewayError("client-invalid-request", `${path}: expected ${expected}, found ${describe(found)}`);
}

/** The value as an object; throws `client-invalid-request` otherwise. */
export function expectObject(value: unknown, path: string): WireObject {
  if (!isObject(value)) throw mismatch(path, "an object", value);
  return value;
}

/** The value as a string; throws `client-invalid-request` otherwise. */
export function expectString(value: unknown, path: string): string {
  if (typeof value !== "string") throw mismatch(path, "a string", value);
  return value;
}

/** The value as a non-empty string; throws `client-invalid-request` otherwise. */
export function expectText(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") throw mismatch(path, "a non-empty string", value);
  return value;
}

/** The value as an array, or undefined when absent or null; throws `client-invalid-request` otherwise. */
export function optionalArray(value: unknown, path: string): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw mismatch(path, "an array", value);
  return value;
}

/** The value as a finite number, or undefined when absent or null; throws `client-invalid-request` otherwise. */
export function optionalNumber(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw mismatch(path, "a number", value);
  return value;
}
