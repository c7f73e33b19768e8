import { expect, test } from "bun:test";
import { scanTopLevel } from "../lib/json-scan.ts";
import { PROTOCOLS } from "../protocols/registry.ts";
import { sessionIdOf } from "./session-id.ts";

function idOf(protocol: keyof typeof PROTOCOLS, body: object, headers: Record<string, string> = {}) {
  const bytes = Buffer.from(JSON.stringify(body));
  const spans =
    scanTopLevel(bytes, ["metadata", "prompt_cache_key", "messages", "input", "contents"])?.spans ?? new Map();
  return sessionIdOf({
    headers: { get: (name) => headers[name] ?? null },
    body: bytes,
    protocol: PROTOCOLS[protocol],
    spans,
  });
}
const user = { role: "user", content: "hi" };

test("takes the client's own name for the session", () => {
  expect(idOf("anthropic", {}, { "x-claude-code-session-id": "abc" })).toBe("abc");
  expect(idOf("anthropic", { metadata: { user_id: '{"device_id":"d","session_id":"s-1"}' } })).toBe("s-1");
  expect(idOf("anthropic", { metadata: { user_id: "user_x_account_y_session_z" } })).toBe("z");
  expect(idOf("openai-responses", { prompt_cache_key: "k", input: "hi" })).toBe("k");
  expect(idOf("openai-chat", { prompt_cache_key: "k", messages: [user] })).toBe("k");
});

test("knows a conversation by its first turn once it goes on", () => {
  expect(idOf("openai-chat", { messages: [user] })).toBeUndefined();
  const second = idOf("openai-chat", { messages: [user, { role: "assistant", content: "ho" }] });
  const third = idOf("openai-chat", { messages: [user, { role: "assistant", content: "ho" }, user] });
  expect(second).toBeDefined();
  expect(third).toBe(second as string);
  expect(idOf("openai-chat", { messages: [{ role: "user", content: "other" }, user] })).not.toBe(second as string);
});

test("odd user ids are no session", () => {
  for (const userId of ["someone", "{broken", 5, null])
    expect(idOf("anthropic", { metadata: { user_id: userId }, messages: [user] })).toBeUndefined();
  expect(idOf("anthropic", { metadata: null, messages: [user] })).toBeUndefined();
});
