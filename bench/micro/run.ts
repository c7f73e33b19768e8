// Runs the small benchmarks one after the other: `bun bench/micro/run.ts [names]`. Exit code 1 when something that has
// to cost linear time does not.

import { checkLinearTime } from "./linear-time.ts";
import { benchRequestLog } from "./request-log.ts";
import { benchRequests } from "./requests.ts";
import { benchJsonScan, benchSseSplitter } from "./scanners.ts";
import { benchStreamEvents } from "./stream-events.ts";

let exitCode = 0;

const PARTS: Readonly<Record<string, () => string[] | Promise<string[]>>> = {
  requests: benchRequests,
  "stream-events": benchStreamEvents,
  "json-scan": benchJsonScan,
  sse: benchSseSplitter,
  "request-log": benchRequestLog,
  "linear-time": () => {
    const { lines, isLinear } = checkLinearTime();
    if (!isLinear) exitCode = 1;
    return lines;
  },
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const part = PARTS[name];
  if (!part) {
    console.error(`expected some of ${Object.keys(PARTS).join(", ")}, found ${JSON.stringify(name)}`);
    process.exit(2);
  }
  console.log(`${(await part()).join("\n")}\n`);
}
process.exit(exitCode);
