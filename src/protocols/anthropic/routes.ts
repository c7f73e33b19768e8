// The client routes of the Messages API.

import type { PassThroughFields, RoutePattern } from "../protocol.ts";
import { refuseThread } from "./threads.ts";

/** What Messages clients call. Query strings such as `?beta=true` and `?limit=1000` do not matter for matching. */
export const ROUTES: readonly RoutePattern[] = [
  { method: "POST", path: "/v1/messages", operation: "generate" },
  { method: "POST", path: "/v1/messages/count_tokens", operation: "count-tokens" },
  { method: "GET", path: "/v1/models", operation: "list-models" },
  { method: "GET", path: "/v1/models/{model}", operation: "get-model" },
];

/** Model and stream flag are top-level keys of the body. */
export const PASS_THROUGH: PassThroughFields = {
  model: "model",
  stream: "stream",
  conversation: "messages",
  session: { field: "metadata", read: sessionOfMetadata },
  held: { fields: ["thread"], refuse: refuseThread },
};

/**
 * The session in `metadata.user_id`: Claude Code puts a JSON object there, or older ones `user_…_session_<uuid>`.
 * @source clients.md section 2, seen 2026-11
 */
function sessionOfMetadata(value: unknown): string | undefined {
  const userId = (value as { user_id?: unknown } | null)?.user_id;
  if (typeof userId !== "string") return undefined;
  const at = userId.indexOf("_session_");
  if (at >= 0) return userId.slice(at + "_session_".length);
  if (!userId.startsWith("{")) return undefined;
  try {
    const { session_id: sessionId } = JSON.parse(userId) as { session_id?: unknown };
    return typeof sessionId === "string" ? sessionId : undefined;
  } catch {
    return undefined; // some other client's user id
  }
}
