// Assembles streamed tool calls from pieces that may lack index, id or name, repeat them, or share one index.

import type { Opaque } from "../../core/block.ts";
import type { IrEvent } from "../../core/event.ts";
import { unwrapInput } from "../../core/wrapped-input.ts";
import type { ChatDecodeContext } from "./decode-context.ts";
import { argumentText } from "./decode-tool-call.ts";
import {
  asNumber,
  asObject,
  asText,
  readThoughtSignature,
  type WireCustom,
  type WireFunction,
  type WireToolCall,
} from "./wire.ts";

/** White space in a row after which a call is a model gone astray. */
const MAX_BLANKS = 500;

/** Takes pieces, emits tool-call blocks. */
export interface ToolCallPieces {
  /** One element of `tool_calls`; `position` is its place in the array. False when the call has gone astray. */
  piece(value: unknown, position: number): boolean;
  /** The older `function_call`: one call without id. */
  legacy(value: unknown): boolean;
  /** A signature that the message carries for its first call. */
  sign(payload: string): void;
  /** No more pieces: opens what was held back and ends every call. Calls without a name are dropped. */
  finish(): void;
  /** The stream broke off: ends the calls that are complete and leaves the others open. */
  finishComplete(): void;
  /** Whether every call seen has arguments that parse, or none at all. */
  isComplete(): boolean;
  /** Whether a call was delivered. */
  hasCalls(): boolean;
  /** Whether a call with a name was seen, delivered or held back. */
  hasNamed(): boolean;
}

interface Call {
  /** Index on the wire; undefined where the server sends none. */
  readonly wireIndex: number | undefined;
  id: string;
  name: string;
  kind: "function" | "custom";
  opaque: Opaque | undefined;
  readonly parts: string[];
  /** Characters in all parts. */
  length: number;
  /** Parts already handed on. */
  sent: number;
  blanks: number;
  blockIndex: number;
  isClosed: boolean;
}

/** Where blocks come from and what has to be closed before a call. */
export interface PieceHost {
  readonly emit: (event: IrEvent) => void;
  /** Closes open text and reasoning and gives the next block index. */
  openBlock(): number;
}

/** Creates the assembler for one answer. */
export function createToolCallPieces(host: PieceHost, context: ChatDecodeContext): ToolCallPieces {
  const calls: Call[] = [];
  let pendingSignature = "";
  let delivered = 0;

  function add(wireIndex: number | undefined): Call {
    for (const call of calls) {
      // Nothing but white space can follow complete JSON: sequential clients need not wait for the end.
      if (call.blockIndex >= 0 && !call.isClosed && isWhole(call)) close(call);
    }
    const call: Call = {
      wireIndex,
      id: "",
      name: "",
      kind: "function",
      opaque: undefined,
      parts: [],
      length: 0,
      sent: 0,
      blanks: 0,
      blockIndex: -1,
      isClosed: false,
    };
    calls.push(call);
    return call;
  }

  function find(index: number | undefined, id: string, name: string, text: string, position: number): Call {
    if (index === undefined) return findWithoutIndex(id, name, position);
    for (let i = calls.length - 1; i >= 0; i--) {
      const call = calls[i];
      if (call?.wireIndex === index) return isAnother(call, id, name, text) ? add(index) : call;
    }
    return add(index);
  }

  function findWithoutIndex(id: string, name: string, position: number): Call {
    if (id !== "") return calls.find((call) => call.id === id) ?? add(undefined);
    if (name !== "") return add(undefined);
    return calls[position > 0 ? position : calls.length - 1] ?? add(undefined);
  }

  function start(call: Call): void {
    const name = context.toolNames?.get(call.name) ?? call.name;
    if (isWrapped(call)) call.kind = "custom";
    if (call.opaque === undefined && pendingSignature !== "" && delivered === 0) {
      call.opaque = { payload: pendingSignature, origin: context.origin };
    }
    delivered++;
    call.blockIndex = host.openBlock();
    const { id, kind, opaque } = call;
    host.emit({
      type: "block-start",
      index: call.blockIndex,
      block: opaque ? { type: "tool-call", id, name, kind, opaque } : { type: "tool-call", id, name, kind },
    });
  }

  function isWrapped(call: Call): boolean {
    return context.wrappedTools?.has(call.name) ?? false;
  }

  function flush(call: Call): void {
    if (isWrapped(call)) return;
    for (; call.sent < call.parts.length; call.sent++) emitArguments(call, call.parts[call.sent] ?? "");
  }

  function emitArguments(call: Call, text: string): void {
    if (text !== "") host.emit({ type: "block-delta", index: call.blockIndex, delta: { type: "arguments", text } });
  }

  function close(call: Call): void {
    if (isWrapped(call)) emitArguments(call, unwrapInput(call.parts.join("")));
    else flush(call);
    host.emit({ type: "block-end", index: call.blockIndex });
    call.isClosed = true;
  }

  /** Opens a call whose id never came, and ends it. */
  function complete(call: Call): void {
    if (call.isClosed) return;
    if (call.name === "") {
      context.loss({ kind: "dropped", path: "choices[0].delta.tool_calls", feature: "unnamed-tool-call" });
      call.isClosed = true;
      return;
    }
    if (call.id === "") {
      call.id = `call_${context.mintId()}`;
      context.loss({ kind: "invented", path: "choices[0].delta.tool_calls", feature: "tool-call-id" });
    }
    if (call.blockIndex < 0) start(call);
    close(call);
  }

  function append(call: Call, text: string): boolean {
    if (text === "") return true;
    if (call.isClosed) {
      if (text.trim() !== "") {
        context.loss({ kind: "dropped", path: "choices[0].delta.tool_calls", feature: "late-tool-arguments" });
      }
      return true;
    }
    if (isRepeat(call, text)) return true;
    call.parts.push(text);
    call.length += text.length;
    call.blanks = trailingBlanks(text, call.blanks);
    if (call.blanks > MAX_BLANKS) return false;
    if (call.blockIndex >= 0) flush(call);
    return true;
  }

  return {
    piece(value, position) {
      const wire = asObject<WireToolCall>(value);
      if (!wire) return true;
      const custom = asObject<WireCustom>(wire.custom);
      const fn = asObject<WireFunction>(wire.function);
      const id = asText(wire.id);
      const name = asText(custom ? custom.name : fn?.name);
      const text = argumentText(custom ? custom.input : fn?.arguments);
      const call = find(asNumber(wire.index), id, name, text, position);
      if (custom) call.kind = "custom";
      if (call.id === "") call.id = id;
      if (call.name === "") call.name = name;
      if (wire.extra_content !== undefined) {
        const signature = readThoughtSignature(wire.extra_content);
        if (signature !== "") call.opaque ??= { payload: signature, origin: context.origin };
      }
      if (call.blockIndex < 0 && !call.isClosed && call.id !== "" && call.name !== "") start(call);
      return append(call, text);
    },
    legacy(value) {
      const fn = asObject<WireFunction>(value);
      // Some servers fill the field with empty strings where there is no call.
      if (!fn || (asText(fn.name) === "" && argumentText(fn.arguments) === "")) return true;
      const call = calls.find((candidate) => candidate.wireIndex === -1) ?? add(-1);
      if (call.name === "") call.name = asText(fn.name);
      return append(call, argumentText(fn.arguments));
    },
    sign(payload) {
      pendingSignature = payload;
    },
    finish() {
      for (const call of calls) complete(call);
    },
    finishComplete() {
      for (const call of calls) if (call.name !== "" && isWhole(call)) complete(call);
    },
    isComplete: () => calls.every((call) => call.isClosed || call.parts.length === 0 || isWhole(call)),
    hasCalls: () => delivered > 0,
    hasNamed: () => calls.some((call) => call.name !== ""),
  };
}

/**
 * Whether a piece with a known index begins another call: some servers send index 0 for all of them, some of those
 * without ids. A new id alone is not enough, because others mint one per piece.
 */
function isAnother(call: Call, id: string, name: string, text: string): boolean {
  if (name === "" || call.name === "") return false;
  const hasNewId = id !== "" && call.id !== "" && call.id !== id;
  if (call.name !== name) return hasNewId || isWhole(call);
  if (hasNewId) return isWhole(call);
  return id === "" && call.id === "" && isWhole(call) && text !== call.parts.join("");
}

/**
 * Whole arguments sent a second time, as some servers do in their last chunk. Only a piece as long as about all before
 * it can be one: short ones are looked at no further, so that a text full of braces costs no more than any other.
 */
function isRepeat(call: Call, text: string): boolean {
  if (call.kind === "custom" || call.parts.length === 0 || !text.startsWith("{") || !text.endsWith("}")) return false;
  if (text.length * 2 < call.length) return false;
  return isWhole(call);
}

function isWhole(call: Call): boolean {
  if (call.kind === "custom") return false;
  const last = call.parts.at(-1)?.trimEnd();
  if (last !== undefined && last !== "" && !last.endsWith("}")) return false;
  return isJsonObject(call.parts.join(""));
}

function isJsonObject(text: string): boolean {
  try {
    return asObject<object>(JSON.parse(text)) !== undefined;
  } catch {
    return false; // not complete, or never to be
  }
}

function trailingBlanks(text: string, before: number): number {
  let at = text.length;
  while (at > 0 && text.charCodeAt(at - 1) <= 0x20) at--;
  return at === 0 ? before + text.length : text.length - at;
}
