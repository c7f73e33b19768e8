// Fields that some servers of a format refuse although its origin takes them, recognised in the refusal.

import type { GatewayError } from "../core/errors.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";

/** A field and the switch that leaves it out, or brings it to what the server takes. */
export interface RefusedField {
  /** A field that every body has which would be refused. */
  readonly name: string;
  /** The only format that can go without. */
  readonly protocol: ProtocolId;
  readonly quirks: UpstreamQuirks;
  /** Whether a client's own value is one that the format's origin takes: a refusal of another is the client's. */
  readonly isSound: (value: unknown, isStream: boolean) => boolean;
}

/** @source openclaw/openclaw#46649, QuantumNous/new-api#418, seen 2026-11 */
const STREAM_OPTIONS: RefusedField = {
  name: "stream_options",
  protocol: "openai-chat",
  quirks: { streamOptions: false },
  isSound: (value, isStream) => isStream && (value === undefined || isStreamOptions(value)),
};

/**
 * OpenAI's own models in chat, behind a relay or under a deployment's name: also where no effort was asked for.
 * @source openai/openai-openapi#541, Wei-Shaw/sub2api#6740, seen 2026-11
 */
const EFFORT_BESIDE_TOOLS: RefusedField = {
  name: "tools",
  protocol: "openai-chat",
  quirks: { toolsNeedNoEffort: true },
  isSound: () => true,
};

/** What a request was refused for; undefined where the refusal is about anything else. */
export function refusedField(error: GatewayError): RefusedField | undefined {
  if (error.code !== "upstream-request-rejected") return undefined;
  const isAbout = (field: string): boolean =>
    error.wire?.param?.startsWith(field) === true || error.message.includes(field);
  if (isAbout("stream_options")) return STREAM_OPTIONS;
  return isAbout("reasoning_effort") && /\btools?\b/i.test(error.message) ? EFFORT_BESIDE_TOOLS : undefined;
}

function isStreamOptions(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, flag]) => (name === "include_usage" || name === "include_obfuscation") && typeof flag === "boolean",
  );
}
