// The upstream of the benchmark as its own process: a simulator that gives constant answers. Prints its port.
// Streams bring one event every 20 ms; whole answers have about 2 kB.

import type { SimPlan } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { answerPieces, answerText } from "../data/agent-request.ts";
import { EVENTS_PER_SECOND, LONGEST_STREAM_SECONDS } from "./stream-load.ts";

const WHOLE: SimPlan = { answer: { id: "bench", text: answerText(1400) } };
const STREAM: SimPlan = {
  answer: { id: "bench", text: answerPieces(EVENTS_PER_SECOND * LONGEST_STREAM_SECONDS) },
  eventDelayMs: 1000 / EVENTS_PER_SECOND,
};

const simulator = startSimulator({
  keepRequests: 0,
  plan: (request) => (request.wantsStream ? STREAM : WHOLE),
});
console.log(simulator.port);
