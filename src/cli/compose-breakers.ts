// The breakers with what surrounds them: rules from the configuration, lines in the log, a file that outlives the program.

import type { Config } from "../config/config.ts";
import type { Clock } from "../lib/clock.ts";
import { type BreakerChange, type Breakers, createBreakers } from "../resilience/breakers.ts";
import { readSnapshot } from "../resilience/read-snapshot.ts";
import { readBreakerFile, writeBreakerFile } from "../store/breaker-file.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface BreakerParts {
  readonly breakers: Breakers;
  /** Forgets the breakers of upstreams that were changed or removed. */
  configChanged(before: Config, after: Config): void;
  /** Takes up what an earlier run left; call before the first request. */
  restore(): Promise<void>;
  /** Leaves what is known for the next run. A disk that refuses is told. */
  save(): Promise<void>;
}

export interface BreakerPartsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly currentConfig: () => Config;
  /** Hears of every change of state, also those that the log leaves out. */
  readonly onChange: (change: BreakerChange) => void;
}

/** A breaker that changes more often than this is told of once in this time, milliseconds. */
const QUIET_MS = 10_000;
const MAX_REMEMBERED = 10_000;

/** Creates the breakers. */
export function composeBreakers(options: BreakerPartsOptions): BreakerParts {
  const { clock, log, currentConfig, dataDir } = options;
  const tell = createTeller(log, clock);
  const breakers = createBreakers(
    (upstreamId) => rulesFor(currentConfig(), upstreamId),
    (change) => {
      options.onChange(change);
      tell(change);
    },
  );
  return {
    breakers,
    configChanged(before, after) {
      breakers.reset(changedUpstreams(before, after), new Set(after.upstreams.map(({ id }) => id)));
    },
    async restore() {
      const content = await readBreakerFile(dataDir);
      const saved = readSnapshot(content);
      if (!saved) return;
      const known = new Map(currentConfig().upstreams.map((upstream) => [upstream.id, hashOf(upstream)]));
      const hashes = (content as { upstreams?: Record<string, unknown> }).upstreams ?? {};
      const kept = saved.breakers.filter(({ upstreamId }) => {
        const hash = known.get(upstreamId);
        return hash !== undefined && Object.hasOwn(hashes, upstreamId) && hashes[upstreamId] === hash;
      });
      breakers.restore({ ...saved, breakers: kept }, clock.monotonicMs(), clock.wallMs());
      if (kept.length > 0) log.info("circuit breakers taken up from the last run", { count: kept.length });
    },
    async save() {
      const snapshot = breakers.snapshot(clock.monotonicMs(), clock.wallMs());
      const upstreams = Object.fromEntries(currentConfig().upstreams.map((each) => [each.id, hashOf(each)]));
      try {
        await writeBreakerFile(dataDir, { ...snapshot, upstreams });
      } catch (error) {
        log.warn("circuit breakers could not be saved for the next run", { error: String(error) });
      }
    },
  };
}

/** Lines for the log; a breaker that flaps fills it with one line in ten seconds, which tells how many were left out. */
function createTeller(log: Logger, clock: Clock): (change: BreakerChange) => void {
  const told = new Map<string, { atMs: number; leftOut: number }>();
  return ({ scope, id, state, evidence }) => {
    const now = clock.monotonicMs();
    const name = `${scope} ${id} ${state}`;
    const earlier = told.get(name);
    if (earlier && now - earlier.atMs < QUIET_MS) {
      earlier.leftOut += 1;
      return;
    }
    if (told.size >= MAX_REMEMBERED) told.clear();
    told.set(name, { atMs: now, leftOut: 0 });
    const changes = earlier && earlier.leftOut > 0 ? { sameBefore: earlier.leftOut } : {};
    if (state !== "open") {
      log.info(`circuit breaker ${state}: ${scope} ${id}`, changes);
      return;
    }
    const forSeconds = Math.ceil(evidence.remainingMs / 1000);
    log.warn(`circuit breaker open: ${scope} ${id}`, { forSeconds, lastError: evidence.lastError, ...changes });
  };
}

/** Rules for an upstream's breakers; the file's for one that has just been removed. */
function rulesFor(config: Config, upstreamId: string): Config["breaker"] {
  return config.upstreams.find(({ id }) => id === upstreamId)?.breaker ?? config.breaker;
}

/** Upstreams whose definition differs between two configurations; breakers keep the rules that they were made with. */
function changedUpstreams(before: Config, after: Config): Set<string> {
  const earlier = new Map(before.upstreams.map((upstream) => [upstream.id, fingerprint(upstream)]));
  return new Set(
    after.upstreams
      .filter((upstream) => earlier.get(upstream.id) !== fingerprint(upstream))
      .map((upstream) => upstream.id),
  );
}

function hashOf(upstream: Config["upstreams"][number]): string {
  return Bun.hash(fingerprint(upstream)).toString(36);
}

function fingerprint(upstream: Config["upstreams"][number]): string {
  const { keys, modelMap, headers, ...rest } = upstream;
  return JSON.stringify([rest, keys.map((key) => key.id), [...modelMap], [...headers]]);
}
