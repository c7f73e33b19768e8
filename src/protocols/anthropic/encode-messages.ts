// The conversation towards a Messages upstream: turns in the order and shape that the API accepts.
// Results first in the one user turn after their calls, every call answered, no empty turn, user first.

import type { IrBlock, ServerToolCallBlock, ToolCallBlock, ToolResultBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrMessage } from "../../core/request.ts";
import {
  encodeDocument,
  encodeImage,
  encodeReasoningBlock,
  encodeText,
  encodeToolCall,
  encodeToolResult,
  encodeUnknown,
  encodeUnsupportedMedia,
  isUserMedia,
  type ReasoningPolicy,
} from "./encode-blocks.ts";
import { foreignSearchNote, isForeignId } from "./server-tools.ts";
import { wireToolId } from "./tool-names.ts";
import { isObject, type WireObject } from "./wire.ts";

/** One message on the wire; its content is ours to change. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: WireObject[];
}

/** What decides how messages are written. */
export interface MessageOptions {
  readonly reasoning: ReasoningPolicy;
  /** The model accepts `role: "system"` among the messages. */
  readonly midSystem: boolean;
  readonly loss: LossSink;
}

interface PendingCall {
  readonly irId: string;
  readonly wireId: string;
}

interface FoundResult {
  readonly block: ToolResultBlock;
  readonly path: string;
  isUsed: boolean;
}

/** Text of the result that stands in for one the client never sent. */
const MISSING_RESULT = "[no tool result]";

/** Writes all messages. Every repair is recorded as a loss. */
export function encodeMessages(messages: readonly IrMessage[], options: MessageOptions): Turn[] {
  const assembler = new TurnAssembler(messages, options);
  for (const [index, message] of messages.entries()) assembler.add(message, `messages[${index}]`);
  return assembler.finish();
}

/** Builds turns one message at a time; a user turn is held until it is known to be complete. */
class TurnAssembler {
  readonly #options: MessageOptions;
  readonly #loss: LossSink;
  readonly #turns: Turn[] = [];
  /** Results by call id, in order; a repeated id takes them one after the other. */
  readonly #results = new Map<string, FoundResult[]>();
  readonly #uses = new Map<string, number>();
  /** Calls of the last assistant turn that have no result yet. */
  #pending: PendingCall[] = [];
  #userResults: WireObject[] = [];
  #userRest: WireObject[] = [];

  constructor(messages: readonly IrMessage[], options: MessageOptions) {
    this.#options = options;
    this.#loss = options.loss;
    for (const [index, message] of messages.entries()) this.#indexResults(message, `messages[${index}]`);
  }

  #indexResults(message: IrMessage, path: string): void {
    for (const [index, block] of message.content.entries()) {
      if (block.type !== "tool-result") continue;
      const found = this.#results.get(block.callId) ?? [];
      found.push({ block, path: `${path}.content[${index}]`, isUsed: false });
      this.#results.set(block.callId, found);
    }
  }

  add(message: IrMessage, path: string): void {
    if (message.role === "assistant") this.#addAssistant(message, path);
    else if (message.role === "system") this.#addSystem(message, path);
    else for (const [index, block] of message.content.entries()) this.#addUserBlock(block, `${path}.content[${index}]`);
  }

  finish(): Turn[] {
    this.#flushUser();
    return this.#turns;
  }

  #addAssistant(message: IrMessage, path: string): void {
    if (this.#userResults.length > 0 || this.#userRest.length > 0) this.#flushUser();
    const last = this.#turns.at(-1);
    const content = last?.role === "assistant" ? last.content : [];
    const moved: [IrBlock, string][] = [];
    for (const [index, block] of message.content.entries()) {
      const blockPath = `${path}.content[${index}]`;
      if (isUserMedia(block)) moved.push([block, blockPath]);
      else this.#pushAssistant(block, content, blockPath);
    }
    if (content.length > 0 && last?.role !== "assistant") this.#turns.push({ role: "assistant", content });
    for (const [block, blockPath] of moved) {
      this.#loss({ kind: "approximated", path: blockPath, feature: "assistant-media", detail: "moved to a user turn" });
      this.#addUserBlock(block, blockPath);
    }
  }

  #pushAssistant(block: IrBlock, content: WireObject[], path: string): void {
    const wire =
      block.type === "tool-call" ? this.#call(block, path) : encodeAssistantBlock(block, path, this.#options);
    if (wire) content.push(wire);
  }

  #call(block: ToolCallBlock, path: string): WireObject {
    const uses = (this.#uses.get(block.id) ?? 0) + 1;
    this.#uses.set(block.id, uses);
    const id = uses === 1 ? wireToolId(block.id) : wireToolId(`${block.id}_${uses}`);
    if (uses > 1) this.#loss({ kind: "approximated", path, feature: "tool-call-id", detail: "repeated id" });
    this.#pending.push({ irId: block.id, wireId: id });
    return encodeToolCall(block, id, path, this.#loss);
  }

  #addSystem(message: IrMessage, path: string): void {
    const texts = message.content.filter((block) => block.type === "text" && block.text !== "");
    if (texts.length === 0) return;
    const isUserOpen = this.#userResults.length > 0 || this.#userRest.length > 0;
    const followsUser = this.#pending.length === 0 && (isUserOpen || this.#turns.at(-1)?.role === "user");
    if (this.#options.midSystem && followsUser) {
      this.#flushUser();
      const content: WireObject[] = [];
      for (const block of texts) if (block.type === "text") pushIf(content, encodeText(block, false));
      this.#turns.push({ role: "system", content });
      return;
    }
    this.#loss({ kind: "approximated", path, feature: "mid-system", detail: "sent as a reminder in a user turn" });
    const text = texts.map((block) => (block.type === "text" ? block.text : "")).join("\n\n");
    this.#userRest.push({ type: "text", text: `<system-reminder>\n${text}\n</system-reminder>` });
  }

  #addUserBlock(block: IrBlock, path: string): void {
    if (block.type === "tool-result") this.#addResult(block, path);
    else pushIf(this.#userRest, encodeUserBlock(block, path, this.#options));
  }

  #addResult(block: ToolResultBlock, path: string): void {
    const found = this.#results.get(block.callId)?.find((entry) => entry.block === block && !entry.isUsed);
    if (!found) return; // already sent with its call
    const index = this.#pending.findIndex((call) => call.irId === block.callId);
    if (index >= 0) {
      const [call] = this.#pending.splice(index, 1);
      this.#sendResult(found, call?.wireId ?? wireToolId(block.callId));
      return;
    }
    found.isUsed = true;
    if (this.#uses.has(block.callId)) {
      this.#loss({ kind: "dropped", path, feature: "duplicate-tool-result" });
      return;
    }
    this.#loss({ kind: "approximated", path, feature: "orphan-tool-result", detail: "sent as user content" });
    const wire = encodeToolResult(block, "orphan", path, this.#loss);
    const content = Array.isArray(wire["content"]) ? wire["content"].filter(isObject) : [];
    this.#userRest.push({
      type: "text",
      text: `[result of an earlier tool call${block.name ? ` (${block.name})` : ""}]`,
    });
    this.#userRest.push(...content);
  }

  #sendResult(found: FoundResult, wireId: string): void {
    found.isUsed = true;
    this.#userResults.push(encodeToolResult(found.block, wireId, found.path, this.#loss));
  }

  /** Closes the user turn: the calls before it all get a result, from later in the conversation if need be. */
  #flushUser(): void {
    for (const call of this.#pending) {
      const found = this.#results.get(call.irId)?.find((entry) => !entry.isUsed);
      if (found) {
        this.#sendResult(found, call.wireId);
        continue;
      }
      this.#loss({ kind: "invented", path: "messages", feature: "tool-result", detail: "a call had no result" });
      const content = [{ type: "text", text: MISSING_RESULT }];
      this.#userResults.push({ type: "tool_result", tool_use_id: call.wireId, content, is_error: true });
    }
    this.#pending = [];
    const content = [...this.#userResults, ...this.#userRest];
    this.#userResults = [];
    this.#userRest = [];
    if (content.length === 0) return;
    const last = this.#turns.at(-1);
    if (last?.role === "user") last.content.push(...content);
    else this.#turns.push({ role: "user", content });
  }
}

function pushIf(content: WireObject[], wire: WireObject | undefined): void {
  if (wire) content.push(wire);
}

function encodeUserBlock(block: IrBlock, path: string, options: MessageOptions): WireObject | undefined {
  const { loss } = options;
  switch (block.type) {
    case "text":
      return encodeText(block, false);
    case "refusal":
      return encodeText({ type: "text", text: block.text }, false);
    case "image":
      return encodeImage(block, path, loss);
    case "document":
      return encodeDocument(block, path, loss);
    case "audio":
    case "video":
      return encodeUnsupportedMedia(block, path, loss);
    case "unknown":
      return encodeUnknown(block, path, loss);
    case "reasoning":
    case "tool-call":
    case "tool-result":
    case "server-tool-call":
    case "server-tool-result":
      loss({ kind: "dropped", path, feature: `user-${block.type}` });
      return undefined;
  }
}

function encodeAssistantBlock(block: IrBlock, path: string, options: MessageOptions): WireObject | undefined {
  const { loss } = options;
  switch (block.type) {
    case "text":
      return encodeText(block, true);
    case "refusal":
      return encodeText({ type: "text", text: block.text }, false);
    case "reasoning":
      return encodeReasoningBlock(block, options.reasoning, path, loss);
    case "server-tool-call":
      return foreignSearch(block, path, loss) ?? ownServerTool(block.origin, block.wire, block.id, path, loss);
    case "server-tool-result":
      return ownServerTool(block.origin, block.wire, block.callId, path, loss);
    case "unknown":
      return encodeUnknown(block, path, loss);
    case "image":
    case "document":
    case "audio":
    case "video":
    case "tool-call":
    case "tool-result":
      loss({ kind: "dropped", path, feature: `assistant-${block.type}` });
      return undefined;
  }
}

/** A note in place of a search that another provider ran, so that the model knows it took place; results stay behind. */
function foreignSearch(block: ServerToolCallBlock, path: string, loss: LossSink): WireObject | undefined {
  if (block.origin === "anthropic" || block.tool !== "web-search") return undefined;
  loss({
    kind: "approximated",
    path,
    feature: "server-tool",
    detail: "a search run by another provider became a note",
  });
  return encodeText({ type: "text", text: foreignSearchNote(block) }, false);
}

/** Server tool blocks hold encrypted parts that only Anthropic can mint: others' are dropped, and ours go back as they were. */
function ownServerTool(
  origin: string,
  wire: unknown,
  id: string,
  path: string,
  loss: LossSink,
): WireObject | undefined {
  if (origin === "anthropic" && isObject(wire) && !isForeignId(id)) return wire;
  loss({ kind: "dropped", path, feature: "server-tool", detail: "run by another provider" });
  return undefined;
}
