// The programs of one run: upstream, nginx, and per contestant a gateway for either lane.

import type { BenchCase, Lane } from "./cases.ts";
import type { BenchOptions } from "./options.ts";
import { type Program, startGateway, startNginx } from "./programs.ts";
import type { RequestSet } from "./requests.ts";

/** One way that a request can take. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly request: Uint8Array;
}

export interface Session {
  readonly hasNginx: boolean;
  /** The contestants' gateways in order, nginx if there is one, then `direct` if wanted. */
  targets(which: BenchCase, withDirect: boolean): Target[];
  /** Gateways by name and lane. */
  readonly gateways: readonly { readonly name: string; readonly lane: Lane; readonly program: Program }[];
  stop(): Promise<void>;
}

const FORMAT_OF: Readonly<Record<Lane, "anthropic" | "openai">> = { "pass-through": "anthropic", converted: "openai" };

/** Starts one gateway of a contestant. */
export function startContestant(options: BenchOptions, tree: string, lane: Lane, folder: string, upstreamPort: number) {
  return startGateway({ tree, useBinary: options.useBinary, folder, upstreamPort, apiFormat: FORMAT_OF[lane] });
}

/** Starts everything but the upstream. */
export async function startSession(
  options: BenchOptions,
  requests: RequestSet,
  folder: string,
  upstream: Program,
): Promise<Session> {
  const gateways: { name: string; lane: Lane; program: Program }[] = [];
  for (const { name, tree } of options.contestants) {
    for (const lane of ["pass-through", "converted"] as const)
      gateways.push({ name, lane, program: await startContestant(options, tree, lane, folder, upstream.port) });
  }
  const nginx = await startNginx(folder, upstream.port);
  return {
    hasNginx: nginx !== undefined,
    gateways,
    targets(which, withDirect) {
      const own: Target[] = gateways
        .filter((gateway) => gateway.lane === which.lane)
        .map(({ name, program }) => ({ name, port: program.port, pid: program.pid, request: requests[which.request] }));
      const plain = requests[which.plainRequest];
      if (nginx) own.push({ name: "nginx", port: nginx.port, pid: nginx.pid, request: plain });
      if (withDirect) own.push({ name: "direct", port: upstream.port, pid: undefined, request: plain });
      return own;
    },
    async stop() {
      await Promise.all([...gateways.map(({ program }) => program.stop()), nginx?.stop()]);
    },
  };
}
