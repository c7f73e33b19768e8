// Thousands of streams held open at once: what they take of memory, how late their events are, and whether one is lost.
//
//   bun bench/faults/held-streams.ts [streams] [seconds]
//
// The gateway runs on core 0; upstream and clients are this process, on core 1, over raw sockets: an event carries the
// time at which it was written, so that its delay is read off where it arrives. Some clients come through a bare TCP
// relay on the gateway's core: its delays are those of the machine and the harness, and are taken off. Linux only; each
// stream takes two descriptors here and two in the gateway.

import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { clientCall } from "../../test/e2e/support/client-calls.ts";
import { createDataDir, removeDataDir, startProgram } from "../../test/e2e/support/program.ts";
import { upstreamEntry } from "../../test/e2e/support/upstreams.ts";
import { until } from "../../test/e2e/support/waiting.ts";
import { rawRequest } from "../../test/support/raw-client.ts";
import { cpuMs } from "../macro/process-meter.ts";
import { percentile } from "../macro/statistics.ts";

const STREAMS = Number(process.argv[2] ?? 5_000);
const SECONDS = Number(process.argv[3] ?? 30);
/** One stream in so many comes through the relay on top. */
const EACH = 10;
/** Every stream gets an event as often. */
const EVENT_EVERY_MS = 10_000;
const BATCH = 100;
const TICK_MS = 5;
const MIB = 1024 * 1024;

spawnSync("taskset", ["-pc", "1", String(process.pid)]);
// Other programs of the machine should not be measured; as an ordinary user this is refused and does no harm.
spawnSync("renice", ["-n", "-10", "-p", String(process.pid)]);

const frame = (event: string, data: object): string =>
  `event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`;
const delta = (text: string): string => frame("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const usage = { input_tokens: 1, output_tokens: 1 };
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage,
};
const START =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
  chunk(
    frame("message_start", { message }) +
      frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }) +
      delta("first "),
  );
const END = `${chunk(
  frame("content_block_stop", { index: 0 }) +
    frame("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 9 } }) +
    frame("message_stop", {}),
)}0\r\n\r\n`;

/** Sockets of streams that have begun, in order. */
const begun: Bun.Socket<{ head: string }>[] = [];
const upstream = Bun.listen<{ head: string }>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = { head: "" };
    },
    data(socket, bytes) {
      socket.data.head += bytes.toString("latin1");
      if (!socket.data.head.endsWith("}")) return;
      socket.data.head = "";
      socket.write(START);
      begun.push(socket);
    },
    error: () => undefined,
  },
});

interface Client {
  readonly isRelayed: boolean;
  events: number;
  isWhole: boolean;
  isClosed: boolean;
}
const clients: Client[] = [];
const delays = { relayed: [] as number[], through: [] as number[] };
let isMeasuring = false;
let begunClients = 0;

async function connect(port: number, isRelayed: boolean): Promise<void> {
  const client: Client = { isRelayed, events: 0, isWhole: false, isClosed: false };
  clients.push(client);
  const call = clientCall("anthropic", { stream: true });
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(rawRequest(call.path, call.body, ["user-agent: bench/1.0"])),
      data(_, bytes) {
        const text = bytes.toString("latin1");
        if (text.includes('"first "')) begunClients += 1;
        if (text.includes("message_stop")) client.isWhole = true;
        const now = performance.now();
        for (const [, sentMs] of text.matchAll(/at=([\d.]+);/g)) {
          client.events += 1;
          if (isMeasuring) delays[isRelayed ? "relayed" : "through"].push(now - Number(sentMs));
        }
      },
      close: () => {
        client.isClosed = true;
      },
      error: () => undefined,
    },
  });
}

const dataDir = await createDataDir({
  upstreams: [upstreamEntry("one", "anthropic", `http://127.0.0.1:${upstream.port}`)],
});
const gateway = startProgram(dataDir, 0, [], ["taskset", "-c", "0"]);
await gateway.ready();
const port = Number(new URL(gateway.url).port);
const relay = Bun.spawn(
  ["taskset", "-c", "0", process.execPath, join(import.meta.dir, "tcp-relay.ts"), String(upstream.port)],
  { stdout: "pipe" },
);
const { value: firstLine } = await relay.stdout.getReader().read();
const relayPort = Number(new TextDecoder().decode(firstLine));
const atRest = await gateway.rssBytes();

for (let at = 0; at < STREAMS; at += BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, STREAMS - at) }, () => connect(port, false)));
  // Relayed ones stand between the others, so that they see the same moments.
  for (let n = 0; n < BATCH / EACH; n++) await connect(relayPort, true);
  await until("they have begun", () => begunClients === clients.length, 60_000);
}
const held = await gateway.rssBytes();

// Events one after another through all streams, spread evenly over time.
let written = 0;
const startMs = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - startMs) * begun.length) / EVENT_EVERY_MS);
  for (; written < due; written++) {
    const socket = begun[written % begun.length] as Bun.Socket<{ head: string }>;
    socket.write(chunk(delta(`at=${performance.now().toFixed(3)};`)));
  }
}, TICK_MS);
await Bun.sleep(5_000);
isMeasuring = true;
const cpuBefore = cpuMs(gateway.pid);
await Bun.sleep(SECONDS * 1000);
isMeasuring = false;
const cpuShare = (cpuMs(gateway.pid) - cpuBefore) / (SECONDS * 10);
const busy = await gateway.rssBytes();
clearInterval(timer);
const received = (): number => clients.reduce((total, client) => total + client.events, 0);
await until("every event has arrived", () => received() >= written, 10_000).catch(() => undefined);
const dropped = clients.filter(({ isClosed }) => isClosed).length;
for (const socket of begun) socket.write(END);
await until("every stream has ended", () => clients.every(({ isWhole }) => isWhole), 30_000).catch(() => undefined);
const whole = clients.filter(({ isWhole }) => isWhole).length;
relay.kill();
await gateway.kill("SIGTERM");
await removeDataDir(dataDir);

const row = (name: string, values: readonly number[]): string =>
  `| ${name} | ${values.length} | ${[0.5, 0.9, 0.99, 0.999].map((share) => percentile(values, share).toFixed(2)).join(" | ")} |`;
console.log(`${STREAMS} streams held for ${SECONDS} s, one event per stream each ${EVENT_EVERY_MS / 1000} s; load ${loadavg()
  .map((each) => each.toFixed(1))
  .join(" ")}

| delay of an event, ms | events | p50 | p90 | p99 | p99.9 |
|---|---|---|---|---|---|
${row("through the gateway", delays.through)}
${row("through a bare relay", delays.relayed)}

added at p99: ${(percentile(delays.through, 0.99) - percentile(delays.relayed, 0.99)).toFixed(2)} ms
resident memory: ${(atRest / MIB).toFixed(0)} MiB at rest, ${(held / MIB).toFixed(0)} MiB with all held, ${(busy / MIB).toFixed(0)} MiB at the end; ${((busy - atRest) / 1024 / STREAMS).toFixed(1)} KiB per stream
processor time of the gateway: ${cpuShare.toFixed(1)} % of a core
events written ${written}, received ${received()}; dropped streams ${dropped}; ended whole ${whole} of ${clients.length}`);
process.exit(0);
