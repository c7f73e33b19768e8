// Messages of a request, wire to neutral: tool messages become results in user turns.

import type { IrBlock, TextBlock, ToolResultBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import { opaqueFromClient } from "../../core/opaque-envelope.ts";
import type { IrMessage } from "../../core/request.ts";
import { decodeContent } from "./decode-content.ts";
import { argumentText, decodeToolCall } from "./decode-tool-call.ts";
import { invalid, requireString } from "./read-field.ts";
import { decodeReasoningBlocks } from "./reasoning.ts";
import { asArray, asObject, asText, readThoughtSignature, type WireFunction, type WireMessage } from "./wire.ts";

/** Leading instructions and the conversation. */
export interface DecodedMessages {
  readonly system: readonly TextBlock[];
  readonly messages: readonly IrMessage[];
}

/** Calls seen so far, so that results find theirs. */
interface Calls {
  readonly kinds: Map<string, "function" | "custom">;
  /** Calls without an answer yet, oldest first, for results that name no id. */
  readonly unanswered: { readonly id: string; readonly name: string }[];
}

/** Reads `messages`: a non-empty array. Consecutive tool messages make one user turn. */
export function decodeMessages(value: unknown, loss: LossSink): DecodedMessages {
  if (!Array.isArray(value) || value.length === 0) throw invalid("messages", "a non-empty array", value);
  const system: TextBlock[] = [];
  const messages: IrMessage[] = [];
  const calls: Calls = { kinds: new Map(), unanswered: [] };
  let results: ToolResultBlock[] | undefined;
  for (const [i, item] of value.entries()) {
    const path = `messages[${i}]`;
    const message = asObject<WireMessage>(item);
    if (!message) throw invalid(path, "an object", item);
    const role = requireString(message.role, `${path}.role`);
    if (role === "tool" || role === "function") {
      const result = decodeResult(message, role, path, calls);
      if (results) results.push(result);
      else {
        results = [result];
        messages.push({ role: "user", content: results });
      }
      continue;
    }
    results = undefined;
    if (asText(message.name) !== "") loss({ kind: "dropped", path: `${path}.name`, feature: "message-name" });
    if (role === "system" || role === "developer") {
      const content = decodeInstructions(message, path);
      if (messages.length === 0) system.push(...content);
      else messages.push({ role: "system", content });
    } else if (role === "user") {
      messages.push({ role: "user", content: decodeContent(message.content, `${path}.content`) });
    } else if (role === "assistant") {
      messages.push({ role: "assistant", content: decodeAssistant(message, path, calls, loss) });
    } else {
      throw invalid(`${path}.role`, "one of system, developer, user, assistant, tool, function", message.role);
    }
  }
  return { system, messages };
}

function decodeInstructions(message: WireMessage, path: string): TextBlock[] {
  return decodeContent(message.content, `${path}.content`).map((block, i) => {
    if (block.type !== "text") throw invalid(`${path}.content[${i}].type`, "text", block.type);
    return block;
  });
}

function decodeResult(message: WireMessage, role: string, path: string, calls: Calls): ToolResultBlock {
  const name = asText(message.name) || undefined;
  const callId = takeCallId(message, role, name, path, calls);
  const content = decodeContent(message.content, `${path}.content`).map(
    (block, i): ToolResultBlock["content"][number] => {
      switch (block.type) {
        case "text":
        case "image":
        case "document":
        case "audio":
        case "unknown":
          return block;
        default:
          throw invalid(`${path}.content[${i}].type`, "text, image_url, file or input_audio", block.type);
      }
    },
  );
  return { type: "tool-result", callId, name, content, isError: false, kind: calls.kinds.get(callId) };
}

/** The call a result answers: by id, by name for the older `function` role, else the oldest open one. */
function takeCallId(message: WireMessage, role: string, name: string | undefined, path: string, calls: Calls): string {
  const given = asText(message.tool_call_id);
  const at = calls.unanswered.findIndex((call) => {
    if (given !== "") return call.id === given;
    return role !== "function" || call.name === name;
  });
  const [call] = at >= 0 ? calls.unanswered.splice(at, 1) : [];
  if (given !== "") return given;
  if (!call) throw invalid(`${path}.tool_call_id`, "the id of an earlier tool call", message.tool_call_id);
  return call.id;
}

function decodeAssistant(message: WireMessage, path: string, calls: Calls, loss: LossSink): IrBlock[] {
  const blocks: IrBlock[] = decodeReasoningBlocks(message);
  const content = decodeContent(message.content, `${path}.content`);
  const signature = opaqueFromClient(readThoughtSignature(message.extra_content), "openai-chat");
  for (const block of content)
    blocks.push(signature && block.type === "text" ? { ...block, opaque: signature } : block);
  const refusal = asText(message.refusal);
  if (refusal !== "") blocks.push({ type: "refusal", text: refusal });
  if (message.audio !== undefined && message.audio !== null) {
    loss({ kind: "dropped", path: `${path}.audio`, feature: "audio-history" });
  }
  const toolCalls = message.tool_calls;
  if (toolCalls !== undefined && toolCalls !== null && !Array.isArray(toolCalls)) {
    throw invalid(`${path}.tool_calls`, "an array", toolCalls);
  }
  for (const [i, item] of asArray(toolCalls).entries()) {
    const call = decodeToolCall(item, fallbackId(path, i), `${path}.tool_calls[${i}]`);
    calls.kinds.set(call.id, call.kind);
    calls.unanswered.push(call);
    blocks.push(call);
  }
  const legacy = asObject<WireFunction>(message.function_call);
  if (legacy) {
    const id = fallbackId(path, 0);
    const name = requireString(legacy.name, `${path}.function_call.name`);
    calls.unanswered.push({ id, name });
    blocks.push({ type: "tool-call", id, name, arguments: argumentText(legacy.arguments) || "{}", kind: "function" });
  }
  return blocks;
}

/** An id for a call that came without one; the same request gives the same id. */
function fallbackId(path: string, i: number): string {
  return `call_${path.slice("messages[".length, -1)}_${i}`;
}
