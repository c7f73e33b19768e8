// Call items. Calls come with the flattened names and JSON arguments that other protocols know; here they get back
// what the client declared: namespaces, free-form input, the built-in shells.

import type { IrBlockStart } from "../../core/event.ts";
import { type BuiltinTool, encodeBuiltinCall } from "./builtin-tools.ts";
import { deltaFrame } from "./frame-writer.ts";
import { writeReasoning } from "./output-reasoning.ts";
import {
  type ItemStatus,
  interruptMessage,
  itemAdded,
  itemDone,
  type OpenBlock,
  type OutputState,
  reserve,
} from "./output-state.ts";
import { flattenToolName, wireCallId } from "./tool-names.ts";
import { unwrapCustomInput } from "./tools.ts";
import { compact, type JsonObject, parseJson } from "./wire.ts";

const CUSTOM_DELTA = "response.custom_tool_call_input.delta";

type CallStart = Extract<IrBlockStart, { type: "tool-call" }>;

interface CallHead {
  readonly callId: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

/** Opens a call in the form in which the client declared its tool; undeclared ones keep the form they came in. */
export function openToolCall(start: CallStart, state: OutputState): OpenBlock {
  interruptMessage(state);
  // Calls have no place for the signature that Gemini puts on them; an empty reasoning item in front carries it.
  if (start.opaque) writeReasoning({ type: "reasoning", text: "", opaque: start.opaque }, state);
  const declared = state.tools.get(flattenToolName(start.name, start.namespace));
  const head: CallHead = {
    callId: wireCallId(start.id),
    name: declared?.name ?? start.name,
    namespace: declared ? declared.namespace : start.namespace,
  };
  if (declared?.builtin && start.kind === "function") return openBuiltin(declared.builtin, head, state);
  if (start.kind === "custom") return openCustom(head, state);
  return declared?.isCustom ? openWrapped(head, state) : openFunction(head, state);
}

function openFunction(head: CallHead, state: OutputState): OpenBlock {
  const { index, id } = reserve(state, "fc");
  const parts: string[] = [];
  const frame = deltaFrame("response.function_call_arguments.delta", { id, index }, "", "");
  itemAdded(state, index, functionItem(id, head, "", "in_progress"));

  function append(text: string): void {
    parts.push(text);
    state.writer.delta(frame, text);
  }

  function finish(text: string): void {
    state.writer.event("response.function_call_arguments.done", {
      item_id: id,
      output_index: index,
      name: head.name,
      arguments: text,
    });
    itemDone(state, index, functionItem(id, head, text, "completed"));
  }

  return {
    delta(delta) {
      if (delta.type === "arguments") append(delta.text);
    },
    end() {
      // Clients that gather the deltas need the empty object as one.
      if (parts.every((part) => part.trim() === "")) append("{}");
      const text = parts.join("");
      if (parseJson(text) !== undefined) finish(text);
      else {
        state.unfinished.push((isTruncated) => {
          if (isTruncated) itemDone(state, index, functionItem(id, head, text, "incomplete"));
          else finish(text);
        });
      }
    },
  };
}

/** A custom call as this protocol's upstreams send it: free text, streamed. */
function openCustom(head: CallHead, state: OutputState): OpenBlock {
  const { index, id } = reserve(state, "ctc");
  const parts: string[] = [];
  const frame = deltaFrame(CUSTOM_DELTA, { id, index }, "", "");
  itemAdded(state, index, customItem(id, head, "", "in_progress"));
  return {
    delta(delta) {
      if (delta.type !== "arguments") return;
      parts.push(delta.text);
      state.writer.delta(frame, delta.text);
    },
    end() {
      customDone(state, index, id, head, parts.join(""));
    },
  };
}

/** A custom tool that another protocol called as a function `{input}`: held back until the text can be unwrapped. */
function openWrapped(head: CallHead, state: OutputState): OpenBlock {
  const { index, id } = reserve(state, "ctc");
  const parts: string[] = [];
  itemAdded(state, index, customItem(id, head, "", "in_progress"));

  function finish(text: string): void {
    const { input, isExact } = unwrapCustomInput(text);
    if (!isExact) state.context.loss({ kind: "approximated", path: "output.input", feature: "custom-tool-input" });
    state.writer.delta(deltaFrame(CUSTOM_DELTA, { id, index }, "", ""), input);
    customDone(state, index, id, head, input);
  }

  return {
    delta(delta) {
      if (delta.type === "arguments") parts.push(delta.text);
    },
    end() {
      const text = parts.join("");
      if (parseJson(text) !== undefined) finish(text);
      else {
        state.unfinished.push((isTruncated) => {
          if (isTruncated) itemDone(state, index, customItem(id, head, text, "incomplete"));
          else finish(text);
        });
      }
    },
  };
}

/** A built-in has no streamed form; arguments that do not fit it go out as a function call. */
function openBuiltin(builtin: BuiltinTool, head: CallHead, state: OutputState): OpenBlock {
  const parts: string[] = [];
  return {
    delta(delta) {
      if (delta.type === "arguments") parts.push(delta.text);
    },
    end() {
      const text = parts.join("");
      const fields = encodeBuiltinCall(builtin, text);
      if (!fields) {
        state.context.loss({ kind: "approximated", path: "output", feature: "builtin-tool-call" });
        const fallback = openFunction(head, state);
        if (text !== "") fallback.delta({ type: "arguments", text });
        fallback.end();
        return;
      }
      const { index, id } = reserve(state, "fc");
      const item = { id, type: builtin.callType, call_id: head.callId, ...fields };
      itemAdded(state, index, { ...item, status: "in_progress" });
      itemDone(state, index, { ...item, status: "completed" });
    },
  };
}

function customDone(state: OutputState, index: number, id: string, head: CallHead, input: string): void {
  state.writer.event("response.custom_tool_call_input.done", { item_id: id, output_index: index, input });
  itemDone(state, index, customItem(id, head, input, "completed"));
}

function functionItem(id: string, head: CallHead, text: string, status: ItemStatus | "in_progress"): JsonObject {
  const { callId, name, namespace } = head;
  return compact({ id, type: "function_call", status, arguments: text, call_id: callId, name, namespace });
}

function customItem(id: string, head: CallHead, input: string, status: ItemStatus | "in_progress"): JsonObject {
  const { callId, name, namespace } = head;
  return compact({ id, type: "custom_tool_call", status, input, call_id: callId, name, namespace });
}
