// One simulator that replays recordings and one gateway before it per upstream format. The client names the recording
// and the cut in its user agent, which the gateway hands on, so that any number of replays can run at once.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { type Recording, replayPlan } from "../../src/simulator/replay.ts";
import type { SimCut, SimPlan } from "../../src/simulator/script.ts";
import type { SimRequest } from "../../src/simulator/sim-request.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import type { ClientRequest } from "./client-requests.ts";

/** Values of `api_format` in config.json. */
export const API_FORMATS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "anthropic",
  "openai-chat": "openai",
  "openai-responses": "openai_response",
  gemini: "gemini",
};

/** What the client got. */
export interface ClientAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What went on between client and upstream. */
export interface ReplayedExchange {
  readonly answer: ClientAnswer;
  /** The last request that the upstream got; undefined when it got none. */
  readonly upstream: SimRequest | undefined;
}

export interface ReplayServer {
  /** Sends a request; the upstream answers with the recording, cut as told. */
  play(recording: Recording, request: ClientRequest, cut?: SimCut): Promise<ReplayedExchange>;
  /** Sends a request; the upstream answers as planned. */
  ask(request: ClientRequest, plan: SimPlan): Promise<ReplayedExchange>;
  stop(): Promise<void>;
}

/** Settings that keep a failing upstream from being left alone, so that every replay reaches it. */
const NO_BREAKERS = { breaker: { failure_threshold: 1000, open_ms: 1 }, failover: { max_attempts: 1 } };

/** Starts a gateway whose only upstream speaks `protocol`. */
export async function startReplayServer(protocol: ProtocolId, upstream: object = {}): Promise<ReplayServer> {
  const plans = new Map<string, SimPlan>();
  const received = new Map<string, SimRequest>();
  const simulator: Simulator = startSimulator({
    keepRequests: 0,
    plan: (request) => plans.get(agentOf(request)) ?? { status: 500 },
    onRequest: (request) => received.set(agentOf(request), request),
  });
  /** Converted counts come without the client's user agent; nothing else runs beside them. */
  const agentOf = (request: SimRequest): string =>
    request.route.operation === "count-tokens" ? `replay/${played - 1}` : (request.header("user-agent") ?? "");
  let played = 0;
  const version = protocol === "gemini" ? "v1beta" : "v1";
  const gateway: TestGateway = await startGateway({
    upstreams: [
      {
        id: `replay-${protocol}`,
        base_url: `${simulator.url}/${version}`,
        api_format: API_FORMATS[protocol],
        keys: ["sk-replay"],
        ...upstream,
      },
    ],
    config: NO_BREAKERS,
  });
  const server: ReplayServer = {
    play: (recording, request, cut) => server.ask(request, replayPlan(recording, cut)),
    async ask(request, plan) {
      const agent = `replay/${played++}`;
      plans.set(agent, plan);
      const response = await fetch(gateway.url + request.path, {
        method: "POST",
        headers: { ...request.headers, "user-agent": agent },
        body: request.body,
      });
      const text = await response.text();
      const exchange = {
        answer: { status: response.status, headers: response.headers, text },
        upstream: received.get(agent),
      };
      plans.delete(agent);
      received.delete(agent);
      return exchange;
    },
    async stop() {
      await gateway.stop();
      simulator.stop();
    },
  };
  return server;
}
