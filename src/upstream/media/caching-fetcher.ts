// Remembers fetched files for a short while: every turn of a conversation repeats the URLs of the turns before it, and
// so does every attempt of one request.

import type { Clock } from "../../lib/clock.ts";
import type { MediaFetcher, MediaRequest, MediaResult } from "./media-fetcher.ts";

const KEEP_FILE_MS = 60_000;
/** Long enough for all attempts of a request, short enough for a client that tries again. */
const KEEP_FAILURE_MS = 10_000;
const MAX_ENTRIES = 1_000;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
/** What an entry costs beside its texts, roughly. */
const ENTRY_BYTES = 256;

interface Entry {
  readonly result: MediaResult;
  readonly costBytes: number;
  readonly expiresMs: number;
}

/**
 * Puts a cache of at most `maxBytes` (base64 and URLs together, default 32 MiB) around a fetcher. The oldest entries go
 * first. Files are kept for 60 s, failures for 10 s, abandoned fetches not at all.
 */
export function createCachingFetcher(
  fetcher: MediaFetcher,
  clock: Clock,
  maxBytes: number = DEFAULT_MAX_BYTES,
): MediaFetcher {
  const cache = new MediaCache(clock, maxBytes);
  return {
    async fetch(request, signal) {
      const key = `${request.kind} ${request.url}`;
      const known = cache.get(key);
      if (known !== undefined) return withinLimit(known, request);
      const result = await fetcher.fetch(request, signal);
      if (result.ok || (result.error !== "aborted" && result.error !== "busy")) cache.add(key, result);
      return result;
    },
  };
}

/** The limit may have been lowered since. */
function withinLimit(result: MediaResult, request: MediaRequest): MediaResult {
  return result.ok && result.bytes > request.maxBytes ? { ok: false, error: "too-large" } : result;
}

class MediaCache {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  get(key: string): MediaResult | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.monotonicMs() < entry.expiresMs) return entry.result;
    this.#remove(key);
    return undefined;
  }

  add(key: string, result: MediaResult): void {
    this.#remove(key);
    const costBytes = ENTRY_BYTES + key.length + (result.ok ? result.base64.length : 0);
    if (costBytes > this.#maxBytes) return;
    const expiresMs = this.#clock.monotonicMs() + (result.ok ? KEEP_FILE_MS : KEEP_FAILURE_MS);
    this.#entries.set(key, { result, costBytes, expiresMs });
    this.#bytes += costBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes && this.#entries.size <= MAX_ENTRIES) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.costBytes;
  }
}
