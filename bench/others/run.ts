// Gateways of other projects beside this one: the same chat requests, the same upstream, the same pinned core, in turns.
//   bun bench/others/run.ts --portkey DIR/build/start-server.js --litellm DIR/bin/litellm
// Progress goes to stderr, a Markdown table to stdout. Linux only.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runClosedLoop } from "../macro/closed-loop.ts";
import { residentBytes } from "../macro/process-meter.ts";
import { OTHER_CORE, type Program, pinSelf, startGateway, startUpstream } from "../macro/programs.ts";
import { table } from "../macro/report.ts";
import { renderRequests } from "../macro/requests.ts";
import { median, spreadOf } from "../macro/statistics.ts";
import { runStreamLoad } from "../macro/stream-load.ts";
import { type OtherGateway, startLiteLlm, startPortkey } from "./gateways.ts";

const OWN = "APIRouter";
const CONNECTIONS = 16;
const WARM_MS = 15_000;
const WINDOW_MS = 5000;
/** Few enough for all of them to keep up with. */
const STREAMS = 20;

interface Sample {
  readonly requestUs: number;
  readonly requestsPerSecond: number;
  readonly eventUs: number;
  readonly megabytes: number;
}

const { values } = parseArgs({
  options: {
    portkey: { type: "string" },
    litellm: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});

pinSelf(OTHER_CORE);
const folder = mkdtempSync(join(tmpdir(), "apirouter-bench-"));
const upstream = await startUpstream(folder);
const gateways: OtherGateway[] = [];
try {
  const own = { tree: resolve(import.meta.dir, "../.."), useBinary: false, folder, upstreamPort: upstream.port };
  gateways.push({ ...(await startGateway({ ...own, apiFormat: "openai" })), name: OWN, headers: "" });
  if (values.portkey !== undefined) gateways.push(await startPortkey(values.portkey, folder, upstream.port));
  if (values.litellm !== undefined) gateways.push(await startLiteLlm(values.litellm, folder, upstream.port));
  console.log(render(await measure(gateways, Number(values.rounds))).join("\n"));
} finally {
  await Promise.all([...gateways, upstream].map((program: Program) => program.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function measure(all: readonly OtherGateway[], rounds: number): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const gateway of all) {
      console.error(`round ${round + 1}: ${gateway.name}`);
      samples.get(gateway.name)?.push(await sample(gateway, round === 0 ? WARM_MS : 1000));
    }
  }
  return samples;
}

async function sample(gateway: OtherGateway, warmMs: number): Promise<Sample> {
  const { port, pid, headers } = gateway;
  const requests = renderRequests();
  const metered = { port, pid, companions: [process.pid, upstream.pid] };
  const small = withHeaders(requests.smallChat, headers);
  const closed = await runClosedLoop({
    ...metered,
    request: small,
    connections: CONNECTIONS,
    warmMs,
    windowMs: WINDOW_MS,
  });
  const request = withHeaders(requests.streamChat, headers);
  const load = { ...metered, request, streams: STREAMS, rampMs: 1000, windowMs: WINDOW_MS };
  const streams = await runStreamLoad(load).catch((error: Error) => {
    console.error(`${gateway.name}: ${error.message}`);
    return undefined;
  });
  return {
    requestUs: closed.cpuUs,
    requestsPerSecond: closed.requestsPerSecond,
    eventUs: streams?.cpuUs ?? Number.NaN,
    megabytes: residentBytes(pid) / 1e6,
  };
}

/** A rendered request with further header lines behind its first line. */
function withHeaders(request: Buffer, headers: string): Buffer {
  const at = request.indexOf("\r\n") + 2;
  return Buffer.concat([request.subarray(0, at), Buffer.from(headers, "latin1"), request.subarray(at)]);
}

function render(samples: ReadonlyMap<string, readonly Sample[]>): string[] {
  const own = samples.get(OWN) ?? [];
  const rows = [...samples].map(([name, all]) => {
    const multiple = (of: (sample: Sample) => number): string => {
      const { median: middle, min, max } = spreadOf(all.map((each, round) => of(each) / of(own[round] as Sample)));
      return Number.isNaN(middle) ? "-" : `${middle.toFixed(1)} [${min.toFixed(1)}-${max.toFixed(1)}]`;
    };
    const middle = (of: (sample: Sample) => number): string => median(all.map(of)).toFixed(0);
    return [
      name,
      middle(({ requestUs }) => requestUs),
      multiple(({ requestUs }) => requestUs),
      middle(({ requestsPerSecond }) => requestsPerSecond),
      middle(({ eventUs }) => eventUs),
      multiple(({ eventUs }) => eventUs),
      middle(({ megabytes }) => megabytes),
    ];
  });
  const heads = ["gateway", "us a request", "x", "requests a second", "us an event", "x", "MB"];
  return table(heads, rows);
}
