// Notices that file descriptors have run out, which Bun's listener does not tell: connections simply wait. A few are
// kept in reserve and let go then, so that waiting connections can be taken in and told to come back.

import { closeSync, openSync, readFileSync } from "node:fs";

export interface DescriptorWatchOptions {
  /** Called at the beginning of every shortage, and once a second while it lasts. */
  readonly onShortage: () => void;
  /** Opens a descriptor; throws when there is none. Default: the null device. */
  readonly open?: () => number;
  readonly close?: (descriptor: number) => void;
  /** Descriptors that the process may have; default what the system says, undefined where it does not tell. */
  readonly limit?: number | undefined;
}

/** Descriptors in reserve: enough for connections to be refused one after another, and for the administrator. */
const RESERVE = 8;
const LOOK_EVERY_MS = 1_000;
/** Of all descriptors: from here on they are tight. */
const TIGHT_SHARE = 0.75;

/** One per process. */
export class DescriptorWatch {
  readonly #options: Required<Omit<DescriptorWatchOptions, "limit">>;
  readonly #tightFrom: number;
  readonly #reserve: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isShort = false;
  #isTight = false;

  constructor(options: DescriptorWatchOptions) {
    const limit = "limit" in options ? options.limit : openFileLimit();
    this.#tightFrom = (limit ?? Number.POSITIVE_INFINITY) * TIGHT_SHARE;
    this.#options = { open: () => openSync("/dev/null", "r"), close: closeSync, ...options };
  }

  /** No descriptor was left at the last look. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Three of four descriptors were in use at the last look, or all of them. */
  get isTight(): boolean {
    return this.#isTight || this.#isShort;
  }

  start(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Looks now. The shortage is over when the whole reserve could be taken again and one more is free. */
  look(): void {
    try {
      while (this.#reserve.length < RESERVE) this.#reserve.push(this.#options.open());
      const lowest = this.#options.open();
      this.#options.close(lowest);
      // The system gives the lowest number that is free: all below it are in use.
      this.#isTight = lowest >= this.#tightFrom;
      this.#isShort = false;
    } catch {
      // Whatever the reason is, nothing can be opened.
      this.#isShort = true;
      this.#letGo();
      this.#options.onShortage();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#letGo();
  }

  #letGo(): void {
    for (const descriptor of this.#reserve.splice(0)) this.#options.close(descriptor);
  }
}

/** The limit in force, where the system has it in a file (Linux). */
function openFileLimit(): number | undefined {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined; // no such file elsewhere: only the end of all descriptors is noticed there
  }
}
