// What each outcome means, in English: a name short enough for a chip, and what to make of it.

import type { OutcomeTexts } from "./outcome-texts.ts";

export const OUTCOMES_EN: OutcomeTexts = {
  ok: { name: "Answered", text: "The answer arrived complete." },
  client_closed: {
    name: "Client left",
    text: "The client closed the connection before the answer was complete. Nothing is held against the upstream.",
  },

  connect_refused: {
    name: "Connection refused",
    text: "Nothing accepts connections at the upstream's address. Check the base URL and whether the upstream is running.",
  },
  dns_error: {
    name: "Host not found",
    text: "The upstream's host name could not be resolved. Check the spelling of the base URL and the DNS of this machine.",
  },
  connect_timeout: {
    name: "No connection in time",
    text: "The upstream did not accept the connection within timeouts.connect_ms. Often a firewall, or an outbound proxy that is not set.",
  },
  tls_error: {
    name: "TLS failed",
    text: "The upstream's certificate or TLS handshake was not valid. Look for an expired certificate or a device that intercepts TLS; certificates are always verified.",
  },
  proxy_error: {
    name: "Outbound proxy failed",
    text: "The outbound proxy (HTTPS_PROXY, HTTP_PROXY) refused the connection or could not be reached.",
  },
  empty_response: {
    name: "Closed without an answer",
    text: "The upstream closed the connection before it sent a single byte of an answer.",
  },
  truncated: {
    name: "Answer broke off",
    text: "The connection or the stream ended before the answer was complete.",
  },
  protocol_error: {
    name: "Not valid HTTP",
    text: "What came back is not valid HTTP. Check the port, and whether it speaks http or https.",
  },
  header_overflow: {
    name: "Headers too large",
    text: "The upstream sent more header data than is accepted.",
  },
  decode_error: {
    name: "Encoding unreadable",
    text: "The upstream compressed its answer in a way that could not be undone.",
  },
  local_fault: {
    name: "Out of connections",
    text: "This machine ran out of connections or file descriptors. Raise the limit (ulimit -n) or lower the load.",
  },

  ttfb_timeout: {
    name: "No answer in time",
    text: "The upstream did not begin to answer within timeouts.first_byte_ms.",
  },
  stall_after_handshake: {
    name: "No content in time",
    text: "The upstream began to answer but sent no content within timeouts.first_content_ms.",
  },
  idle_timeout: {
    name: "Fell silent",
    text: "The upstream stopped sending in the middle of its answer for longer than timeouts.idle_ms.",
  },
  stream_limit: {
    name: "Took too long",
    text: "The streamed answer took longer than timeouts.stream_ms.",
  },
  deadline: {
    name: "Took too long",
    text: "The answer, which was not streamed, was not complete within timeouts.request_ms.",
  },
  upstream_timeout: {
    name: "Timeout at the upstream",
    text: "The upstream itself reported that it had run out of time (status 408 or 425).",
  },

  write_stall: {
    name: "Took no data",
    text: "The upstream stopped taking the request's data for longer than timeouts.idle_ms.",
  },
  client_stall: {
    name: "Client stopped reading",
    text: "The client kept its connection open but read nothing any more, so the request was ended.",
  },

  upstream_5xx: {
    name: "Upstream error",
    text: "The upstream answered with a server error. The fault is on its side.",
  },
  poison_suspect: {
    name: "Likely the request itself",
    text: "The upstream answered this request with the same server error for two of its keys. The fault may be in the request, so the other keys are spared.",
  },
  bad_base_url: {
    name: "Likely a wrong address",
    text: "The upstream does not know this path (404). The base URL is probably wrong: it ends with the version, often /v1, before /messages, /chat/completions, /responses or /models.",
  },
  error_in_200: {
    name: "Error inside a 200",
    text: "The upstream said 200 but put an error into the answer. It is treated as the error that it is.",
  },
  wrong_content_type: {
    name: "Page instead of an answer",
    text: "A web page or plain text came back instead of an API answer: a login page, a firewall, or a wrong base URL, often without the version at its end (/v1).",
  },
  redirect_blocked: {
    name: "Redirect not followed",
    text: "The upstream answered with a redirect. Redirects are never followed, so that keys stay where they belong: enter the final address as base URL.",
  },
  bad_json: {
    name: "Answer unreadable",
    text: "The answer, or an event of it, is not valid in the upstream's format.",
  },
  response_too_large: {
    name: "Answer too large",
    text: "The answer was larger than the limits in the settings allow.",
  },
  empty_answer: {
    name: "Empty answer",
    text: "The upstream ended its answer in order but without any content. That counts as a failure, so the next candidate is asked.",
  },
  empty_body: {
    name: "Empty body",
    text: "The upstream said 200 but sent no body at all.",
  },
  overloaded: {
    name: "Overloaded",
    text: "The upstream is overloaded. The model is left alone there for a while; other upstreams go on.",
  },
  rate_limited: {
    name: "Rate limited",
    text: "This key has asked too much in a short time. It is left alone until the upstream's waiting time is over; more keys spread the load.",
  },
  quota_exhausted: {
    name: "Quota used up",
    text: "The balance or quota of this key is used up. Top it up at the provider; until then other keys are used.",
  },
  key_invalid: {
    name: "Key refused",
    text: "The upstream does not accept this key. It may be mistyped, expired or revoked.",
  },
  model_not_found: {
    name: "Unknown model",
    text: "The upstream does not have this model, or the key may not use it. Check the model map.",
  },
  conflict: {
    name: "Conflict",
    text: "The upstream reported a conflict (409), usually with another request that ran at the same time.",
  },
  client_error: {
    name: "Request refused",
    text: "The upstream refuses the request itself. Another upstream would hardly take it, so the client gets this answer.",
  },
  conversion_suspect: {
    name: "Converted request refused",
    text: "The upstream refuses the request after it was converted to its format. The conversion may be at fault: an upstream of the client's own format may take it.",
  },
  stopped_by_rule: {
    name: "Stopped by a rule",
    text: "One of your fail-over rules says that this answer goes to the client.",
  },
  continued_by_rule: {
    name: "Passed on by a rule",
    text: "One of your fail-over rules says that another upstream is asked after this answer.",
  },
  context_length: {
    name: "Prompt too long",
    text: "The conversation does not fit into the model's context window. The client is told, so that it can shorten it.",
  },
  content_filter: {
    name: "Content filter",
    text: "The provider's content filter refused the request.",
  },
  too_large: {
    name: "Request too large",
    text: "The request has more bytes than the upstream accepts (413).",
  },

  "client-invalid-request": {
    name: "Invalid request",
    text: "The client's request is not valid. The error says which field; no upstream was asked.",
  },
  "client-unauthenticated": {
    name: "No valid key",
    text: "The client sent no key, or one that is unknown, disabled or expired.",
  },
  "client-forbidden": {
    name: "Not allowed",
    text: "The client's key, address or origin is not allowed to do this.",
  },
  "client-not-found": {
    name: "Nothing there",
    text: "The path or the model that the client asked for does not exist here.",
  },
  "client-method-not-allowed": {
    name: "Wrong method",
    text: "The path exists, but not for this HTTP method.",
  },
  "client-too-large": {
    name: "Request too large",
    text: "The request is larger than limits.max_body_bytes.",
  },
  "client-unsupported-media": {
    name: "Unknown encoding",
    text: "The body's content type or compression is not supported.",
  },
  "client-upgrade-refused": {
    name: "No WebSocket here",
    text: "The client wanted to switch to another protocol. This route speaks plain HTTP only; clients fall back to it.",
  },
  "client-quota-exhausted": {
    name: "Budget of the key used up",
    text: "The client key has used what it may use in its day or month. The client was told not to try again before the period ends.",
  },
  "client-rate-limited": {
    name: "Limit of the key",
    text: "The client's key has reached one of its own limits: requests or tokens per minute, or requests at once.",
  },
  "client-closed": {
    name: "Client left",
    text: "The client closed the connection before its request was complete.",
  },
  "conversion-refused": {
    name: "Conversion refused",
    text: "The upstream's format cannot carry everything in this request, and loss_policy is strict there.",
  },
  "upstream-transport": {
    name: "No connection",
    text: "The last upstream could not be reached, or did not speak HTTP. The attempts say more.",
  },
  "upstream-timeout": {
    name: "Timeout",
    text: "The last upstream did not answer, or did not go on, in time. The attempts say which limit ran out.",
  },
  "upstream-server-error": {
    name: "Upstream error",
    text: "The last upstream answered with a server error, and nobody else could take over.",
  },
  "upstream-malformed": {
    name: "Answer unreadable",
    text: "The last upstream's answer was not valid in its format, or too large.",
  },
  "upstream-empty": {
    name: "Empty answer",
    text: "Every upstream that was asked ended its answer without any content.",
  },
  "upstream-gave-up": {
    name: "Model gave up",
    text: "The model gave up before it said anything, at every upstream that was asked. The upstreams themselves are well.",
  },
  "upstream-truncated": {
    name: "Answer broke off",
    text: "The answer broke off, and nobody could finish it. The client was told; it has not been shown as complete.",
  },
  "upstream-overloaded": {
    name: "Overloaded",
    text: "The upstreams are overloaded. The client was told to come back later.",
  },
  "upstream-rate-limited": {
    name: "Rate limited",
    text: "All keys that could be used have reached the rate limits of their upstreams.",
  },
  "upstream-quota-exhausted": {
    name: "Quota used up",
    text: "The balance or quota of all keys that could be used is used up.",
  },
  "upstream-key-invalid": {
    name: "Key refused",
    text: "No upstream accepted its key. The client sees 502, because its own key is fine.",
  },
  "upstream-model-missing": {
    name: "Unknown model",
    text: "No upstream has this model. Check the model maps and what the client asks for.",
  },
  "upstream-conflict": {
    name: "Conflict",
    text: "The upstream reported a conflict (409), also when asked again.",
  },
  "upstream-request-rejected": {
    name: "Request refused",
    text: "The upstream refused the request itself, and the client got its answer. The error says why.",
  },
  "upstream-context-length": {
    name: "Prompt too long",
    text: "The conversation does not fit into the model's context window. The client was told, so that it can shorten it.",
  },
  "upstream-content-filtered": {
    name: "Content filter",
    text: "The provider's content filter refused the request.",
  },
  "upstream-too-large": {
    name: "Request too large",
    text: "The request has more bytes than the upstream accepts (413).",
  },
  "upstream-ruled-out": {
    name: "Passed on by rules",
    text: "Your fail-over rules passed on the answers of all upstreams that were asked.",
  },
  "no-upstream-available": {
    name: "No upstream left",
    text: "No upstream could be asked: none is enabled, or the breakers of all of them are open. The client was told when to come back.",
  },
  "gateway-overloaded": {
    name: "Gateway overloaded",
    text: "This gateway has as much under way as it may (limits in the settings), or has run out of connections.",
  },
  "gateway-shutting-down": {
    name: "Shutting down",
    text: "The gateway was being stopped.",
  },
  "gateway-interrupted": {
    name: "Interrupted here",
    text: "Somebody interrupted the request in this console. Its client was told.",
  },
  "gateway-deadline": {
    name: "Out of time",
    text: "The whole request, with all its attempts, took longer than it may.",
  },
  "gateway-proxy-failed": {
    name: "Outbound proxy failed",
    text: "The outbound proxy (HTTPS_PROXY, HTTP_PROXY) could not be used. Upstreams behind it cannot be reached.",
  },
  "gateway-loop": {
    name: "Goes in circles",
    text: "The request has already been through this gateway: an upstream's base URL leads back here.",
  },
  "gateway-internal": {
    name: "Gateway fault",
    text: "A fault in this gateway. Its console output says more; please report it.",
  },
};
