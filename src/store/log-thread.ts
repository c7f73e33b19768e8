// The main thread's end of the log's thread: questions out, answers in. A thread that dies is started again.

import type { LogCallName, LogCalls, LogReply } from "./log-protocol.ts";

/** Questions that may wait for an answer. */
const MAX_WAITING = 1000;

export interface LogThreadOptions {
  /** Asked for each thread that is started. */
  readonly opening: () => LogCalls["open"]["arguments"];
  readonly onProblem: (line: string) => void;
}

/** The log's thread said no. `isStorage`: the disk refuses for now. */
export class LogThreadError extends Error {
  readonly isStorage: boolean;

  constructor(message: string, isStorage: boolean) {
    super(message);
    this.name = "LogThreadError";
    this.isStorage = isStorage;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: LogThreadError) => void;
}

export class LogThread {
  readonly #options: LogThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #isClosed = false;

  constructor(options: LogThreadOptions) {
    this.#options = options;
  }

  /** Asks, and starts the thread for it where none runs. Rejects with LogThreadError. */
  ask<N extends LogCallName>(name: N, given: LogCalls[N]["arguments"]): Promise<LogCalls[N]["answer"]> {
    if (this.#isClosed) return Promise.reject(new LogThreadError("request log is closed", false));
    if (this.#waiting.size >= MAX_WAITING) return Promise.reject(new LogThreadError("request log is too busy", true));
    this.#worker ??= this.#start();
    return this.#post(this.#worker, name, given);
  }

  /** Closes the database and ends the thread. Rejects when closing failed; the thread ends all the same. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#isClosed = true;
    this.#worker = undefined;
    if (!worker) return;
    try {
      await this.#post(worker, "close", {});
    } finally {
      worker.terminate();
    }
  }

  #post<N extends LogCallName>(
    worker: Worker,
    name: N,
    given: LogCalls[N]["arguments"],
  ): Promise<LogCalls[N]["answer"]> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage(JSON.stringify({ id, name, arguments: given }));
    });
  }

  #start(): Worker {
    // A small heap: reading pages of the log makes much garbage, and the engine would let 40 MB of it pile up here.
    const worker = new Worker(workerUrl(), { ref: false, smol: true });
    worker.onmessage = (event: MessageEvent<string>) => this.#hear(JSON.parse(event.data) as LogReply);
    worker.onerror = (event) => this.#died(worker, event.message);
    this.#post(worker, "open", this.#options.opening()).catch(() => {
      // Each later question tries to open it again and tells.
    });
    return worker;
  }

  #hear(reply: LogReply): void {
    if (reply.type === "problem") {
      this.#options.onProblem(reply.line);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.type === "answer") waiting?.resolve(reply.value);
    else waiting?.reject(new LogThreadError(reply.message, reply.isStorage));
  }

  #died(worker: Worker, message: string): void {
    if (this.#worker === worker) this.#worker = undefined;
    worker.terminate();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new LogThreadError(`request log's thread ended: ${message}`, true));
  }
}

/** Beside this file in the checkout; an entry point of its own in the compiled binary (scripts/build.ts). */
function workerUrl(): string {
  const isCompiled = import.meta.url.includes("/$bunfs/") || import.meta.url.includes("/~BUN/");
  return isCompiled ? "./store/log-worker.js" : new URL("./log-worker.ts", import.meta.url).href;
}
