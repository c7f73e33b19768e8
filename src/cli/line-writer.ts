// Writes log lines in blocks: a system call per request would cost more than the line.

/** How long a line may wait, milliseconds. */
const WAIT_MS = 40;
const MAX_WAITING = 64 * 1024;

export interface LineWriter {
  /** Takes a whole line including its end. */
  write(line: string): void;
  /** Writes what waits, now. */
  flush(): void;
}

/** Collects lines and hands them to `write` in one piece, soon after the first of them or when many wait. */
export function createLineWriter(write: (text: string) => void): LineWriter {
  let waiting = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    write(text);
  }
  return {
    write(line) {
      waiting += line;
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, WAIT_MS);
    },
    flush,
  };
}
