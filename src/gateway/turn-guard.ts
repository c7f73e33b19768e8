// Remembers what the client has seen of an answer that may have to be begun anew: which blocks are open, whether a
// tool call is out, and, for answers relayed as bytes, the events themselves.

import type { IrDelta, IrEvent } from "../core/event.ts";
import type { IrStop } from "../core/stop.ts";
import type { IrUsage } from "../core/usage.ts";
import { VOID_OPAQUE } from "../core/void-marker.ts";
import type { BreakMode } from "./mid-stream.ts";

/** Restarts inside one answer; a coding agent's turn is worth more of them, within what all attempts may be. */
export const MAX_RESTARTS = { agent: 5, other: 2 };
/** Events remembered for answers relayed as bytes; beyond that the answer cannot be restarted. */
const MAX_REMEMBERED = 200_000;

type OpenKind = "text" | "reasoning" | "refusal" | "tool-call" | "whole";

/** Characters of an answer that may be continued; a longer one is begun anew. */
const MAX_CONTINUED = 1_000_000;

/** One per guarded answer, over all its attempts. */
export class TurnGuard {
  /** A known coding agent reads the answer. */
  readonly isAgent: boolean;
  readonly #open = new Map<number, OpenKind>();
  readonly #remembered: IrEvent[] = [];
  #nextIndex = 0;
  /** Anything of an answer is on the client's side. */
  hasContent = false;
  /** A whole tool call is on the client's side: nothing may be repeated from here on. */
  hasDeliveredCall = false;
  /** What becomes of a break of the attempt under way. */
  mode: BreakMode = "restart";
  #isGivenUp = false;
  /** All text of the answer, kept in the mode `continue` only; undefined when there was anything but text. */
  #text: string | undefined = "";
  #hasContinued = false;
  /** The attempt under way gets the text so far as the beginning of its answer. */
  isContinuing = false;
  /** What the attempts before a continuation have used. */
  continuedUsage: IrUsage | undefined;
  /** What the decoder of the relayed bytes knows about them; see StreamDecoder. */
  trail: unknown;
  restarts = 0;
  /** The seam is the last thing that the client has: another attempt's content may follow it as well. */
  isAtSeam = false;

  constructor(isAgent: boolean) {
    this.isAgent = isAgent;
  }

  /** The text that another upstream may go on with; undefined when the answer cannot be continued (again). */
  get continuable(): string | undefined {
    return this.mode === "continue" && !this.#hasContinued && this.#text?.trim() ? this.#text : undefined;
  }

  /** The request is none whose answer another upstream could go on with. */
  forbidContinuation(): void {
    this.#text = undefined;
  }

  /** The text so far, for the attempt that continues it. */
  get textSoFar(): string {
    return this.#text ?? "";
  }

  /** The next attempt continues the answer; `usage` is what the broken one has used. */
  beginContinuation(usage: IrUsage | undefined): void {
    this.isContinuing = true;
    this.#hasContinued = true;
    this.continuedUsage = usage;
  }

  /** The attempt that was to continue has failed before it did: the answer can only be begun anew. */
  abandonContinuation(): void {
    this.isContinuing = false;
    this.continuedUsage = undefined;
  }

  /** The text block that is open, if there is just that. */
  get openText(): number | undefined {
    const [only] = this.#open;
    return this.#open.size === 1 && only?.[1] === "text" ? only[0] : undefined;
  }

  /** Tool calls are not held (any more): this answer ends as it breaks. */
  get isGivenUp(): boolean {
    return this.#isGivenUp || this.mode === "error";
  }

  /** The hold on tool calls had to be given up. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** First free block index: a further attempt's blocks go behind those that the client has. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Events of answers relayed as bytes, in order, deltas of one block joined. */
  get remembered(): readonly IrEvent[] {
    return this.#remembered;
  }

  /** Takes note of an event that goes to the client; `remember` keeps it, for lanes that do not encode. */
  note(event: IrEvent, remember: boolean): void {
    switch (event.type) {
      case "block-start":
        this.#open.set(event.index, event.block.type);
        this.#nextIndex = Math.max(this.#nextIndex, event.index + 1);
        this.hasContent = true;
        this.isAtSeam = false;
        if (event.block.type !== "text") this.#text = undefined;
        break;
      case "block-delta":
        if (this.mode === "continue") this.#noteText(event.delta);
        break;
      case "block-end":
        this.#open.delete(event.index);
        break;
      default:
    }
    if (remember && this.mode !== "error") this.#remember(event);
  }

  /** The events that close what is open, so that a new attempt's blocks can follow. Unfinished thinking gets the mark. */
  closing(): IrEvent[] {
    const events: IrEvent[] = [];
    for (const [index, kind] of this.#open) {
      if (kind === "reasoning")
        events.push({ type: "block-delta", index, delta: { type: "opaque", opaque: VOID_OPAQUE } });
      events.push({ type: "block-end", index });
    }
    this.#open.clear();
    return events;
  }

  /** A thinking block that stands for the seam. */
  marker(text: string): IrEvent[] {
    const index = this.#nextIndex++;
    return [
      { type: "block-start", index, block: { type: "reasoning" } },
      { type: "block-delta", index, delta: { type: "text", text } },
      { type: "block-delta", index, delta: { type: "opaque", opaque: VOID_OPAQUE } },
      { type: "block-end", index },
    ];
  }

  /** A text block of its own that separates the parts for readers. */
  separator(): IrEvent[] {
    const index = this.#nextIndex++;
    return [
      { type: "block-start", index, block: { type: "text" } },
      { type: "block-delta", index, delta: { type: "text", text: "\n\n" } },
      { type: "block-end", index },
    ];
  }

  #noteText(delta: IrDelta): void {
    if (this.#text === undefined || delta.type !== "text") return;
    this.#text = this.#text.length > MAX_CONTINUED ? undefined : this.#text + delta.text;
  }

  #remember(event: IrEvent): void {
    const last = this.#remembered[this.#remembered.length - 1];
    if (
      event.type === "block-delta" &&
      last?.type === "block-delta" &&
      last.index === event.index &&
      last.delta.type === event.delta.type &&
      (event.delta.type === "text" || event.delta.type === "arguments") &&
      (last.delta.type === "text" || last.delta.type === "arguments")
    ) {
      const text = last.delta.text + event.delta.text;
      this.#remembered[this.#remembered.length - 1] = { ...last, delta: { type: event.delta.type, text } };
      return;
    }
    if (this.#remembered.length >= MAX_REMEMBERED) this.giveUp();
    else this.#remembered.push(event);
  }
}

/** How an answer ends that broke off behind a delivered tool call: the agent acts on what it has. */
export const STOP_AFTER_CALL: IrStop = { reason: "tool-use", raw: "tool_use" };
