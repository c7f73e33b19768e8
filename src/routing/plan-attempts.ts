// Which upstreams and keys a request may try, in which order.

import type { Config, UpstreamConfig, UpstreamKey } from "../config/config.ts";
import type { CandidateIds } from "../resilience/breakers.ts";
import { mapModel } from "./model-map.ts";

/** One attempt not yet made. */
export interface Candidate {
  readonly upstream: UpstreamConfig;
  /** Null for an upstream without keys: it is called without one. */
  readonly key: UpstreamKey | null;
  /** Model at this upstream. */
  readonly model: string;
  readonly ids: CandidateIds;
}

export interface PlanOptions {
  /** Only this upstream, whatever its place (console test page); it may even be disabled. */
  readonly onlyUpstreamId?: string | undefined;
  /** Upstreams that the client's key may use; undefined for all. */
  readonly allowed?: ReadonlySet<string> | undefined;
  /** Leaves out upstreams that cannot serve the operation. */
  readonly accepts?: ((upstream: UpstreamConfig) => boolean) | undefined;
}

/** All candidates of a request: upstreams by priority (ties in file order), each with its keys in order. */
export function planAttempts(config: Config, model: string, options: PlanOptions = {}): Candidate[] {
  const candidates: Candidate[] = [];
  for (const upstream of upstreamsInOrder(config)) {
    if (options.onlyUpstreamId === undefined ? !upstream.enabled : upstream.id !== options.onlyUpstreamId) continue;
    if (options.allowed && !options.allowed.has(upstream.id)) continue;
    if (options.accepts && !options.accepts(upstream)) continue;
    const mapped = mapModel(upstream.modelMap, model);
    const keys = upstream.keys.length > 0 ? upstream.keys : NO_KEY;
    for (const key of keys) {
      candidates.push({
        upstream,
        key,
        model: mapped,
        ids: { upstreamId: upstream.id, model: mapped, keyId: key?.id ?? "" },
      });
    }
  }
  return candidates;
}

const NO_KEY: readonly null[] = [null];

// A cache on immutable snapshots, not state: entries go with their configuration.
const orderedByConfig = new WeakMap<Config, readonly UpstreamConfig[]>();

/** Upstreams by priority; sorted once per configuration. */
export function upstreamsInOrder(config: Config): readonly UpstreamConfig[] {
  let ordered = orderedByConfig.get(config);
  if (!ordered) {
    ordered = [...config.upstreams].sort((a, b) => a.priority - b.priority);
    orderedByConfig.set(config, ordered);
  }
  return ordered;
}

/**
 * The queue of a request's candidates. A failure moves candidates to the end, so that whatever could be reached is
 * reached, though later; only what would certainly fail the same way is dropped.
 */
export class AttemptQueue {
  #waiting: Candidate[];
  readonly #moreKeyUsed = new Set<string>();

  constructor(candidates: readonly Candidate[]) {
    this.#waiting = [...candidates];
  }

  /** Takes the first candidate that `allowed` accepts; the others keep their places. */
  take(allowed: (candidate: Candidate) => boolean): Candidate | undefined {
    const index = this.#waiting.findIndex(allowed);
    if (index < 0) return undefined;
    return this.#waiting.splice(index, 1)[0];
  }

  /** Moves an upstream's remaining keys behind everything else. */
  deferUpstream(upstreamId: string): void {
    const others = this.#waiting.filter((candidate) => candidate.upstream.id !== upstreamId);
    const own = this.#waiting.filter((candidate) => candidate.upstream.id === upstreamId);
    this.#waiting = [...others, ...own];
  }

  /** Like `deferUpstream`, but lets one more key of the upstream go first; once per upstream. */
  deferUpstreamAfterOneMoreKey(upstreamId: string): void {
    if (this.#moreKeyUsed.has(upstreamId)) this.deferUpstream(upstreamId);
    else this.#moreKeyUsed.add(upstreamId);
  }

  /** Whether `deferUpstreamAfterOneMoreKey` would let one more key go first, of those that `allowed` accepts. */
  hasOneMoreKey(upstreamId: string, allowed: (candidate: Candidate) => boolean): boolean {
    if (this.#moreKeyUsed.has(upstreamId)) return false;
    return this.#waiting.some((candidate) => candidate.upstream.id === upstreamId && allowed(candidate));
  }

  /** Puts a candidate behind all others, to be tried once more. */
  putBack(candidate: Candidate): void {
    this.#waiting.push(candidate);
  }

  /** Moves candidates to the front, in their order. */
  prefer(isBetter: (candidate: Candidate) => boolean): void {
    const others = this.#waiting.filter((candidate) => !isBetter(candidate));
    this.#waiting = [...this.#waiting.filter(isBetter), ...others];
  }

  /** Drops candidates that cannot help this request. */
  drop(isUseless: (candidate: Candidate) => boolean): void {
    this.#waiting = this.#waiting.filter((candidate) => !isUseless(candidate));
  }

  remaining(): readonly Candidate[] {
    return this.#waiting;
  }
}
