// The beginning and the end of an answer that goes by unread, for the token counts that stand beside its content.

import type { IrUsage } from "../core/usage.ts";
import { findObject } from "../lib/json-find.ts";
import type { Protocol } from "../protocols/protocol.ts";

/** Bytes of either end that are kept. */
const KEPT_BYTES = 8 * 1024;
const GAP = Buffer.alloc(1);

/** Keeps both ends of a text, whatever its length, in at most 32 KiB. */
export class AnswerEnds {
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #length = 0;

  /** Copies what it keeps. */
  push(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const room = KEPT_BYTES - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    if (chunk.length <= room) return;
    const rest = chunk.subarray(Math.max(room, chunk.length - KEPT_BYTES));
    this.#tail = Buffer.concat([this.#tail.subarray(Math.max(0, this.#tail.length + rest.length - KEPT_BYTES)), rest]);
  }

  /** The counts that the answer tells in its protocol's words; undefined when neither end holds any. */
  usage({ usage }: Pick<Protocol, "usage">): IrUsage | undefined {
    const isWhole = this.#length <= 2 * KEPT_BYTES;
    // An object across the missing part is none: NUL stands nowhere in JSON.
    const text = Buffer.concat(isWhole ? [this.#head, this.#tail] : [this.#head, GAP, this.#tail]).toString("utf8");
    const found = findObject(text, usage.field);
    return found && usage.read(found);
  }
}
