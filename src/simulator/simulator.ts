// A scripted upstream on loopback that speaks all four formats: starts it, keeps its ledger, stops it.

import { type CompiledPlan, compilePlan } from "./compile-plan.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import { createSchedule } from "./schedule.ts";
import { choosePlan, type PlanSource, type SimPlan } from "./script.ts";
import type { SimRequest } from "./sim-request.ts";

/** How to start a simulator. */
export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. */
  readonly hostname?: string | undefined;
  /** Default: a short text for everybody. */
  readonly plan?: PlanSource | undefined;
  /** Ids for the model lists. */
  readonly models?: readonly string[] | undefined;
  /** Requests that the ledger keeps, the newest; default 10,000. Benchmarks set 0. */
  readonly keepRequests?: number | undefined;
  /** Largest request body, default 64 MiB; larger ones get 413. */
  readonly maxBodyBytes?: number | undefined;
  /** Called for every request once it is in the ledger, before it is answered. */
  readonly onRequest?: ((request: SimRequest) => void) | undefined;
}

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The ledger, oldest first. */
  readonly requests: readonly SimRequest[];
  /** Requests since the start, also those the ledger dropped. */
  readonly requestCount: number;
  /** Connections accepted since the start, and those open now. */
  readonly connectionCount: number;
  readonly openConnections: number;
  /** Takes effect with the next request. */
  setPlan(plan: PlanSource): void;
  /** The next `count` connections are reset as soon as they are accepted; `Infinity` until called with 0. */
  refuseConnections(count: number): void;
  /** Resets every open connection. */
  dropConnections(): void;
  clearRequests(): void;
  /** Closes the port and resets every connection; may be called twice. */
  stop(): void;
}

const DEFAULT_MODELS = ["claude-sonnet-4-5", "gpt-5", "gemini-2.5-pro"];

/** Starts a simulator. Throws when the port is taken. */
export function startSimulator(options: SimulatorOptions = {}): Simulator {
  const schedule = createSchedule();
  const connections = new Set<Connection>();
  const keepRequests = options.keepRequests ?? 10_000;
  const content = { models: options.models ?? DEFAULT_MODELS };
  const compile = createPlanCompiler((plan, request) => compilePlan(plan, request, content));
  let plan: PlanSource = options.plan ?? {};
  let requests: SimRequest[] = [];
  let requestCount = 0;
  let connectionCount = 0;
  let toRefuse = 0;

  const host: ConnectionHost = {
    schedule,
    maxBodyBytes: options.maxBodyBytes ?? 64 * 1024 * 1024,
    nextOrdinal: () => requestCount++,
    accept(request) {
      if (keepRequests > 0) requests.push(request);
      if (requests.length > keepRequests * 2) requests = requests.slice(-keepRequests);
      options.onRequest?.(request);
      return compile(choosePlan(plan, request), request);
    },
  };

  const listener = Bun.listen<Connection | undefined>({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? 0,
    socket: {
      open(socket) {
        connectionCount += 1;
        if (toRefuse > 0) {
          toRefuse -= 1;
          socket.terminate();
          return;
        }
        socket.setNoDelay(true);
        socket.data = new Connection(socket, connectionCount - 1, host);
        connections.add(socket.data);
      },
      data: (socket, bytes) => socket.data?.data(bytes),
      drain: (socket) => socket.data?.drain(),
      close(socket) {
        if (!socket.data) return;
        socket.data.closed();
        connections.delete(socket.data);
      },
      // A client that resets: `close` follows and marks the ledger.
      error: () => undefined,
    },
  });

  return {
    url: `http://${options.hostname ?? "127.0.0.1"}:${listener.port}`,
    port: listener.port,
    get requests() {
      return requests.length > keepRequests ? requests.slice(-keepRequests) : requests;
    },
    get requestCount() {
      return requestCount;
    },
    get connectionCount() {
      return connectionCount;
    },
    get openConnections() {
      return connections.size;
    },
    setPlan(next) {
      plan = next;
    },
    refuseConnections(count) {
      toRefuse = count;
    },
    dropConnections,
    clearRequests() {
      requests = [];
    },
    stop() {
      listener.stop(true);
      dropConnections();
      schedule.stop();
    },
  };

  function dropConnections(): void {
    for (const connection of connections) connection.terminate();
  }
}

/**
 * Compiles plans, and remembers the result for plans whose answer is pinned by an id: those give the same bytes for
 * every request of the same kind, which makes the simulator fast enough to sit behind a benchmark.
 */
function createPlanCompiler(
  compile: (plan: SimPlan, request: SimRequest) => CompiledPlan,
): (plan: SimPlan, request: SimRequest) => CompiledPlan {
  const cache = new WeakMap<SimPlan, Map<string, CompiledPlan>>();
  return (plan, request) => {
    if (plan.answer?.id === undefined || request.route.operation !== "generate") return compile(plan, request);
    const kinds = cache.get(plan) ?? new Map<string, CompiledPlan>();
    cache.set(plan, kinds);
    const { peek, route } = request;
    const key = `${route.protocol} ${route.framing} ${request.wantsStream} ${peek.includeUsage} ${request.model}`;
    const compiled = kinds.get(key) ?? compile(plan, request);
    kinds.set(key, compiled);
    return compiled;
  };
}
