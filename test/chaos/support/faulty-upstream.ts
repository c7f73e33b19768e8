// An upstream that fails in a given way: nobody listening, a scripted simulator, or raw bytes on a socket.

import type { PlanSource } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { type FaultScript, startFaultServer } from "../../support/fault-server.ts";

/** How an upstream fails. */
export type Failing =
  | { readonly closed: true }
  /** Every connection is reset as it is accepted. */
  | { readonly refusing: true }
  | { readonly plan: PlanSource }
  | { readonly script: FaultScript }
  /** Somebody else's server. */
  | { readonly url: string };

/** A running upstream of a test. */
export interface FaultyUpstream {
  readonly url: string;
  /** Requests that arrived so far; connections where no request could be read. */
  asked(): number;
  /** Keys that were shown, one per request, in order; empty where requests are not read. */
  keys(): readonly string[];
  stop(): void;
}

/** Port 1 has nobody listening, and nobody else can take it in the meantime. */
export const CLOSED_URL = "http://127.0.0.1:1";

/** Starts it. */
export function startFailing(failing: Failing): FaultyUpstream {
  if ("closed" in failing) return remote(CLOSED_URL);
  if ("url" in failing) return remote(failing.url);
  if ("script" in failing) {
    const server = startFaultServer(failing.script);
    return { url: server.url, asked: () => server.requestCount, keys: () => [], stop: () => server.stop() };
  }
  if ("refusing" in failing) {
    const simulator = startSimulator({});
    simulator.refuseConnections(Number.POSITIVE_INFINITY);
    return { url: simulator.url, asked: () => simulator.connectionCount, keys: () => [], stop: () => simulator.stop() };
  }
  const simulator = startSimulator({ plan: failing.plan });
  return {
    url: simulator.url,
    asked: () => simulator.requestCount,
    keys: () => simulator.requests.map((request) => request.key),
    stop: () => simulator.stop(),
  };
}

function remote(url: string): FaultyUpstream {
  return { url, asked: () => Number.NaN, keys: () => [], stop: () => undefined };
}

/** A whole raw answer with a length. */
export function rawAnswer(status: string, contentType: string, body: string | Uint8Array, more = ""): Uint8Array {
  const bytes = Buffer.from(body as string);
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${contentType}\r\ncontent-length: ${bytes.length}\r\n${more}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}
