// Fields that some servers of a format refuse although its origin takes them, recognised in the refusal.

import type { GatewayError } from "../core/errors.ts";
import type { UpstreamQuirks } from "../core/upstream-quirks.ts";

/** A field and the switch that leaves it out. */
export interface RefusedField {
  readonly name: string;
  readonly quirks: UpstreamQuirks;
}

/** @source openclaw/openclaw#46649, QuantumNous/new-api#418, seen 2026-11 */
const STREAM_OPTIONS: RefusedField = { name: "stream_options", quirks: { streamOptions: false } };

/** The field that a request was refused for; undefined where the refusal is about anything else. */
export function refusedField(error: GatewayError): RefusedField | undefined {
  if (error.code !== "upstream-request-rejected") return undefined;
  const { name } = STREAM_OPTIONS;
  return error.wire?.param?.startsWith(name) || error.message.includes(name) ? STREAM_OPTIONS : undefined;
}
