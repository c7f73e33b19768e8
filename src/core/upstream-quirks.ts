// How a server differs from its protocol's origin: set in the configuration, obeyed by the protocols.

/** Per-upstream switches for servers that differ from their protocol's origin; absent means "decide by host and model". */
export interface UpstreamQuirks {
  /** Chat: field for the output limit. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens" | undefined;
  /** Chat: assistant messages must carry `reasoning_content` back (DeepSeek, Kimi, MiMo, Qwen, vLLM). */
  readonly reasoningPassback?: boolean | undefined;
  /** Chat: `<think>…</think>` inside content is reasoning. */
  readonly thinkTags?: boolean | undefined;
  /** Chat: tool messages may hold image parts. */
  readonly toolImages?: boolean | undefined;
  /** Chat: server understands top_k and other sampling extensions. */
  readonly extraSampling?: boolean | undefined;
  /** OpenAI formats: send cache breakpoints. */
  readonly explicitCache?: boolean | undefined;
  /** Chat and Responses: system prompt goes out with role `developer`. */
  readonly developerRole?: boolean | undefined;
  /** Chat: server understands `stream_options`. Default true. */
  readonly streamOptions?: boolean | undefined;
  /**
   * Chat: GPT models from 5.4 on take function tools with effort `none` only, as at OpenAI itself. Not configured, but
   * learnt from a refusal: some relays go on to an endpoint that takes both.
   */
  readonly toolsNeedNoEffort?: boolean | undefined;
  /** Anthropic: value of `anthropic-version`. */
  readonly anthropicVersion?: string | undefined;
  /** Gemini: keep provider tools beside function declarations. */
  readonly mixedTools?: boolean | undefined;
  /** Gemini: declare tools with the OpenAPI subset instead of JSON Schema. */
  readonly openApiSchema?: boolean | undefined;
  /** Server loads image and document URLs by itself; absent: by protocol and host (upstream/media). */
  readonly fetchesUrls?: boolean | undefined;
  /** A last message of the assistant is continued instead of refused (`mid_stream: continue`). Default false. */
  readonly prefill?: boolean | undefined;
}
