// The fine names for how an attempt went: what the request log keeps and the console explains. Coarser than these are
// the error codes, which decide what happens next.

/** Outcomes that are finer than an error code. Stored in request logs: names are added, never given another meaning. */
export const FINE_OUTCOMES = [
  // connection
  "connect_refused",
  "dns_error",
  "connect_timeout",
  "tls_error",
  "proxy_error",
  "empty_response",
  "truncated",
  "protocol_error",
  "header_overflow",
  "decode_error",
  "local_fault",
  // waiting
  "ttfb_timeout",
  "stall_after_handshake",
  "idle_timeout",
  "stream_limit",
  "deadline",
  "upstream_timeout",
  "write_stall",
  "client_stall",
  // refusals and odd answers
  "upstream_5xx",
  "poison_suspect",
  "bad_base_url",
  "error_in_200",
  "wrong_content_type",
  "redirect_blocked",
  "bad_json",
  "response_too_large",
  "empty_answer",
  "empty_body",
  "overloaded",
  "rate_limited",
  "quota_exhausted",
  "key_invalid",
  "model_not_found",
  "conflict",
  "client_error",
  "conversion_suspect",
  "stopped_by_rule",
  "continued_by_rule",
  "context_length",
  "content_filter",
  "too_large",
] as const;

export type FineOutcome = (typeof FINE_OUTCOMES)[number];
