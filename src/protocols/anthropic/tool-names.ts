// Tool names and call ids: what the wire allows, how others are mapped onto it, and how answers are mapped back.

import { createHash } from "node:crypto";
import type { IrRequest } from "../../core/request.ts";
import type { DecodeContext } from "../protocol.ts";

/** @source anthropic-openai.md §A.4: names up to 128 characters */
const NAME_PATTERN = /^[a-zA-Z0-9_-]{1,128}$/;
/** @source clients.md §7: ids that every client and API accepts */
const ID_PATTERN = /^[a-zA-Z0-9_-]{1,64}$/;

/** What a wire tool name stands for in the client's words. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly kind: "function" | "custom";
}

/** What our decoders know beyond the common context: tools whose calls must be turned back. */
export interface AnthropicDecodeContext extends DecodeContext {
  /** By wire name; holds only tools that are not plain functions under their own name. */
  readonly tools?: ReadonlyMap<string, ToolIdentity> | undefined;
}

/** A tool name as the wire allows it: unchanged if legal, otherwise cleaned, cut and made unique by a hash. */
export function wireToolName(name: string, namespace?: string | undefined): string {
  const full = namespace === undefined ? name : namespace.endsWith("__") ? namespace + name : `${namespace}__${name}`;
  return NAME_PATTERN.test(full) ? full : hashed(full, 128);
}

/**
 * A call id as every Messages client and upstream accepts it. Deterministic, so that calls and results stay paired
 * over requests; changed ids end with a hash of the original, so that two never become one.
 */
export function wireToolId(id: string): string {
  return ID_PATTERN.test(id) ? id : hashed(id, 64);
}

/** The tools of a request whose answers need turning back, by wire name. */
export function toolIdentities(request: IrRequest): ReadonlyMap<string, ToolIdentity> {
  const identities = new Map<string, ToolIdentity>();
  for (const tool of request.tools) {
    if (tool.type === "server") continue;
    const wireName = wireToolName(tool.name, tool.namespace);
    if (identities.has(wireName)) continue;
    if (wireName !== tool.name || tool.type === "custom") {
      identities.set(wireName, { name: tool.name, namespace: tool.namespace, kind: tool.type });
    }
  }
  return identities;
}

/** What a tool name in an answer stands for. */
export function identifyTool(wireName: string, context: AnthropicDecodeContext): ToolIdentity {
  const identity = context.tools?.get(wireName);
  if (identity) return identity;
  return { name: context.toolNames?.get(wireName) ?? wireName, kind: "function" };
}

function hashed(text: string, maxLength: number): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${text.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, maxLength - 9)}_${hash}`;
}
