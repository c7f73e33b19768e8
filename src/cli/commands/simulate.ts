// `apirouter simulate`: a scripted upstream on loopback.

import type { ProtocolId } from "../../core/protocol-id.ts";
import { runSimulate } from "../../simulator/cli-plan.ts";
import type { SimulateCliOptions, Writable } from "../options.ts";

/** Starts the simulator and leaves it running; resolves with an exit code only when it could not start. */
export async function simulate(options: SimulateCliOptions, out: Writable, err: Writable): Promise<number | undefined> {
  try {
    const simulator = await runSimulate(
      {
        port: options.port,
        hostname: options.host,
        format: options.format as ProtocolId | undefined,
        scenario: options.scenario,
        replay: options.replay,
        command: options.command,
      },
      (line) => out.write(`${line}\n`),
    );
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void simulator.stop());
    return undefined;
  } catch (error) {
    err.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
