// Names and call ids in the form that OpenAI accepts, and the one rule for tools that live in a namespace.

import { createHash } from "node:crypto";

const MAX_LENGTH = 64;
const HASH_LENGTH = 8;
const VALID = /^[a-zA-Z0-9_-]+$/;
const INVALID_CHARACTERS = /[^a-zA-Z0-9_-]/g;

/**
 * The name of a tool for protocols without namespaces: `ns__tool`, or the bare name without namespace.
 * `IrTool.namespace` and `ToolCallBlock.namespace` mean exactly this split, and `IrToolChoice` holds flattened names.
 */
export function flattenToolName(name: string, namespace: string | undefined): string {
  return namespace ? `${namespace}__${name}` : name;
}

/** A tool name that matches `^[a-zA-Z0-9_-]{1,64}$`: itself if it does, else cut, cleaned and marked with a hash. */
export function wireToolName(name: string): string {
  return wireIdentifier(name);
}

/** A call id that matches the same pattern; the same input always gives the same output, different ones differ. */
export function wireCallId(id: string): string {
  return wireIdentifier(id);
}

/** Hex SHA-256 of a text, whole or its first `length` characters. */
export function sha256Hex(text: string, length = 64): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

function wireIdentifier(text: string): string {
  if (text.length <= MAX_LENGTH && VALID.test(text)) return text;
  const clean = text.replace(INVALID_CHARACTERS, "_").slice(0, MAX_LENGTH - HASH_LENGTH - 1);
  return `${clean}_${sha256Hex(text, HASH_LENGTH)}`;
}
