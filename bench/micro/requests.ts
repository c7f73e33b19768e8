// What decoding and encoding a large request costs, against bare JSON.parse and JSON.stringify of the same body.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { RouteMatch } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { buildAgentRequest } from "../data/agent-request.ts";
import { table } from "../macro/report.ts";
import { ALL_PROTOCOLS, upstreamTarget } from "./codec-contexts.ts";
import { compare } from "./measure.ts";

const REQUEST_BYTES = 150_000;
const mintId = () => "0123456789abcdefghijklmn";
const loss = () => undefined;

/** Table lines. Each protocol gets the same agent request, converted to it beforehand. */
export function benchRequests(): string[] {
  const source = buildAgentRequest({ bytes: REQUEST_BYTES, model: "m", stream: true });
  const common = PROTOCOLS.anthropic.decodeRequest(source, routeOf("anthropic"), loss);
  const rows = ALL_PROTOCOLS.map((id) => {
    const protocol = PROTOCOLS[id];
    const route = routeOf(id);
    const text = JSON.stringify(protocol.encodeRequest(common, upstreamTarget(), mintId).value.body);
    const body: unknown = JSON.parse(text);
    const request = protocol.decodeRequest(body, route, loss);
    const [bare = 0, whole = 0, decode = 0, encode = 0] = compare([
      { name: "bare", run: () => JSON.stringify(JSON.parse(text)) },
      {
        name: "whole",
        run: () => {
          const decoded = protocol.decodeRequest(JSON.parse(text), route, loss);
          return JSON.stringify(protocol.encodeRequest(decoded, upstreamTarget(), mintId).value.body);
        },
      },
      { name: "decode", run: () => protocol.decodeRequest(body, route, loss) },
      { name: "encode", run: () => protocol.encodeRequest(request, upstreamTarget(), mintId) },
    ]);
    const size = (Buffer.byteLength(text) / 1000).toFixed(0);
    return [
      id,
      size,
      bare.toFixed(0),
      whole.toFixed(0),
      (whole / bare).toFixed(2),
      decode.toFixed(1),
      encode.toFixed(1),
    ];
  });
  return table(["request", "kB", "parse + stringify us", "with codec us", "ratio", "decode us", "encode us"], rows);
}

function routeOf(protocol: ProtocolId): RouteMatch {
  const isGemini = protocol === "gemini";
  return {
    protocol,
    operation: "generate",
    framing: "sse",
    model: isGemini ? "m" : undefined,
    stream: isGemini || undefined,
  };
}
