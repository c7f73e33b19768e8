// Turns as `input` items, in the order of the conversation. The API insists that every call has its output and every
// output its call: what is missing is made up, what has no call becomes the user's text.

import type {
  IrBlock,
  ReasoningBlock,
  RefusalBlock,
  ServerToolCallBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from "../../core/block.ts";
import type { Loss } from "../../core/loss.ts";
import { opaqueFits } from "../../core/opaque-envelope.ts";
import type { IrMessage } from "../../core/request.ts";
import type { UpstreamTarget } from "../protocol.ts";
import { type BuiltinTool, encodeBuiltinCall } from "./builtin-tools.ts";
import {
  type ContentContext,
  encodeInputPart,
  encodeInputParts,
  encodeOutputText,
  encodeToolOutput,
  isOwnPart,
} from "./encode-content.ts";
import { sha256Hex, wireCallId, wireToolName } from "./tool-names.ts";
import { arrayOf, compact, type InputItem, isObject, type JsonObject, objectOf, PROTOCOL_ID, textOf } from "./wire.ts";

/** What encoding the conversation has to know. */
export interface InputContext extends ContentContext {
  readonly target: UpstreamTarget;
  /** The provider keeps this conversation, so items may be named by id. */
  readonly store: boolean;
  /** Role of instructions in the middle of a conversation. */
  readonly systemRole: "developer" | "system";
  /** Built-ins among the declared tools, by name. */
  readonly builtins: ReadonlyMap<string, BuiltinTool>;
  readonly passback: Passback;
  readonly losses: Loss[];
}

/** Whether raw thinking goes back: not at all, before the calls it led to, or before every call, blank if need be. */
export type Passback = "none" | "text" | "required";

interface InputState extends InputContext {
  readonly items: InputItem[];
  /** Calls without output yet, oldest first: id as in the request, to what their output looks like. */
  readonly pending: Map<string, PendingCall[]>;
  /** Ids whose latest call has the client's own output: another one is a repetition. */
  readonly answered: Set<string>;
  /** Parts of the assistant message being gathered. */
  assistantParts: JsonObject[];
  assistantPhase: string | undefined;
  /** Thinking of the current turn, for servers that want it before every call. */
  passbackText: string | undefined;
}

interface PendingCall {
  readonly callId: string;
  readonly kind: "function" | "custom" | BuiltinTool;
  readonly path: string;
}

/** Encodes all turns. Items never end with an unanswered call. */
export function encodeInput(messages: readonly IrMessage[], context: InputContext): InputItem[] {
  const state: InputState = {
    ...context,
    items: [],
    pending: new Map(),
    answered: new Set(),
    assistantParts: [],
    assistantPhase: undefined,
    passbackText: undefined,
  };
  let others: PlacedMessage[] = [];
  const flushOthers = (): void => {
    if (others.length > 0) encodeOthers(others, state);
    others = [];
  };
  for (const [i, message] of messages.entries()) {
    const path = `messages[${i}]`;
    if (message.role !== "assistant") {
      if (message.content.length > 0) others.push({ message, path });
      continue;
    }
    flushOthers();
    // Streaming clients keep every piece of an answer as a turn of its own: the results come after the last of them.
    if (messages[i - 1]?.role !== "assistant") beginAssistant(state);
    encodeAssistant(message.content, path, state);
  }
  flushOthers();
  dropDanglingReasoning(state);
  answerPending(state);
  return state.items;
}

interface PlacedMessage {
  readonly message: IrMessage;
  readonly path: string;
}

/** What was said between two turns of the assistant: results first, because nothing may stand between them and their calls. */
function encodeOthers(messages: readonly PlacedMessage[], state: InputState): void {
  dropDanglingReasoning(state);
  const placed = new Set<IrBlock>();
  for (const { message, path } of messages) {
    for (const [i, block] of message.content.entries()) {
      if (block.type === "tool-result" && encodeResult(block, `${path}.content[${i}]`, state)) placed.add(block);
    }
  }
  if (messages.some(({ message }) => message.content.some((block) => !placed.has(block)))) answerPending(state);
  for (const { message, path } of messages) {
    if (message.role === "system") encodeSystem(message.content, path, state);
    else encodeUser(message.content, path, placed, state);
  }
}

/** Thinking that nothing of its turn follows is refused: "provided without its required following item". */
function dropDanglingReasoning(state: InputState): void {
  while (endsWithReasoning(state)) {
    state.items.pop();
    state.losses.push({ kind: "dropped", path: "messages", feature: "reasoning", detail: "nothing follows it" });
  }
}

function endsWithReasoning({ items }: InputState): boolean {
  const last: unknown = items.at(-1);
  return isObject(last) && last["type"] === "reasoning";
}

/** A message item with the text of system blocks; undefined when there is none. */
export function systemItem(blocks: readonly TextBlock[], role: string, context: ContentContext): InputItem | undefined {
  const content = encodeInputParts(blocks, "system", context);
  return content.length === 0 ? undefined : { type: "message", role, content };
}

function encodeSystem(blocks: readonly IrBlock[], path: string, state: InputState): void {
  const content = encodeInputParts(blocks, `${path}.content`, state);
  if (content.length > 0) state.items.push({ type: "message", role: state.systemRole, content });
}

function encodeUser(blocks: readonly IrBlock[], path: string, placed: ReadonlySet<IrBlock>, state: InputState): void {
  let content: JsonObject[] = [];
  const flush = (): void => {
    if (content.length > 0) state.items.push({ type: "message", role: "user", content });
    content = [];
  };
  for (const [i, block] of blocks.entries()) {
    if (placed.has(block)) continue;
    if (block.type === "tool-result") {
      flush();
      encodeOrphan(block, `${path}.content[${i}]`, state);
      continue;
    }
    if (block.type === "unknown" && block.origin === PROTOCOL_ID && !isOwnPart(block) && isObject(block.wire)) {
      flush();
      state.items.push(block.wire);
      continue;
    }
    const part = encodeInputPart(block, `${path}.content[${i}]`, state);
    if (part) content.push(part);
  }
  flush();
}

/** Places the output of a call, or drops a repetition; false when there is no such call. */
function encodeResult(block: ToolResultBlock, path: string, state: InputState): boolean {
  const call = takePending(block.callId, state);
  if (call) {
    state.answered.add(block.callId);
    state.items.push(outputItem(call, block.content, block.isError, path, state));
    return true;
  }
  if (!state.answered.has(block.callId)) return false;
  state.losses.push({ kind: "dropped", path, feature: "duplicate-tool-result" });
  return true;
}

function encodeOrphan(block: ToolResultBlock, path: string, state: InputState): void {
  state.losses.push({ kind: "approximated", path, feature: "orphan-tool-result" });
  const content = encodeInputParts(block.content, `${path}.content`, state);
  state.items.push({
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: `[result of tool call ${block.callId}]` }, ...content],
  });
}

function outputItem(
  call: PendingCall,
  content: readonly IrBlock[],
  isError: boolean,
  path: string,
  state: InputState,
): InputItem {
  if (typeof call.kind !== "string") {
    const text = content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n");
    const output = call.kind.encodeOutput(text, isError);
    const id = call.kind.outputType === "local_shell_call_output" ? { id: call.callId } : { call_id: call.callId };
    return { type: call.kind.outputType, ...id, ...output };
  }
  const type = call.kind === "custom" ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: call.callId, output: encodeToolOutput(content, isError, `${path}.content`, state) };
}

/** Makes up outputs for calls that never got one: the API refuses a conversation without them. */
function answerPending(state: InputState): void {
  for (const call of [...state.pending.values()].flat()) {
    state.losses.push({ kind: "invented", path: call.path, feature: "tool-result" });
    state.items.push(outputItem(call, [{ type: "text", text: "[no tool result]" }], false, call.path, state));
  }
  state.pending.clear();
}

function beginAssistant(state: InputState): void {
  answerPending(state);
  state.passbackText = undefined;
}

function encodeAssistant(blocks: readonly IrBlock[], path: string, state: InputState): void {
  const moved: JsonObject[] = [];
  for (const [i, block] of blocks.entries()) {
    const blockPath = `${path}.content[${i}]`;
    if (block.type === "text" || block.type === "refusal") gatherText(block, state);
    else if (block.type === "image" || block.type === "document" || block.type === "audio" || block.type === "video") {
      state.losses.push({ kind: "approximated", path: blockPath, feature: `assistant-${block.type}` });
      const part = encodeInputPart(block, blockPath, state);
      if (part) moved.push(part);
    } else {
      flushAssistant(state);
      encodeAssistantItem(block, blockPath, state);
    }
  }
  flushAssistant(state);
  if (moved.length > 0) {
    dropDanglingReasoning(state);
    answerPending(state);
    state.items.push({ type: "message", role: "user", content: moved });
  }
}

function gatherText(block: TextBlock | RefusalBlock, state: InputState): void {
  if (block.text === "") return;
  const phase = block.type === "text" ? block.phase : state.assistantPhase;
  if (phase !== state.assistantPhase) flushAssistant(state);
  state.assistantPhase = phase;
  const part = block.type === "text" ? encodeOutputText(block) : { type: "refusal", refusal: block.text };
  state.assistantParts.push(part);
}

function flushAssistant(state: InputState): void {
  if (state.assistantParts.length === 0) return;
  const { assistantParts: content, assistantPhase: phase } = state;
  state.items.push(compact({ type: "message", role: "assistant", phase, content }));
  state.assistantParts = [];
  state.assistantPhase = undefined;
}

function encodeAssistantItem(
  block: Exclude<IrBlock, { type: "text" | "refusal" | "image" | "document" | "audio" | "video" }>,
  path: string,
  state: InputState,
): void {
  switch (block.type) {
    case "reasoning":
      encodeReasoning(block, path, state);
      break;
    case "tool-call":
      encodeCall(block, path, state);
      break;
    case "tool-result":
      if (!encodeResult(block, path, state)) encodeOrphan(block, path, state);
      break;
    case "server-tool-call":
      encodeServerCall(block, path, state);
      break;
    case "server-tool-result":
      // Our own calls hold their results; the loss of foreign ones is recorded with the call.
      break;
    case "unknown":
      if (block.origin === PROTOCOL_ID && isObject(block.wire)) state.items.push(block.wire);
      else state.losses.push({ kind: "dropped", path, feature: "unknown-block" });
      break;
  }
}

function encodeReasoning(block: ReasoningBlock, path: string, state: InputState): void {
  const { opaque } = block;
  const { upstreamId, keyId } = state.target;
  const fits = opaque !== undefined && opaqueFits(opaque.origin, PROTOCOL_ID, upstreamId, keyId);
  const isStored = state.store && block.id !== undefined && (opaque === undefined || fits);
  if (state.passback !== "none" && block.text !== "") {
    state.passbackText = block.text;
    state.items.push(rawReasoning(block.text));
    return;
  }
  if (!fits && !isStored) {
    state.losses.push({ kind: "dropped", path, feature: opaque ? "foreign-reasoning" : "reasoning-text" });
    return;
  }
  const isRaw = block.isSummary === false && block.text !== "";
  state.items.push(
    compact({
      type: "reasoning" as const,
      // An id is looked up in the provider's store, where nothing is when `store` is false.
      id: state.store ? block.id : undefined,
      summary: isRaw || block.text === "" ? [] : [{ type: "summary_text" as const, text: block.text }],
      content: isRaw ? [{ type: "reasoning_text" as const, text: block.text }] : undefined,
      encrypted_content: fits ? opaque.payload : undefined,
    }) as InputItem,
  );
}

function rawReasoning(text: string): InputItem {
  return { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text }] };
}

function encodeCall(block: ToolCallBlock, path: string, state: InputState): void {
  const thinking = state.passbackText ?? (state.passback === "required" ? " " : undefined);
  if (thinking !== undefined && !endsWithReasoning(state)) {
    state.losses.push({ kind: "invented", path, feature: "reasoning-text" });
    state.items.push(rawReasoning(thinking));
  }
  const callId = uniqueCallId(block.id, state);
  const builtin = block.kind === "function" ? state.builtins.get(block.name) : undefined;
  const native = builtin && encodeBuiltinCall(builtin, block.arguments);
  if (builtin && native) {
    addPending(block.id, { callId, kind: builtin, path }, state);
    const item: JsonObject = { type: builtin.callType, call_id: callId, ...native, status: "completed" };
    state.items.push(builtin.callType === "local_shell_call" ? { ...item, id: callId } : item);
    return;
  }
  addPending(block.id, { callId, kind: block.kind, path }, state);
  const name = wireToolName(block.name);
  const head = { call_id: callId, name, namespace: block.namespace };
  state.items.push(
    block.kind === "custom"
      ? compact({ type: "custom_tool_call", ...head, input: block.arguments })
      : compact({ type: "function_call", ...head, arguments: block.arguments || "{}" }),
  );
}

function addPending(id: string, call: PendingCall, state: InputState): void {
  state.answered.delete(id);
  const calls = state.pending.get(id);
  if (calls) calls.push(call);
  else state.pending.set(id, [call]);
}

function takePending(id: string, state: InputState): PendingCall | undefined {
  const calls = state.pending.get(id);
  const call = calls?.shift();
  if (calls?.length === 0) state.pending.delete(id);
  return call;
}

/** Calls of one turn that share an id get a number behind it; ids may come back in later turns. */
function uniqueCallId(id: string, state: InputState): string {
  const earlier = state.pending.get(id)?.length ?? 0;
  return wireCallId(earlier === 0 ? id : `${id}_${earlier + 1}`);
}

function encodeServerCall(block: ServerToolCallBlock, path: string, state: InputState): void {
  if (block.origin === PROTOCOL_ID && isObject(block.wire)) {
    state.items.push(block.wire);
    return;
  }
  if (block.tool !== "web-search") {
    state.losses.push({ kind: "dropped", path, feature: "server-tool-call" });
    return;
  }
  state.losses.push({ kind: "approximated", path, feature: "server-tool-result" });
  const input = objectOf(block.input);
  const query = textOf(input["query"]);
  const queries = arrayOf(input["queries"]).filter((entry) => typeof entry === "string");
  const action = { type: "search", queries: queries.length > 0 || query === undefined ? queries : [query] };
  state.items.push({ type: "web_search_call", id: `ws_${sha256Hex(block.id, 48)}`, status: "completed", action });
}
