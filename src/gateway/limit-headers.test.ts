import { expect, test } from "bun:test";
import { limitHeaders } from "./limit-headers.ts";

const STATE = {
  requests: { limit: 60, remaining: 12, resetMs: 59_200 },
  tokens: { limit: 1000, remaining: 0, resetMs: 400 },
};
const NOW = Date.UTC(2026, 10, 28, 12);

test("OpenAI clients are told durations, Anthropic ones moments, Gemini ones nothing", () => {
  for (const protocol of ["openai-chat", "openai-responses"] as const) {
    expect(limitHeaders(protocol, STATE, NOW)).toEqual({
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "12",
      "x-ratelimit-reset-requests": "60s",
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "400ms",
    });
  }
  expect(limitHeaders("anthropic", { requests: STATE.requests }, NOW)).toEqual({
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "12",
    "anthropic-ratelimit-requests-reset": "2026-11-28T12:01:00Z",
  });
  expect(limitHeaders("gemini", STATE, NOW)).toEqual({});
});
