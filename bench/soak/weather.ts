// The upstreams of a soak and what goes wrong at them, minute by minute. Every cycle one of them is well.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type Seeded, seeded } from "../../test/chaos/support/seeded.ts";

/** One upstream. */
export interface SoakUpstream {
  readonly id: string;
  readonly format: ProtocolId;
  readonly url: string;
}

/** The upstreams of a running soak. */
export interface Weather {
  readonly upstreams: readonly SoakUpstream[];
  /** Requests that arrived per session. */
  readonly ledger: ReadonlyMap<string, number>;
  /** `performance.now()` of each moment when an upstream went away or came back. */
  readonly changes: readonly number[];
  /** The phase that holds so many milliseconds after the start; call it often. */
  at(elapsedMs: number): string;
  openConnections(): number;
  stop(): void;
}

interface Phase {
  readonly name: string;
  /** Faults of the first and the second upstream. */
  readonly first: (random: Seeded) => Partial<SimPlan> | undefined;
  readonly second: (random: Seeded) => Partial<SimPlan> | undefined;
  /** The first upstream does not listen. */
  readonly isDown?: boolean;
}

/** How requests name themselves, in their prompt as well. */
const SESSION = /soak\/\d+/;

const well = (): undefined => undefined;
const sometimes =
  (share: number, plan: Partial<SimPlan>) =>
  (random: Seeded): Partial<SimPlan> | undefined =>
    random.next() < share ? plan : undefined;

const PHASES: readonly Phase[] = [
  { name: "calm", first: well, second: well },
  { name: "first upstream down", first: well, second: well, isDown: true },
  { name: "10 % resets", first: sometimes(0.1, { cutBeforeHead: "rst" }), second: well },
  { name: "10 % cuts", first: sometimes(0.1, { cutAfterEvents: { at: "in-text", how: "rst" } }), second: well },
  { name: "5 % stalls", first: sometimes(0.05, { stallAfterEvents: "in-text" }), second: well },
  { name: "429 bursts", first: sometimes(0.5, { error: "rate" }), second: sometimes(0.1, { error: "rate" }) },
  { name: "529 wave", first: sometimes(0.8, { error: "overloaded" }), second: sometimes(0.3, { error: "overloaded" }) },
  { name: "events of 1 MiB", first: sometimes(0.1, { oversizedEventBytes: 1024 * 1024 }), second: well },
];

const ANSWER = {
  thinking: "A thought about the question.",
  text: "An answer of some length, in pieces. ".repeat(8),
  toolCalls: [{ name: "get_weather", arguments: { city: "Zürich" } }],
  chunkSize: 12,
};

/** Starts three upstreams: the first two fail by turns, the third never does. */
export function startWeather(seed: number, phaseMs: number): Weather {
  const random = seeded(seed);
  const ledger = new Map<string, number>();
  const changes: number[] = [];
  let phase = PHASES[0] as Phase;
  const start = (faults: () => Partial<SimPlan> | undefined, port?: number): Simulator =>
    startSimulator({
      port,
      keepRequests: 0,
      onRequest(request) {
        if (request.route.operation !== "generate") return;
        const session = SESSION.exec(request.body.toString())?.[0] ?? "";
        ledger.set(session, (ledger.get(session) ?? 0) + 1);
      },
      // A connection per request: a kept one that breaks is asked twice within one attempt, and could not be counted.
      plan: () => ({ answer: ANSWER, eventDelayMs: 1, closeAfter: true, ...faults() }),
    });
  const firstFaults = (): Partial<SimPlan> | undefined => phase.first(random);
  let first: Simulator | undefined = start(firstFaults);
  const second = start(() => phase.second(random));
  const third = start(well);
  const { port } = first;
  return {
    upstreams: [
      { id: "first", format: "anthropic", url: first.url },
      { id: "second", format: "openai-chat", url: second.url },
      { id: "third", format: "gemini", url: third.url },
    ],
    ledger,
    changes,
    at(elapsedMs) {
      phase = PHASES[Math.floor(elapsedMs / phaseMs) % PHASES.length] as Phase;
      if (phase.isDown === true && first) {
        first.stop();
        first = undefined;
        changes.push(performance.now());
      } else if (phase.isDown !== true && !first) {
        first = start(firstFaults, port);
        changes.push(performance.now());
      }
      return phase.name;
    },
    openConnections: () => (first?.openConnections ?? 0) + second.openConnections + third.openConnections,
    stop() {
      first?.stop();
      second.stop();
      third.stop();
    },
  };
}
