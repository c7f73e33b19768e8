// The test page of the program that this one replaces: one small request by upstream, model and prompt.

import type { Config } from "../config/config.ts";
import type { GatewayDeps } from "../gateway/context.ts";
import type { ProbeGate } from "../gateway/probe-gate.ts";
import { promptBody, protocolOfFormat, sendOwnRequest } from "./own-request.ts";
import type { TestModelInput } from "./seed-routes.ts";

/** Creates the tester. An unknown format is taken for `anthropic`. */
export function createTestModel(
  deps: GatewayDeps,
  probe: ProbeGate,
  currentConfig: () => Config,
): (input: TestModelInput) => Promise<Response> {
  return ({ sourceFormat, model, prompt, stream, upstreamId }) => {
    const protocol = protocolOfFormat(sourceFormat) ?? "anthropic";
    return sendOwnRequest(deps, probe, {
      protocol,
      model,
      stream,
      body: promptBody(protocol, model, prompt, stream),
      config: currentConfig(),
      signal: new AbortController().signal,
      userAgent: "apirouter-test",
      onlyUpstreamId: upstreamId,
    });
  };
}
