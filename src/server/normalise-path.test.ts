import { describe, expect, test } from "bun:test";
import { normalisePath } from "./normalise-path.ts";

describe("normalisePath", () => {
  const cases: [string, string | null][] = [
    ["/v1/messages", "/v1/messages"],
    ["/v1/messages/", "/v1/messages"],
    ["//v1//messages", "/v1/messages"],
    ["/v1/v1/messages", "/v1/messages"],
    ["/messages", "/v1/messages"],
    ["/messages/count_tokens", "/v1/messages/count_tokens"],
    ["/chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completions/chat/completions", "/v1/chat/completions"],
    ["/v1/messages/v1/messages", "/v1/messages"],
    ["/v1/chat/completions/v1/chat/completions", "/v1/chat/completions"],
    ["/responses", "/v1/responses"],
    ["/models", "/v1/models"],
    ["/v1/models/gpt-5", "/v1/models/gpt-5"],
    ["/v1/models/gemini-x:generateContent", "/v1beta/models/gemini-x:generateContent"],
    ["/v1alpha/models/gemini-x:streamGenerateContent", "/v1beta/models/gemini-x:streamGenerateContent"],
    ["/v1beta/v1beta/models/x:countTokens", "/v1beta/models/x:countTokens"],
    ["/v1beta/publishers/google/models/x:generateContent", "/v1beta/models/x:generateContent"],
    ["/v1beta/tunedModels/x:generateContent", "/v1beta/models/tunedModels/x:generateContent"],
    ["/v1beta/models", "/v1beta/models"],
    ["/v1beta/models/models%2Fx:generateContent", "/v1beta/models/x:generateContent"],
    ["/v1beta/models/models%2fmodels%2Fx:countTokens", "/v1beta/models/x:countTokens"],
    ["/v1beta/models/models/x:streamGenerateContent", "/v1beta/models/x:streamGenerateContent"],
    ["/v1beta/models%2Fx:generateContent", "/v1beta/models/x:generateContent"],
    ["/v1/models/models%2Fx:generateContent", "/v1beta/models/x:generateContent"],
    ["/v1beta/models/org%2Fx:generateContent", "/v1beta/models/org%2Fx:generateContent"],
    ["/v1beta/models%2F..", null],
    ["/v1beta/models/models%2F../x:generateContent", null],
    ["/v1beta/models/models%2F%2e%2e/x:generateContent", null],
    ["/v1beta/models/models%2F..;/x:generateContent", null],
    ["/v1beta/models/models%2Fx%0d%0a:generateContent", null],
    ["/v1/../admin", null],
    ["/v1/messages/..;/admin", null],
    ["/v1/%2e%2e/admin", null],
    ["/v1/%00", null],
    ["/v1\\admin", null],
    ["v1/messages", null],
    [`/v1/${"a".repeat(5000)}`, null],
  ];
  for (const [path, expected] of cases) {
    test(`${path.slice(0, 60)} becomes ${expected}`, () => expect(normalisePath(path)).toBe(expected as string));
  }
});
