// What providers' refusals say, by class. They agree on neither statuses nor codes: an empty purse comes as 400, 401,
// 402, 403, 412 or 429, and codes such as "1113" mean something with one provider only, so sentences are read as well.
// Says nothing about what follows from it; classify-outcome.ts does.
// Sources: the error references of Anthropic, OpenAI, Azure, Google, xAI, Mistral, Groq, Fireworks, OpenRouter, DeepSeek,
// DashScope, Zhipu and Z.ai, Moonshot, Volcengine Ark, SiliconFlow, MiniMax, and the sentences of new-api, one-api, LiteLLM,
// vLLM, llama.cpp and Ollama, as known in 2026-11.

/** `type` or `code` of a refusal. */
export type RefusalWords = ReadonlySet<string>;
/** Part of a refusal's sentence, tested on its lower-case form. */
export type RefusalPhrases = RegExp;

/** Server or model has too much to do. */
export const OVERLOADED_WORDS: RefusalWords = new Set([
  "overloaded_error",
  "engine_overloaded_error",
  "server_is_overloaded",
  "ServerOverloaded",
  "slow_down",
  "overloaded",
  "UNAVAILABLE",
]);
export const OVERLOADED_PHRASES: RefusalPhrases = /overloaded|访问量过大/;

/** A relay has nobody for the model at the moment, which says nothing about its other models. */
export const NO_CHANNEL_PHRASES: RefusalPhrases = /no available channels? for model|无可用渠道/;

/** The account has nothing left to spend. */
export const QUOTA_WORDS: RefusalWords = new Set([
  "insufficient_quota",
  "billing_error",
  "billing_hard_limit_reached",
  "billing_not_active",
  "credit_balance_exhausted",
  "credit_balance_too_low",
  "usage_limit_reached",
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "organization_spend_limit_exceeded",
  "project_spend_limit_exceeded",
  "organization_usage_limit_exceeded",
  "exceeded_current_quota_error",
  "insufficient_user_quota",
  "pre_consume_token_quota_failed",
  "AccountOverdueError",
  "Arrearage",
]);
export const QUOTA_PHRASES: RefusalPhrases = phrases(
  "credit balance is too low",
  "insufficient (?:account )?balance",
  "balance is insufficient",
  "balance is not enough",
  "insufficient credits",
  "out of credits",
  "credits are depleted",
  "doesn't have any credits",
  "used all available credits",
  "monthly spending limit",
  "exceeded your current (?:token )?quota",
  "token quota is not enough",
  "key limit exceeded",
  "specified api usage limits",
  "usage limit for this billing cycle",
  "overdue balance",
  "account is in good standing",
  "余额不足",
  "额度不足",
  "额度已用尽",
  "额度已用完",
  "欠费",
);

/** The key, or the account behind it, is not accepted. */
export const KEY_WORDS: RefusalWords = new Set([
  "invalid_api_key",
  "API_KEY_INVALID",
  "authentication_error",
  "UNAUTHENTICATED",
  "account_deactivated",
]);
export const KEY_PHRASES: RefusalPhrases = phrases(
  "(?:incorrect|invalid) api key",
  "api key (?:is )?(?:not valid|invalid|expired)",
  "(?:organization|account) (?:has been|is) (?:disabled|deactivated|banned)",
  "无效的令牌",
  "令牌已过期",
);

/** The model is not served there, or not to this account. */
export const MODEL_WORDS: RefusalWords = new Set([
  "model_not_found",
  "model_not_available",
  "model_not_supported",
  "model_decommissioned",
  "unsupported_model",
  "unknown_model",
  "unavailable_model",
  "invalid_model",
  "ModelNotOpen",
]);
/** Of a 400, where a sentence about a parameter must not be taken for one about the model. */
export const MODEL_PHRASES: RefusalPhrases = phrases(
  "model (?:not exist|does not exist|not found|is not found)",
  "\\bmodel [`'\"][^`'\"]{1,100}[`'\"] (?:does not exist|not found|is not found)",
  "(?:no such|unknown) model(?:$|[:.,]| ['\"`])",
  "invalid model(?: name passed|: )",
  "not a valid model id",
  "model identifier is invalid",
  "model is not supported when using",
  "\\bmodel [`'\"]?[^`'\"\\s]{1,100}[`'\"]? has been decommissioned",
  "模型不存在",
);
/** Of a 404, which is about the model or about the path. */
export const MODEL_404_PHRASES: RefusalPhrases =
  /model|模型|does not exist|not found for api version|is not supported for|no endpoints found for\b/;

/** The request names what the provider keeps no longer, or for others: a thread, an earlier answer. */
export const KEPT_WORDS: RefusalWords = new Set([
  "thread_not_found",
  "thread_already_continued",
  "thread_continue_in_flight",
  "thread_unsupported_request",
  "previous_response_not_found",
]);
/** Of a 400, 403 or 404. */
export const KEPT_PHRASES: RefusalPhrases = phrases(
  "\\b(?:item|response|conversation) with id ['\"`]?[\\w-]+['\"`]? not found",
  "\\bfile not found: file_",
  "no such file object",
  "to access the file \\S+ or it may not exist",
  "cachedcontent not found",
  "\\b(?:container|vector store) '?[\\w-]+'? does not exist",
);

/** The prompt is longer than the model takes. */
export const CONTEXT_WORDS: RefusalWords = new Set([
  "context_length_exceeded",
  "too_many_prompt_tokens",
  "exceed_context_size_error",
]);
export const CONTEXT_PHRASES: RefusalPhrases = phrases(
  "prompt (?:is )?too long",
  "input is too long",
  "maximum context length",
  "exceeds? context limit",
  "context window",
  "available context size",
  "exceeds the maximum number of tokens",
  "exceeded model token limit",
  "exceeds? max message tokens",
  "range of input length should be",
  "must be less than max_seq_len",
  "must have less than \\d+ tokens",
  "prompt ?超长",
  "(?:输入|上下文)(?:长度)?(?:超长|超出|超过)",
);

/** A filter has refused what the request says. */
export const FILTER_WORDS: RefusalWords = new Set([
  "content_policy_violation",
  "content_filter",
  "ResponsibleAIPolicyViolation",
  "data_inspection_failed",
  "DataInspectionFailed",
  "SensitiveContentDetected",
  "InputTextSensitiveContentDetected",
  "InputImageSensitiveContentDetected",
  "sensitive_words_detected",
]);
export const FILTER_PHRASES: RefusalPhrases =
  /your input was flagged|may contain (?:inappropriate content|sensitive information)|不安全或敏感内容/;

/** Too many requests or tokens in a while. */
export const RATE_WORDS: RefusalWords = new Set([
  "rate_limit_error",
  "rate_limit_exceeded",
  "rate_limit_reached_error",
  "RESOURCE_EXHAUSTED",
]);

function phrases(...alternatives: readonly string[]): RefusalPhrases {
  return new RegExp(alternatives.join("|"));
}
