// Starts a listener for the command line; when that fails, says in a sentence which option to change. Decides nothing else.

import { lookup } from "node:dns/promises";
import { type Listener, type ListenerOptions, startListener } from "../server/listener.ts";

/** The options that name the address. */
export interface AddressFlags {
  readonly host: string;
  readonly port: string;
}

/** Starts listening. Throws an Error whose message is for the person at the terminal; what Bun said is its cause. */
export async function listen(options: ListenerOptions, flags: AddressFlags): Promise<Listener> {
  try {
    return startListener(options);
  } catch (error) {
    throw new Error(await explain(error, options, flags), { cause: error });
  }
}

async function explain(error: unknown, { host, port }: ListenerOptions, flags: AddressFlags): Promise<string> {
  const code = (error as { code?: string }).code;
  if (code === "EACCES") return `port ${port} needs more rights; choose one above 1023 with ${flags.port}`;
  // For a name that stands for no address Bun 1.4.5 tells whatever error came last, "in use" for one.
  if (code === "EADDRNOTAVAIL" || !(await isResolved(host)))
    return `${host} is no address of this machine; choose another with ${flags.host}`;
  if (code === "EADDRINUSE")
    return `port ${port} on ${host} is in use; stop the other program or choose another port with ${flags.port}`;
  return error instanceof Error ? error.message : String(error);
}

function isResolved(host: string): Promise<boolean> {
  return lookup(host.replace(/^\[|\]$/g, "")).then(
    () => true,
    () => false,
  );
}
