// The `input` of a request, item by item, gathered into turns: what the model made is one assistant turn until the
// user side speaks; tool outputs in a row are one user turn; each user message is a turn of its own.

import type { IrBlock, TextBlock, ToolResultBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrMessage, IrTool } from "../../core/request.ts";
import { type BuiltinTool, builtinOfCall, builtinOfOutput } from "./builtin-tools.ts";
import { decodeContent, decodeToolOutput, textBlocks } from "./decode-content.ts";
import { decodeHostedItem } from "./decode-items.ts";
import { decodeReasoningItem } from "./reasoning.ts";
import { decodeTools } from "./tools.ts";
import { refuse, reject, requireObject, requireString, requireText } from "./validate.ts";
import { compact, type JsonObject, jsonTextOf, stringOf, textOf } from "./wire.ts";

/** What `input` holds. */
export interface DecodedInput {
  /** Leading developer and system messages, one block per part. */
  readonly system: readonly TextBlock[];
  readonly messages: readonly IrMessage[];
  /** Tools declared by `additional_tools` items. */
  readonly tools: readonly IrTool[];
}

interface Turn {
  readonly role: IrMessage["role"];
  readonly content: IrBlock[];
  /** A user turn that gathers tool outputs takes more of them; a user message takes nothing more. */
  readonly isOpen: boolean;
}

interface InputState {
  readonly system: TextBlock[];
  readonly turns: Turn[];
  readonly tools: IrTool[];
  readonly loss: LossSink;
  /** Name and kind of the latest call of each id. */
  readonly calls: Map<string, { readonly name: string; readonly kind: "function" | "custom" }>;
  /** How many calls of an id have no output yet; 0 when all have one. */
  readonly unanswered: Map<string, number>;
  /** Item id of a local shell call to its call id: its output names the item. */
  readonly callIdOfItem: Map<string, string>;
}

type ItemDecoder = (item: JsonObject, path: string, state: InputState) => void;

const ITEM_DECODERS: Readonly<Record<string, ItemDecoder>> = {
  message: decodeMessage,
  reasoning: (item, _path, state) => assistant(state, decodeReasoningItem(item)),
  function_call: decodeFunctionCall,
  custom_tool_call: decodeCustomCall,
  function_call_output: (item, path, state) => decodeCallOutput(item, path, state),
  custom_tool_call_output: (item, path, state) => decodeCallOutput(item, path, state, "custom"),
  local_shell_call: decodeBuiltinCall,
  shell_call: decodeBuiltinCall,
  apply_patch_call: decodeBuiltinCall,
  local_shell_call_output: decodeBuiltinOutput,
  shell_call_output: decodeBuiltinOutput,
  apply_patch_call_output: decodeBuiltinOutput,
  additional_tools: (item, path, state) => {
    state.tools.push(...decodeTools(item["tools"], `${path}.tools`, state.loss));
  },
  item_reference: (_item, path) =>
    refuse(path, "item references cannot be resolved on a converted route, send the item itself"),
};

/** Kinds of unknown items that speak for the user side; all others continue the model's turn. */
const USER_ITEMS: ReadonlySet<string> = new Set([
  "computer_call_output",
  "mcp_approval_response",
  "tool_search_output",
  "program_output",
]);

/** Reads `input`: text, or items. Throws `client-invalid-request` for what is neither, and for item references. */
export function decodeInput(input: unknown, loss: LossSink): DecodedInput {
  const state: InputState = {
    system: [],
    turns: [],
    tools: [],
    loss,
    calls: new Map(),
    unanswered: new Map(),
    callIdOfItem: new Map(),
  };
  if (typeof input === "string") {
    userMessage(state, input === "" ? [] : [{ type: "text", text: input }]);
  } else if (Array.isArray(input)) {
    for (const [i, item] of input.entries()) decodeItem(requireObject(item, `input[${i}]`), `input[${i}]`, state);
  } else {
    reject("input", "a string or an array", input);
  }
  const messages = state.turns.map(({ role, content }) => ({ role, content }));
  return { system: state.system, messages, tools: state.tools };
}

function decodeItem(item: JsonObject, path: string, state: InputState): void {
  const type = item["type"] === undefined || item["type"] === null ? impliedType(item) : item["type"];
  const name = requireString(type, `${path}.type`);
  const decode = Object.hasOwn(ITEM_DECODERS, name) ? ITEM_DECODERS[name] : undefined;
  if (decode) decode(item, path, state);
  else for (const block of decodeHostedItem(item)) (USER_ITEMS.has(name) ? results : assistant)(state, block);
}

/** Items may leave their type out: messages have a role, references have nothing but an id. */
function impliedType(item: JsonObject): unknown {
  if (item["role"] !== undefined) return "message";
  return typeof item["id"] === "string" && Object.keys(item).length === 1 ? "item_reference" : undefined;
}

function decodeMessage(item: JsonObject, path: string, state: InputState): void {
  const role = requireString(item["role"], `${path}.role`);
  const content = decodeContent(item["content"] ?? null, `${path}.content`);
  if (role === "user") userMessage(state, content);
  else if (role === "assistant") {
    const phase = textOf(item["phase"]);
    for (const block of content)
      assistant(state, phase !== undefined && block.type === "text" ? { ...block, phase } : block);
  } else if (role === "system" || role === "developer") {
    if (state.turns.length === 0) state.system.push(...textBlocks(content));
    else state.turns.push({ role: "system", content: textBlocks(content), isOpen: false });
  } else reject(`${path}.role`, '"user", "assistant", "system" or "developer"', item["role"]);
}

function decodeFunctionCall(item: JsonObject, path: string, state: InputState): void {
  const id = callId(item, path);
  const name = requireText(item["name"], `${path}.name`);
  const text = jsonTextOf(item["arguments"])?.trim() ?? "";
  noteCall(state, id, name, "function");
  assistant(
    state,
    compact({
      type: "tool-call" as const,
      id,
      name,
      namespace: textOf(item["namespace"]),
      arguments: text === "" ? "{}" : text,
      kind: "function" as const,
    }),
  );
}

function decodeCustomCall(item: JsonObject, path: string, state: InputState): void {
  const id = callId(item, path);
  const name = requireText(item["name"], `${path}.name`);
  noteCall(state, id, name, "custom");
  assistant(
    state,
    compact({
      type: "tool-call" as const,
      id,
      name,
      namespace: textOf(item["namespace"]),
      arguments: stringOf(item["input"]) ?? "",
      kind: "custom" as const,
    }),
  );
}

function decodeBuiltinCall(item: JsonObject, path: string, state: InputState): void {
  const builtin = builtinOfCall(item);
  if (!builtin) {
    for (const block of decodeHostedItem(item)) assistant(state, block);
    return;
  }
  const itemId = textOf(item["id"]);
  const id = textOf(item["call_id"]) ?? itemId ?? callId(item, path);
  if (itemId !== undefined) state.callIdOfItem.set(itemId, id);
  const name = builtin.tool.name;
  noteCall(state, id, name, "function");
  const args = JSON.stringify(builtin.decodeCall(item));
  assistant(state, { type: "tool-call", id, name, arguments: args, kind: "function" });
}

function decodeCallOutput(item: JsonObject, path: string, state: InputState, kind?: "custom"): void {
  const id = callId(item, path);
  const content = decodeToolOutput(item["output"], `${path}.output`);
  pushResult(state, path, { type: "tool-result", callId: id, content, isError: false }, textOf(item["name"]), kind);
}

function decodeBuiltinOutput(item: JsonObject, path: string, state: InputState): void {
  const builtin = builtinOfOutput(item) as BuiltinTool; // the table names no other types
  const itemId = textOf(item["id"]);
  const fromItem = itemId === undefined ? undefined : (state.callIdOfItem.get(itemId) ?? itemId);
  const id = textOf(item["call_id"]) ?? fromItem ?? callId(item, path);
  const { text, isError } = builtin.decodeOutput(item);
  const content = [{ type: "text" as const, text }];
  pushResult(state, path, { type: "tool-result", callId: id, content, isError }, builtin.tool.name);
}

/** Adds a result unless its call has one already: agents that resume a session repeat outputs. */
function pushResult(
  state: InputState,
  path: string,
  result: ToolResultBlock,
  name: string | undefined,
  kind?: "custom",
): void {
  const unanswered = state.unanswered.get(result.callId);
  if (unanswered === 0) {
    state.loss({ kind: "dropped", path, feature: "duplicate-tool-output" });
    return;
  }
  state.unanswered.set(result.callId, (unanswered ?? 1) - 1);
  const call = state.calls.get(result.callId);
  results(state, compact({ ...result, name: call?.name ?? name, kind: kind ?? call?.kind }));
}

function noteCall(state: InputState, id: string, name: string, kind: "function" | "custom"): void {
  state.calls.set(id, { name, kind });
  state.unanswered.set(id, (state.unanswered.get(id) ?? 0) + 1);
}

function callId(item: JsonObject, path: string): string {
  return requireText(item["call_id"], `${path}.call_id`);
}

function userMessage(state: InputState, content: IrBlock[]): void {
  state.turns.push({ role: "user", content, isOpen: false });
}

function assistant(state: InputState, block: IrBlock): void {
  const last = state.turns.at(-1);
  if (last?.role === "assistant") last.content.push(block);
  else state.turns.push({ role: "assistant", content: [block], isOpen: true });
}

function results(state: InputState, block: IrBlock): void {
  const last = state.turns.at(-1);
  if (last?.role === "user" && last.isOpen) last.content.push(block);
  else state.turns.push({ role: "user", content: [block], isOpen: true });
}
