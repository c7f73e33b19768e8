// One part of an answer: which block it starts, continues or signs. A table of handlers by the part's field.

import type { ServerToolKind } from "../../core/block.ts";
import type { AnswerState } from "./answer-state.ts";
import { signatureOf } from "./decode-context.ts";
import { decodeMedia } from "./media.ts";
import { serverToolBlock } from "./server-parts.ts";
import { bareToolName } from "./tool-names.ts";
import { asString, isObject, type WireObject } from "./wire.ts";

/** Handlers of the parts that are not text, in the order in which they are looked for. */
const HANDLERS: readonly (readonly [field: string, handler: PartHandler])[] = [
  ["functionCall", readFunctionCall],
  ["functionResponse", readFunctionResponse],
  ["inlineData", readMedia],
  ["fileData", readMedia],
  ["executableCode", readServerPart],
  ["codeExecutionResult", readServerPart],
  ["toolCall", readServerPart],
  ["toolResponse", readServerPart],
];

/** Fields that say nothing by themselves. */
const EMPTY_FIELDS: ReadonlySet<string> = new Set(["thoughtSignature", "thought"]);

interface PartContext {
  /** The answer ended because of a broken call: calls in this chunk are dropped. */
  readonly isBroken: boolean;
  /** Names of functions that this chunk also answers. */
  readonly answered: ReadonlySet<string> | undefined;
}

type PartHandler = (part: WireObject, state: AnswerState, context: PartContext) => void;

/** Reads one part. Unknown kinds become `unknown` blocks; parts without any content, or with text that is none, are skipped. */
export function readPart(
  part: WireObject,
  state: AnswerState,
  isBroken: boolean,
  answered: ReadonlySet<string> | undefined,
): void {
  const { text } = part;
  if (typeof text === "string") {
    readText(part, text, state);
    return;
  }
  for (const [field, handler] of HANDLERS) {
    if (part[field] === undefined || part[field] === null) continue;
    handler(part, state, { isBroken, answered });
    return;
  }
  const isEmpty = Object.keys(part).every((key) => part[key] === null || EMPTY_FIELDS.has(key));
  if (isEmpty) readText(part, "", state);
  else if (text === undefined) state.blocks.whole({ type: "unknown", origin: "gemini", wire: part });
  else state.context.loss({ kind: "dropped", path: "candidates[0].content.parts", feature: "malformed-part" });
}

function readText(part: WireObject, text: string, state: AnswerState): void {
  const type = part["thought"] === true ? "reasoning" : "text";
  if (text !== "") state.blocks.grow(type, text);
  const opaque = signatureOf(part, state.context);
  if (opaque) state.blocks.sign(opaque, type);
}

function readFunctionCall(part: WireObject, state: AnswerState, { isBroken, answered }: PartContext): void {
  const call = part["functionCall"];
  if (!isObject(call) || isBroken) return;
  const { blocks, context } = state;
  const name = asString(call["name"]) ?? "";
  const opaque = signatureOf(part, context);
  const isPartial = name === "" || call["willContinue"] === true || Array.isArray(call["partialArgs"]);
  if (isPartial) {
    blocks.partialCall(call, opaque);
    return;
  }
  blocks.endPartialCall();
  if (answered?.has(name)) blocks.whole(serverToolBlock(part, "mcp", blocks.mintId()));
  else if (context.declaredTools && !isDeclared(name, context.declaredTools)) blocks.hold({ call, part, opaque });
  else blocks.call(call, opaque);
}

/** A function's answer inside an answer: the provider ran the function (its own MCP client). */
function readFunctionResponse(part: WireObject, state: AnswerState): void {
  const response = part["functionResponse"];
  const name = isObject(response) ? (asString(response["name"]) ?? "") : "";
  const { blocks } = state;
  const held = blocks.takeHeld(name);
  if (held) blocks.whole(serverToolBlock(held.part, "mcp", blocks.mintId()));
  else blocks.disown(name);
  readServerPart(part, state);
}

function readMedia(part: WireObject, state: AnswerState): void {
  try {
    const block = decodeMedia(part, "part");
    if (block) state.blocks.whole(block);
  } catch {
    state.blocks.whole({ type: "unknown", origin: "gemini", wire: part }); // broken media is carried, never fatal
  }
}

function readServerPart(part: WireObject, state: AnswerState): void {
  const block = serverToolBlock(part, undefined, state.blocks.mintId());
  if (block.type === "server-tool-call") noteServerCall(block.tool, state);
  state.blocks.whole(block);
}

function noteServerCall(tool: ServerToolKind, state: AnswerState): void {
  if (tool === "web-search") state.sources.skipSearchBlocks();
}

function isDeclared(name: string, declared: ReadonlySet<string>): boolean {
  return declared.has(name) || declared.has(bareToolName(name));
}
