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
  /** Mark of the last thinking that it was not shown, because it refuses what others have signed. */
  readonly refused: string | undefined;
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
    const entry = this.#entry(session, nowMs);
    if (!entry) return candidates;
    const index = candidates.findIndex(({ ids }) => isAt(entry, ids));
    if (index <= 0) return candidates;
    const preferred = candidates[index] as Candidate;
    return [preferred, ...candidates.slice(0, index), ...candidates.slice(index + 1)];
  }

  /** Whether the conversation was last answered somewhere else than there. */
  isElsewhere(session: string, ids: CandidateIds, nowMs: number): boolean {
    const entry = this.#entry(session, nowMs);
    return entry !== undefined && !isAt(entry, ids);
  }

  /** Up to which thinking of the conversation this candidate has answered without; undefined where it takes all of it. */
  refusedUpTo(session: string, ids: CandidateIds, nowMs: number): string | undefined {
    const entry = this.#entry(session, nowMs);
    return entry && isAt(entry, ids) ? entry.refused : undefined;
  }

  /**
   * The conversation was answered there. `refused` marks the last thinking that was left out for it; without, what is
   * known of the same candidate holds on, since side requests of a session have no thinking.
   */
  remember(session: string, ids: CandidateIds, nowMs: number, refused?: string): void {
    const { upstreamId, keyId } = ids;
    const held = refused ?? this.refusedUpTo(session, ids, nowMs);
    this.#sessions.delete(session);
    this.#sessions.set(session, { upstreamId, keyId, atMs: nowMs, refused: held });
    if (this.#sessions.size <= this.#options.maxSessions) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      break;
    }
  }

  #entry(session: string, nowMs: number): Entry | undefined {
    const entry = this.#sessions.get(session);
    return entry && nowMs - entry.atMs <= this.#options.ttlMs ? entry : undefined;
  }
}

function isAt(entry: Entry, ids: CandidateIds): boolean {
  return entry.upstreamId === ids.upstreamId && entry.keyId === ids.keyId;
}
