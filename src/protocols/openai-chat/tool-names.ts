// Names of tools between client and upstream: one object per request, filled while it is encoded.

import { safeName } from "./digest.ts";

/** The name of a tool outside protocols with namespaces; `IrToolChoice` holds names in this form. */
export function flatName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

/** Changes names for the wire and remembers what the decoder of the answer needs. */
export interface ToolNames {
  /** The name on the wire; remembers the original where it had to change. */
  wire(name: string, namespace: string | undefined): string;
  /** Notes that a free-text tool goes out as a function, under its wire name. */
  wrap(wireName: string): void;
  /** Wire name to the client's, changed names only. */
  readonly originals: ReadonlyMap<string, string>;
  /** Wire names of free-text tools that went out as functions. */
  readonly wrapped: ReadonlySet<string>;
}

/**
 * Creates the names of one request. With `keepNames` they stay as they are (chat client to chat upstream).
 * A namespaced tool is called `namespace__tool`, on the wire and in the answer: only its own protocol can split it.
 */
export function createToolNames(keepNames: boolean): ToolNames {
  const originals = new Map<string, string>();
  const wrapped = new Set<string>();
  return {
    originals,
    wrapped,
    wire(name, namespace) {
      const full = flatName(name, namespace);
      if (keepNames) return full;
      const safe = safeName(full, 64);
      if (safe !== full) originals.set(safe, full);
      return safe;
    },
    wrap(wireName) {
      wrapped.add(wireName);
    },
  };
}
