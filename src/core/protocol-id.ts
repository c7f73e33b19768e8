// The names of the wire formats. A fifth protocol adds its name here and itself to protocols/registry.ts.

/** A wire format spoken by clients and upstreams. */
export type ProtocolId = "anthropic" | "openai-chat" | "openai-responses" | "gemini";
