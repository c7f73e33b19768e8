// What `apirouter simulate` runs: scenarios by name, a replayed file, and a line of output per request.

import type { ProtocolId } from "../core/protocol-id.ts";
import { agentPlan } from "./agent-plan.ts";
import type { SimAnswer } from "./answer.ts";
import { loadRecording, replayPlan } from "./replay.ts";
import { choosePlan, type PlanSource } from "./script.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

/** Options of the command. */
export interface SimulateOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  readonly hostname?: string | undefined;
  /** Serve this format only; others get 404. */
  readonly format?: ProtocolId | undefined;
  /** Default `agent`. */
  readonly scenario?: string | undefined;
  /** Recorded exchange to answer with, instead of a scenario. */
  readonly replay?: string | undefined;
  /** Shell command of the `agent` scenario. */
  readonly command?: string | undefined;
  readonly models?: readonly string[] | undefined;
}

/** Where the command writes; one call per line, without line end. */
export type SimulateOutput = (line: string) => void;

const TEXT: SimAnswer = { text: "Hello from the simulated upstream. Nothing here cost a single token." };
const TOOLS: SimAnswer = {
  text: "I need two look-ups for that.",
  toolCalls: [
    { name: "get_weather", arguments: { city: "Zürich" } },
    { name: "get_time", arguments: { zone: "Europe/Zurich" } },
  ],
};
const THINKING: SimAnswer = { thinking: "The user greets me, so a greeting is due. Nothing else is asked.", ...TEXT };

interface Scenario {
  readonly description: string;
  plan(options: SimulateOptions): PlanSource;
}

/** The scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  agent: {
    description: "calls the client's shell tool once, then quotes its output; short text when there is no such tool",
    plan: (options) => agentPlan({ commands: [options.command ?? "echo hello from the simulator"] }),
  },
  text: { description: "a short text", plan: () => ({ answer: TEXT }) },
  tools: { description: "text and two parallel tool calls", plan: () => ({ answer: TOOLS }) },
  thinking: { description: "thinking with a signature, then text", plan: () => ({ answer: THINKING }) },
  failing: {
    description: "one failure after another: 503, 500, 429 with retry-after, 401, reset, HTML page",
    plan: failingPlan,
  },
  flaky: {
    description: "every second request fails with 503",
    plan: () => (request) => (request.ordinal % 2 === 0 ? { error: "overloaded" } : { answer: TEXT }),
  },
  overloaded: { description: "always the format's overload error", plan: () => ({ error: "overloaded" }) },
  "rate-limited": {
    description: "always 429 with retry-after: 5",
    plan: () => ({ error: "rate", headers: { "retry-after": "5" } }),
  },
  cut: {
    description: "streams are reset in the middle of the text",
    plan: () => ({ answer: TEXT, cutAfterEvents: { at: "in-text", how: "rst" } }),
  },
  truncated: {
    description: "streams end in form, but without their terminal event",
    plan: () => ({ answer: TEXT, cutAfterEvents: { at: "in-text", how: "clean" } }),
  },
  "stream-error": {
    description: "an overload error event in the middle of the text",
    plan: () => ({ answer: TEXT, errorEventAt: { at: "in-text", kind: "overloaded" } }),
  },
  stalling: {
    description: "streams go silent in the middle of the text",
    plan: () => ({ answer: TEXT, stallAfterEvents: "in-text" }),
  },
  slow: {
    description: "2 s to the first byte, then an event every 250 ms",
    plan: () => ({ answer: TEXT, stallBeforeHeadMs: 2000, eventDelayMs: 250 }),
  },
  drip: {
    description: "the answer in drips of 40 bytes",
    plan: () => ({ answer: TEXT, drip: { bytes: 40, everyMs: 20 } }),
  },
};

function failingPlan(): PlanSource {
  const plans: readonly PlanSource[] = [
    { error: "overloaded" },
    { error: "api_error" },
    { error: "rate", headers: { "retry-after": "1" } },
    { error: "auth" },
    { cutBeforeHead: "rst" },
    { html: true, status: 502 },
  ];
  let next = 0;
  return (request) => choosePlan(plans[next++ % plans.length] ?? {}, request);
}

/**
 * Starts the simulator of `apirouter simulate` and reports its URL and every request through `out`. The caller stops
 * it. Throws with the known names when the scenario is unknown, and when the replay file cannot be read.
 */
export async function runSimulate(options: SimulateOptions, out: SimulateOutput): Promise<Simulator> {
  const plan = onlyFormat(await planOf(options), options.format);
  const simulator = startSimulator({
    port: options.port,
    hostname: options.hostname,
    models: options.models,
    plan,
    keepRequests: 1000,
    onRequest(request) {
      const { protocol, operation } = request.route;
      const shape = request.wantsStream ? "stream" : "json";
      out(
        `#${request.ordinal} ${request.method} ${request.path} ${protocol} ${operation} ${shape} model=${request.model || "-"} ${request.body.length} bytes`,
      );
    },
  });
  out(
    `simulated upstream at ${simulator.url} (${options.replay ? `replaying ${options.replay}` : `scenario ${options.scenario ?? "agent"}`})`,
  );
  return simulator;
}

async function planOf(options: SimulateOptions): Promise<PlanSource> {
  if (options.replay !== undefined) return replayPlan(await loadRecording(options.replay));
  const name = options.scenario ?? "agent";
  const scenario = Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
  if (!scenario) throw new Error(`--scenario: expected one of ${Object.keys(SCENARIOS).join(", ")}, got "${name}"`);
  return scenario.plan(options);
}

function onlyFormat(plan: PlanSource, format: ProtocolId | undefined): PlanSource {
  if (format === undefined) return plan;
  return (request) =>
    request.route.operation === "generate" && request.route.protocol !== format
      ? { status: 404 }
      : choosePlan(plan, request);
}
