// Function names: Gemini takes fewer than other protocols, so some are changed on the way out and restored on the way back.

/** Both directions of the names of one request. */
export interface ToolNames {
  /** The name on the wire. The same name always gives the same result, declared or not. */
  toWire(name: string): string;
  /** Wire name to the client's name, for the names that were changed so far; undefined when none was. */
  changed(): ReadonlyMap<string, string> | undefined;
}

const ACCEPTED = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const KEPT_LENGTH = 55;

/** Creates the name map of one request. */
export function createToolNames(): ToolNames {
  const clientNames = new Map<string, string>();
  return {
    toWire(name) {
      const wireName = wireToolName(name);
      if (wireName !== name) clientNames.set(wireName, name);
      return wireName;
    },
    changed: () => (clientNames.size > 0 ? clientNames : undefined),
  };
}

/**
 * A name that every Gemini upstream accepts: unchanged where it matches, otherwise 55 characters, `_` and a hash
 * of the original, so that different names stay different.
 */
export function wireToolName(name: string): string {
  if (ACCEPTED.test(name)) return name;
  const cleaned = name.replace(/[^A-Za-z0-9_-]/g, "_");
  const safe = /^[A-Za-z_]/.test(cleaned) ? cleaned : `_${cleaned}`;
  return `${safe.slice(0, KEPT_LENGTH)}_${hash(name)}`;
}

/** A name in an answer as it was declared: models sometimes put their own namespace `default_api` before it. */
export function bareToolName(wireName: string): string {
  return /^default_api[:.]./.test(wireName) ? wireName.slice("default_api:".length) : wireName;
}

/** The client's name for a name in an answer. */
export function clientToolName(wireName: string, changed: ReadonlyMap<string, string> | undefined): string {
  const bare = bareToolName(wireName);
  return changed?.get(bare) ?? bare;
}

/** FNV-1a, 32 bits, as 8 hex digits. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    state ^= text.charCodeAt(at);
    state = Math.imul(state, 0x01000193);
  }
  return (state >>> 0).toString(16).padStart(8, "0");
}
