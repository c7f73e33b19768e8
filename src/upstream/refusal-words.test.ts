import { describe, expect, test } from "bun:test";
import { DEFAULT_FAILOVER } from "../config/defaults.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { WireError } from "../core/wire-error.ts";
import { classifyRefusal } from "./classify-outcome.ts";

function classify(status: number, error: WireError): ErrorCode {
  return classifyRefusal({
    status,
    headers: { get: () => undefined },
    error,
    protocol: "openai-chat",
    isJson: true,
    failoverStatuses: DEFAULT_FAILOVER.statuses,
    wallMs: 0,
  }).code;
}

type Case = readonly [provider: string, status: number, message: string, word?: string];

// biome-ignore format: the rows are read as a table
const SAID: Readonly<Record<string, readonly Case[]>> = {
  "upstream-quota-exhausted": [
    ["Anthropic", 400, "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.", "invalid_request_error"],
    ["OpenAI", 429, "Your account is not active, please check your billing details on our website.", "billing_not_active"],
    ["Gemini", 429, "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.", "RESOURCE_EXHAUSTED"],
    ["DashScope", 400, "Access denied, please make sure your account is in good standing.", "Arrearage"],
    ["Zhipu", 429, "余额不足或无可用资源包,请充值。", "1113"],
    ["Moonshot", 429, "You exceeded your current token quota: 0, please check your account balance", "exceeded_current_quota_error"],
    ["Kimi", 403, "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.", "access_terminated_error"],
    ["Ark", 403, "The request failed because your account has an overdue balance.", "AccountOverdueError"],
    ["SiliconFlow", 403, "Sorry, your account balance is insufficient", "30001"],
    ["new-api", 403, "用户额度不足, 剩余额度: ＄-0.010000", "insufficient_user_quota"],
    ["new-api", 403, "token quota is not enough, token remain quota: 0.000010, need quota: 0.012", "pre_consume_token_quota_failed"],
    ["new-api", 401, "该令牌额度已用尽", "new_api_error"],
    ["OpenRouter", 403, "Key limit exceeded (total limit). Manage it in the settings", "403"],
    ["xAI", 403, "Your newly created team doesn't have any credits or licenses yet."],
    ["xAI", 429, "Your team has either used all available credits or reached its monthly spending limit."],
    ["Fireworks", 412, "Account x is suspended, possibly due to reaching the monthly spending limit", "PRECONDITION_FAILED"],
    ["MiniMax inside a 200", 200, "insufficient balance", "1008"],
  ],
  "upstream-key-invalid": [
    ["Anthropic", 400, "This organization has been disabled.", "invalid_request_error"],
    ["Kimi", 403, "Kimi For Coding is currently only available for Coding Agents", "access_terminated_error"],
  ],
  "upstream-overloaded": [
    ["Moonshot", 429, "The engine is currently overloaded, please try again later", "engine_overloaded_error"],
    ["Zhipu", 429, "该模型当前访问量过大，请您稍后再试", "1305"],
    ["Groq", 498, "Flex tier capacity exceeded"],
    ["new-api", 503, "No available channel for model gpt-9 under group default (distributor)", "model_not_found"],
    ["one-api", 503, "当前分组 default 下对于模型 gpt-9 无可用渠道", "one_api_error"],
  ],
  "upstream-rate-limited": [
    ["Moonshot", 429, "Your account request reached organization max RPM: 3, please try again after 1 seconds", "rate_limit_reached_error"],
    ["Zhipu", 429, "您的账户已达到速率限制，请您控制请求频率", "1302"],
    ["Zhipu", 429, "已达到 5 小时的使用上限。您的限额将在 2026-11-29 12:00:00 重置。", "1308"],
    ["Z.ai", 429, "Usage limit reached for 5 hour. Your limit will reset at 2026-11-29 12:00:00", "1308"],
    ["Groq", 413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000", "rate_limit_exceeded"],
  ],
  "upstream-model-missing": [
    ["DeepSeek", 400, "Model Not Exist", "invalid_request_error"],
    ["Zhipu", 400, "模型不存在，请检查模型代码。", "1211"],
    ["Z.ai", 400, "Unknown Model, please check the model code.", "1211"],
    ["SiliconFlow", 400, "Model does not exist. Please check it carefully.", "20012"],
    ["OpenRouter", 400, "foo/bar is not a valid model ID", "400"],
    ["OpenRouter", 404, "No endpoints found for foo/bar.", "404"],
    ["Mistral", 400, "Invalid model: foo", "invalid_model"],
    ["Groq", 400, "The model `x` has been decommissioned and is no longer supported.", "model_decommissioned"],
    ["GitHub", 400, "Unknown model: x", "unknown_model"],
    ["Bedrock", 400, "The provided model identifier is invalid."],
    ["a relay inside a 200", 200, "Unknown model: x"],
    ["ChatGPT", 400, "The 'x' model is not supported when using Codex with a ChatGPT account."],
    ["LiteLLM", 400, "Invalid model name passed in model=x"],
    ["new-api", 403, "该令牌无权访问模型 gpt-9", "new_api_error"],
  ],
  "upstream-context-length": [
    ["Anthropic", 400, "input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000", "invalid_request_error"],
    ["DashScope", 400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]", "invalid_parameter_error"],
    ["Zhipu", 400, "Prompt 超长", "1261"],
    ["Moonshot", 400, "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)", "invalid_request_error"],
    ["SiliconFlow", 400, "length of prompt_tokens (300000) must be less than max_seq_len (131072).", "20015"],
    ["Ark", 400, "Total tokens of image and text exceed max message tokens", "BadRequest"],
    ["Bedrock", 400, "Input is too long for requested model."],
    ["a relay inside a 200", 200, "This model's maximum context length is 8192 tokens."],
    ["text-generation-inference", 422, "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000"],
    ["llama.cpp", 400, "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it", "exceed_context_size_error"],
  ],
  "upstream-content-filtered": [
    ["DashScope", 400, "Input data may contain inappropriate content.", "data_inspection_failed"],
    ["Zhipu", 400, "系统检测到输入或生成内容可能包含不安全或敏感内容", "1301"],
    ["Ark", 400, "The request failed because the input text may contain sensitive information.", "SensitiveContentDetected"],
    ["OpenRouter", 403, "openai/gpt-9 requires moderation on OpenAI. Your input was flagged for \"x\".", "403"],
  ],
  // Other requests for the same model are answered.
  "upstream-server-error": [
    ["OpenRouter", 404, "No endpoints found that support image input", "404"],
    ["OpenRouter", 404, "No endpoints found that support tool use. Try disabling \"read\".", "404"],
  ],
  // What sounds like one of the above and is about the request itself.
  "upstream-request-rejected": [
    ["OpenAI", 400, "temperature is not supported with this model", "unsupported_parameter"],
    ["OpenAI", 400, "Previous response with id 'resp_1' not found.", "previous_response_not_found"],
    ["OpenAI", 400, "max_tokens is too large: 200000. This model supports at most 16384 completion tokens", "invalid_value"],
    ["OpenAI", 404, "Item with id 'rs_0496' not found. Items are not persisted when `store` is set to false.", "invalid_request_error"],
    ["OpenAI", 404, "No such File object: file-abc", "invalid_request_error"],
    ["Anthropic", 404, "File not found: file_011abc", "not_found_error"],
    ["Anthropic", 404, "The thread does not exist or has expired.", "thread_not_found"],
    ["Anthropic", 409, "The thread has been continued from this message already.", "thread_already_continued"],
    ["Gemini", 403, "You do not have permission to access the File abc123 or it may not exist.", "PERMISSION_DENIED"],
    ["Gemini", 403, "CachedContent not found (or permission denied)", "PERMISSION_DENIED"],
    ["any", 400, "tool 'x' does not exist", "invalid_request_error"],
    ["any", 400, "Unknown model parameter: top_k", "invalid_request_error"],
    ["any", 400, "The tool web_search_preview has been decommissioned", "invalid_request_error"],
    ["any", 422, "body.messages.0: expected a list, got 'my insufficient balance'"],
    ["OpenAI", 404, "Container 'cntr_abc' does not exist", "invalid_request_error"],
    ["OpenAI", 404, "Vector store vs_abc does not exist", "invalid_request_error"],
    ["any", 400, `messages.0: expected text, got ${"x".repeat(2000)} insufficient balance`, "invalid_request_error"],
  ],
};

describe("a provider's own words", () => {
  for (const [expected, cases] of Object.entries(SAID)) {
    for (const [provider, status, message, word] of cases) {
      test(`${provider}, ${status} ${message.slice(0, 60)}: ${expected}`, () => {
        expect(classify(status, { message, code: word })).toBe(expected as ErrorCode);
      });
    }
  }
});
