// Keeps a conversation on the upstream and key that served it, so that prompt caches and account-bound thinking survive.

import type { CandidateIds } from "../resilience/breakers.ts";
import type { Candidate } from "./plan-attempts.ts";

export interface AffinityOptions {
  /** Conversations remembered; the one used longest ago goes first. */
  readonly maxSessions: number;
  /** How long a silent conversation is remembered, milliseconds. */
  readonly ttlMs: number;
}

interface Entry {
  readonly upstreamId: string;
  readonly keyId: string;
  readonly atMs: number;
}

/** Which upstream and key a conversation is with; one per process. */
export class Affinity {
  readonly #options: AffinityOptions;
  /** Oldest first: entries move to the end when they are used. */
  readonly #sessions = new Map<string, Entry>();

  constructor(options: AffinityOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Moves the conversation's candidate to the front; the same list when there is none. */
  prefer(candidates: Candidate[], session: string, nowMs: number): Candidate[] {
    const entry = this.#sessions.get(session);
    if (!entry || nowMs - entry.atMs > this.#options.ttlMs) return candidates;
    const index = candidates.findIndex(({ ids }) => ids.upstreamId === entry.upstreamId && ids.keyId === entry.keyId);
    if (index <= 0) return candidates;
    const preferred = candidates[index] as Candidate;
    return [preferred, ...candidates.slice(0, index), ...candidates.slice(index + 1)];
  }

  /** The conversation was answered there. */
  remember(session: string, { upstreamId, keyId }: CandidateIds, nowMs: number): void {
    this.#sessions.delete(session);
    this.#sessions.set(session, { upstreamId, keyId, atMs: nowMs });
    if (this.#sessions.size <= this.#options.maxSessions) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      break;
    }
  }
}
