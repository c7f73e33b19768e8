// Checks of client bodies: each throws `client-invalid-request` that says where, what was expected, what was found;
// `refuse` throws for what is sound and cannot be converted.

import { GatewayError } from "../../core/errors.ts";
import { isObject, type JsonObject, PROTOCOL_ID } from "./wire.ts";

/** Throws `client-invalid-request` with `path: expected …, found …`. */
export function reject(path: string, expected: string, value: unknown): never {
  throw new GatewayError("client-invalid-request", `${path}: expected ${expected}, found ${describe(value)}`);
}

/**
 * Throws `conversion-refused` for a field whose meaning needs the server that made it: an upstream of this protocol may
 * still take the request. `code` is the API's own word for the trouble.
 */
export function refuse(path: string, why: string, code?: string): never {
  const message = `${path}: ${why}`;
  const wire = { type: "invalid_request_error", param: path, code, message };
  throw new GatewayError("conversion-refused", message, { wire, wireProtocol: PROTOCOL_ID });
}

/** A short name for the kind of a JSON value, never its content. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}

/** The object at `path`; throws for anything else. */
export function requireObject(value: unknown, path: string): JsonObject {
  return isObject(value) ? value : reject(path, "an object", value);
}

/** The string at `path`, which may be empty; throws for anything else. */
export function requireString(value: unknown, path: string): string {
  return typeof value === "string" ? value : reject(path, "a string", value);
}

/** The non-empty string at `path`; throws for anything else. */
export function requireText(value: unknown, path: string): string {
  return typeof value === "string" && value !== "" ? value : reject(path, "a non-empty string", value);
}

/** The array at `path`; throws for anything else. */
export function requireArray(value: unknown, path: string): readonly unknown[] {
  return Array.isArray(value) ? value : reject(path, "an array", value);
}

/** The string, or undefined when absent or null; throws for anything else. */
export function optionalString(value: unknown, path: string): string | undefined {
  return value === undefined || value === null ? undefined : requireString(value, path);
}

/** The number, or undefined when absent or null; throws for anything else. */
export function optionalNumber(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : reject(path, "a number", value);
}

/** The boolean, or undefined when absent or null; throws for anything else. */
export function optionalBoolean(value: unknown, path: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "boolean" ? value : reject(path, "a boolean", value);
}

/** The object, or undefined when absent or null; throws for anything else. */
export function optionalObject(value: unknown, path: string): JsonObject | undefined {
  return value === undefined || value === null ? undefined : requireObject(value, path);
}
