// Notices that file descriptors have run out, which Bun's listener does not tell: connections simply wait. A few are
// kept in reserve and let go then, so that waiting connections can be taken in and told to come back.

import { closeSync, openSync } from "node:fs";

export interface DescriptorWatchOptions {
  /** Called at the beginning of every shortage, and once a second while it lasts. */
  readonly onShortage: () => void;
  /** Opens a descriptor; throws when there is none. Default: the null device. */
  readonly open?: () => number;
  readonly close?: (descriptor: number) => void;
}

/** Descriptors in reserve: enough for connections to be refused one after another, and for the administrator. */
const RESERVE = 8;
const LOOK_EVERY_MS = 1_000;

/** One per process. */
export class DescriptorWatch {
  readonly #options: Required<DescriptorWatchOptions>;
  readonly #reserve: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isShort = false;

  constructor(options: DescriptorWatchOptions) {
    this.#options = { open: () => openSync("/dev/null", "r"), close: closeSync, ...options };
  }

  /** No descriptor was left at the last look. */
  get isShort(): boolean {
    return this.#isShort;
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
      this.#options.close(this.#options.open());
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
