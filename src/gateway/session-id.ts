// Names the conversation a request belongs to, without parsing its body.

import { asBuffer } from "../lib/as-buffer.ts";
import { firstElement, type Span, valueAt } from "../lib/json-scan.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";

/** Headers in which clients name their session (clients.md sections 2 and 3). */
const HEADERS = ["x-claude-code-session-id", "session_id", "session-id", "x-session-id", "conversation_id"];
const MAX_LENGTH = 256;
/** Bytes of a first turn that are looked at. */
const MAX_FIRST_TURN = 64 * 1024;

export interface SessionSource {
  readonly headers: ClientHeaders;
  readonly body: Uint8Array;
  readonly protocol: Protocol;
  readonly spans: ReadonlyMap<string, Span>;
}

/**
 * The client's own session id, or a fingerprint of the conversation's first turn once there is a second one: a
 * conversation that only begins has nothing to stay for. Undefined when there is neither.
 */
export function sessionIdOf({ headers, body, protocol, spans }: SessionSource): string | undefined {
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value && value.length <= MAX_LENGTH) return value;
  }
  const { session, conversation } = protocol.passThrough;
  const span = session ? spans.get(session.field) : undefined;
  const named = session && span ? session.read(valueAt(body, span)) : undefined;
  if (named && named.length <= MAX_LENGTH) return named;
  const first = firstElement(body, spans.get(conversation), MAX_FIRST_TURN);
  if (!first || first.isOnly) return undefined;
  return `#${Bun.hash(asBuffer(body).subarray(first.element.start, first.element.end)).toString(36)}`;
}
