// Tool calls of whole messages, wire to neutral.

import type { ToolCallBlock } from "../../core/block.ts";
import { opaqueFromClient } from "../../core/opaque-envelope.ts";
import { invalid, requireString } from "./read-field.ts";
import {
  asObject,
  asText,
  readThoughtSignature,
  type WireCustom,
  type WireFunction,
  type WireToolCall,
} from "./wire.ts";

/** Arguments as text: a string as it is, an object stringified, `""` for nothing. */
export function argumentText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** Reads a call that a client sends back. `fallbackId` stands in for an empty id, which some upstreams hand out. */
export function decodeToolCall(call: unknown, fallbackId: string, path: string): ToolCallBlock {
  const wire = asObject<WireToolCall>(call);
  if (!wire) throw invalid(path, "an object", call);
  const opaque = opaqueFromClient(readThoughtSignature(wire.extra_content), "openai-chat");
  const id = asText(wire.id) || fallbackId;
  if (wire.type === "custom") {
    const custom = asObject<WireCustom>(wire.custom) ?? {};
    const name = requireString(custom.name, `${path}.custom.name`);
    return { type: "tool-call", id, name, arguments: asText(custom.input), kind: "custom", opaque };
  }
  const fn = asObject<WireFunction>(wire.function);
  if (!fn) throw invalid(`${path}.function`, "an object", wire.function);
  const name = requireString(fn.name, `${path}.function.name`);
  const text = argumentText(fn.arguments);
  return { type: "tool-call", id, name, arguments: text.trim() === "" ? "{}" : text, kind: "function", opaque };
}
