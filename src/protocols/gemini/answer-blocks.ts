// The blocks of one answer while it is read: what is open, what was delivered, which calls wait for a verdict.

import type { IrBlock, Opaque } from "../../core/block.ts";
import type { IrEvent } from "../../core/event.ts";
import { unwrapInput } from "../../core/wrapped-input.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import type { GroundedText } from "./grounding.ts";
import { createPartialArgs, type PartialArgs } from "./partial-args.ts";
import { bareToolName, clientToolName } from "./tool-names.ts";
import { asString, isObject, parseObject, type WireObject } from "./wire.ts";

/** A function call of which the client may or may not be the addressee. */
export interface HeldCall {
  readonly call: WireObject;
  readonly part: WireObject;
  readonly opaque: Opaque | undefined;
}

/** Emits block events in legal order and remembers what the end of the answer depends on. */
export interface AnswerBlocks {
  /** Adds to the open text or reasoning block, or opens one. `text` is not empty. */
  grow(type: "text" | "reasoning", text: string): void;
  /** Signs the open block; with none open, an empty reasoning block carries the signature. */
  sign(opaque: Opaque, type: "text" | "reasoning"): void;
  whole(block: IrBlock): void;
  call(call: WireObject, opaque: Opaque | undefined): void;
  hold(held: HeldCall): void;
  /** Takes a held call by name, because the provider answered it. */
  takeHeld(name: string): HeldCall | undefined;
  /** Forgets that a call was the client's to run, because the provider answered it. */
  disown(name: string): void;
  partialCall(call: WireObject, opaque: Opaque | undefined): void;
  endPartialCall(): void;
  releaseHeldCalls(): void;
  dropHeldCalls(): void;
  closeOpen(): void;
  cite(index: number, citation: Extract<IrEvent, { type: "block-delta" }>["delta"]): boolean;
  texts(): GroundedText[];
  mintId(): string;
  hasToolCall(): boolean;
  hasPartialCall(): boolean;
  hasHeldCalls(): boolean;
  /** Whether text, a call or another visible block was delivered; thinking alone is no answer. */
  hasAnswer(): boolean;
  /** Whether anything was delivered. */
  hasContent(): boolean;
}

interface StartedCall {
  readonly index: number;
  readonly kind: "function" | "custom";
}

/** Creates the block state of one answer. */
export function createAnswerBlocks(emit: (event: IrEvent) => void, context: GeminiDecodeContext): AnswerBlocks {
  let nextIndex = 0;
  let openType: "text" | "reasoning" | undefined;
  let openIndex = 0;
  let isSigned = false;
  let hasAnswer = false;
  let held: HeldCall[] = [];
  let partial: { readonly started: StartedCall; readonly args: PartialArgs } | undefined;
  const texts: { index: number; pieces: string[] }[] = [];
  const usedIds = new Set<string>();
  /** Names of delivered calls; a call leaves when the provider turns out to have answered it. */
  const delivered: string[] = [];

  function open(type: "text" | "reasoning"): void {
    closeOpen();
    openType = type;
    openIndex = nextIndex++;
    isSigned = false;
    if (type === "text") texts.push({ index: openIndex, pieces: [] });
    emit({ type: "block-start", index: openIndex, block: type === "text" ? { type } : { type, isSummary: true } });
  }

  function closeOpen(): void {
    if (openType === undefined) return;
    openType = undefined;
    emit({ type: "block-end", index: openIndex });
  }

  function mintId(): string {
    return `call_${context.mintId()}`;
  }

  function startCall(call: WireObject, opaque: Opaque | undefined): StartedCall {
    closeOpen();
    const wireName = asString(call["name"]) ?? "";
    let id = asString(call["id"]) ?? "";
    if (id === "" || usedIds.has(id)) id = mintId();
    usedIds.add(id);
    delivered.push(wireName);
    hasAnswer = true;
    const index = nextIndex++;
    const name = clientToolName(wireName, context.toolNames);
    const kind = context.wrappedTools?.has(bareToolName(wireName)) ? "custom" : "function";
    emit({ type: "block-start", index, block: { type: "tool-call", id, name, kind, opaque } });
    return { index, kind };
  }

  function endCall({ index, kind }: StartedCall, json: string): void {
    const text = kind === "custom" ? unwrapInput(json) : json;
    if (text !== "") emit({ type: "block-delta", index, delta: { type: "arguments", text } });
    emit({ type: "block-end", index });
  }

  const blocks: AnswerBlocks = {
    grow(type, text) {
      if (openType !== type || isSigned) {
        blocks.releaseHeldCalls();
        open(type);
      }
      if (type === "text") {
        hasAnswer = true;
        texts[texts.length - 1]?.pieces.push(text);
      }
      emit({ type: "block-delta", index: openIndex, delta: { type: "text", text } });
    },
    sign(opaque, type) {
      if (openType === undefined || isSigned || (type === "reasoning" && openType === "text")) open("reasoning");
      isSigned = true;
      emit({ type: "block-delta", index: openIndex, delta: { type: "opaque", opaque } });
    },
    whole(block) {
      closeOpen();
      hasAnswer = true;
      const index = nextIndex++;
      emit({ type: "block-start", index, block: { type: "whole", block } });
      emit({ type: "block-end", index });
    },
    call(call, opaque) {
      endCall(startCall(call, opaque), argumentsOf(call["args"]));
    },
    hold: (call) => held.push(call),
    takeHeld(name) {
      const at = held.findIndex(({ call }) => call["name"] === name);
      return at < 0 ? undefined : held.splice(at, 1)[0];
    },
    disown(name) {
      const at = delivered.indexOf(name);
      if (at >= 0) delivered.splice(at, 1);
    },
    partialCall(call, opaque) {
      if (asString(call["name"])) {
        blocks.endPartialCall();
        partial = { started: startCall(call, opaque), args: createPartialArgs() };
      }
      if (!partial) return;
      partial.args.add(call);
      if (call["willContinue"] !== true) blocks.endPartialCall();
    },
    endPartialCall() {
      if (!partial) return;
      const { started, args } = partial;
      partial = undefined;
      endCall(started, args.json());
    },
    releaseHeldCalls() {
      const calls = held;
      held = [];
      for (const { call, opaque } of calls) blocks.call(call, opaque);
    },
    dropHeldCalls() {
      held = [];
    },
    closeOpen,
    cite(index, delta) {
      if (openType !== "text" || openIndex !== index) return false;
      emit({ type: "block-delta", index, delta });
      return true;
    },
    texts: () => texts.map(({ index, pieces }) => ({ index, text: pieces.join("") })),
    mintId,
    hasToolCall: () => delivered.length > 0,
    hasPartialCall: () => partial !== undefined,
    hasHeldCalls: () => held.length > 0,
    hasAnswer: () => hasAnswer,
    hasContent: () => nextIndex > 0,
  };
  return blocks;
}

/** Arguments as JSON text of an object, whatever the upstream wrote. */
function argumentsOf(args: unknown): string {
  if (isObject(args)) return JSON.stringify(args);
  if (typeof args === "string" && parseObject(args)) return args;
  return "{}";
}
