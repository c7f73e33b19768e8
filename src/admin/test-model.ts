// Sends one small request through the gateway's own path, as the console's test page does.

import type { Config } from "../config/config.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import type { GatewayDeps } from "../gateway/context.ts";
import { handleGenerate } from "../gateway/handle-generate.ts";
import type { ProbeGate } from "../gateway/probe-gate.ts";
import { randomId } from "../lib/random.ts";
import type { TestModelInput } from "./seed-routes.ts";

/** A test request's body and path per format. */
const REQUESTS: Readonly<
  Record<
    string,
    { protocol: ProtocolId; path: string; body: (model: string, prompt: string, stream: boolean) => object }
  >
> = {
  anthropic: {
    protocol: "anthropic",
    path: "/v1/messages",
    body: (model, prompt, stream) => ({
      model,
      stream,
      max_tokens: 1024,
      messages: [{ role: "user", content: prompt }],
    }),
  },
  openai: {
    protocol: "openai-chat",
    path: "/v1/chat/completions",
    body: (model, prompt, stream) => ({ model, stream, messages: [{ role: "user", content: prompt }] }),
  },
  openai_response: {
    protocol: "openai-responses",
    path: "/v1/responses",
    body: (model, prompt, stream) => ({ model, stream, input: prompt }),
  },
  gemini: {
    protocol: "gemini",
    path: "/v1beta/models/",
    body: (_model, prompt) => ({ contents: [{ role: "user", parts: [{ text: prompt }] }] }),
  },
};

/** Creates the tester. An unknown format is taken for `anthropic`. */
export function createTestModel(
  deps: GatewayDeps,
  probe: ProbeGate,
  currentConfig: () => Config,
): (input: TestModelInput) => Promise<Response> {
  return (input) => {
    const shape = REQUESTS[input.sourceFormat] ?? REQUESTS["anthropic"];
    if (!shape) throw new Error("the anthropic shape is always there");
    const isGemini = shape.protocol === "gemini";
    const headers = new Headers({ "user-agent": "apirouter-test" });
    return handleGenerate(deps, probe, {
      id: `req_${randomId(deps.random)}`,
      route: {
        protocol: shape.protocol,
        operation: "generate",
        framing: "sse",
        model: isGemini ? input.model : undefined,
        stream: isGemini ? input.stream : undefined,
      },
      protocol: deps.protocols[shape.protocol],
      method: "POST",
      path: shape.path,
      query: "",
      headers,
      body: Buffer.from(JSON.stringify(shape.body(input.model, input.prompt, input.stream))),
      signal: new AbortController().signal,
      startedMs: deps.clock.monotonicMs(),
      startedWallMs: deps.clock.wallMs(),
      config: currentConfig(),
      isLocal: () => true,
      onlyUpstreamId: input.upstreamId,
    });
  };
}
