// Notices that files changed: at once through the directory's events, and by looking every so often where there are
// none (network and container file systems). Only says "look", the reader decides what happened.

import { type FSWatcher, watch } from "node:fs";

export interface WatchOptions {
  /** Watched as a whole, so that editors that replace the file are seen. */
  readonly directory: string;
  /** Events about other names are ignored. */
  readonly name: string;
  /** Quiet time after the last event before `onChange`. */
  readonly debounceMs: number;
  readonly pollMs: number;
  /** A text that differs after each change; compared at each poll. */
  readonly signature: () => Promise<string>;
  /** Called once at the start as well. Never called twice at once by the same watcher's timers faster than `debounceMs`. */
  readonly onChange: () => void;
}

export interface FileWatcher {
  /** Asks for another `onChange` after the debounce time. */
  recheck(): void;
  /** Stops; nothing is called afterwards. May be called twice. */
  close(): void;
}

/** Starts watching. Never throws: where events are not to be had, polling remains. */
export function watchFile(options: WatchOptions): FileWatcher {
  let debounce: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  let isPolling = false;
  let last: string | undefined;

  function schedule(): void {
    if (isClosed) return;
    clearTimeout(debounce);
    debounce = setTimeout(options.onChange, options.debounceMs);
    debounce.unref();
  }

  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    try {
      const signature = await options.signature();
      // The first look counts as a change: what the caller knows was read before it, and may be old already.
      if (signature !== last) schedule();
      last = signature;
    } finally {
      isPolling = false;
    }
  }

  const watcher = startWatching(options.directory, (name) => {
    if (name === null || name === options.name) schedule();
  });
  const timer = setInterval(() => void poll(), options.pollMs);
  timer.unref();
  void poll();

  return {
    recheck: schedule,
    close() {
      isClosed = true;
      clearTimeout(debounce);
      clearInterval(timer);
      watcher?.close();
    },
  };
}

function startWatching(directory: string, onEvent: (name: string | null) => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => onEvent(name));
    // The directory may vanish or the system run out of watches: polling goes on.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
