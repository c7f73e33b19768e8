// A failure as the upstream told it, before anyone judged what it means.

/** Facts taken from an upstream's error body or in-stream error; classification happens in upstream/classify-outcome.ts. */
export interface WireError {
  /** HTTP status, or the status that an in-stream error implies; absent when unknown. */
  readonly status?: number | undefined;
  /** `error.type` (Anthropic, OpenAI) or `error.status` (Gemini). */
  readonly type?: string | undefined;
  /** `error.code`, or a Gemini `ErrorInfo.reason`. */
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  /** The upstream's sentence; `""` when there was none. */
  readonly message: string;
  /** Wait time given in the body (Gemini `RetryInfo.retryDelay`, "try again in 20s"), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The stream broke off without its terminal event. */
  readonly truncated?: boolean | undefined;
  /** An event was not valid JSON or not of the protocol's shape. */
  readonly malformed?: boolean | undefined;
  /** The model gave up before it said anything (Gemini's MALFORMED_FUNCTION_CALL and its like); the upstream is well. */
  readonly gaveUp?: boolean | undefined;
}
