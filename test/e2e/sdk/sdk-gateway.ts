// A gateway before scripted upstreams, one of each format asked for, for SDK tests.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { startGateway } from "../../support/gateway.ts";

/** Models whose ways with thinking and signatures the tests rely on. */
export const UPSTREAM_MODELS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "claude-sonnet-4-5",
  "openai-chat": "glm-4.6",
  "openai-responses": "gpt-5.2",
  gemini: "gemini-3-pro-preview",
};

const API_FORMATS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "anthropic",
  "openai-chat": "openai",
  "openai-responses": "openai_response",
  gemini: "gemini",
};

export interface SdkGateway {
  readonly url: string;
  /** In the order of the formats. */
  readonly upstreams: readonly Simulator[];
  stop(): Promise<void>;
}

/** Starts a gateway; earlier formats are tried first. */
export async function startSdkGateway(formats: readonly ProtocolId[]): Promise<SdkGateway> {
  const upstreams = formats.map(() => startSimulator());
  const gateway = await startGateway({
    upstreams: formats.map((format, at) => ({
      id: `${at}-${format}`,
      base_url: `${upstreams[at]?.url}/${format === "gemini" ? "v1beta" : "v1"}`,
      api_format: API_FORMATS[format],
      keys: [`sk-${at}`],
      priority: at + 1,
      model_map: { "*": UPSTREAM_MODELS[format] },
    })),
  });
  return {
    url: gateway.url,
    upstreams,
    async stop() {
      await gateway.stop();
      for (const upstream of upstreams) upstream.stop();
    },
  };
}
