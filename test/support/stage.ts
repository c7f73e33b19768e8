// What stands on stage in one test of a file: simulated upstreams, broken servers and gateways, gone when it is over.

import { afterEach } from "bun:test";
import type { PlanSource } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type FaultScript, type FaultServer, startFaultServer } from "./fault-server.ts";
import { startGateway, type TestGateway } from "./gateway.ts";

export interface Stage {
  simulator(plan?: PlanSource): Simulator;
  faultServer(script: FaultScript): FaultServer;
  /** As entries and further fields of config.json. */
  gatewayFor(upstreams: readonly object[], config?: object): Promise<TestGateway>;
  /** Called when the test is over; the last one goes first. */
  closeLater(close: () => unknown): void;
}

/** To be called once at the top of a test file. */
export function setStage(): Stage {
  const closers: (() => unknown)[] = [];
  const closeLater = (close: () => unknown): void => void closers.push(close);
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return {
    closeLater,
    simulator(plan = {}) {
      const started = startSimulator({ plan });
      closeLater(() => started.stop());
      return started;
    },
    faultServer(script) {
      const started = startFaultServer(script);
      closeLater(() => started.stop());
      return started;
    },
    async gatewayFor(upstreams, config = {}) {
      const started = await startGateway({ upstreams, config });
      closeLater(() => started.stop());
      return started;
    },
  };
}
