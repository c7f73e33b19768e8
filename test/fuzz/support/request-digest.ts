// What a request says, in a form in which two requests can be compared that went over different formats.

import type { IrBlock } from "../../../src/core/block.ts";
import type { IrRequest, IrTool } from "../../../src/core/request.ts";

/** One thing said, called or answered; white space counts for nothing, because formats join texts differently. */
export type Step =
  | { readonly type: "text"; readonly role: string; readonly text: string }
  | { readonly type: "thought"; readonly text: string }
  | { readonly type: "media"; readonly role: string; readonly data: string }
  | { readonly type: "call"; readonly name: string; readonly args: unknown }
  /** `call` is the number of the call it answers, counted over the conversation. */
  | { readonly type: "result"; readonly call: number; readonly text: string; readonly isError: boolean };

export interface RequestDigest {
  readonly system: string;
  readonly steps: readonly Step[];
  readonly tools: readonly unknown[];
}

/** Reads what matters of a request. */
export function requestDigest(request: IrRequest): RequestDigest {
  return {
    system: solid(request.system.map((block) => block.text).join("")),
    steps: stepsOf(request),
    tools: request.tools.map(toolDigest),
  };
}

function stepsOf(request: IrRequest): Step[] {
  const steps: Step[] = [];
  const calls = new Map<string, number>();
  for (const message of request.messages) {
    for (const block of message.content) {
      const step = stepOf(block, message.role, calls);
      const last = steps.at(-1);
      if (!step) continue;
      if (step.type === "text" && last?.type === "text" && last.role === step.role)
        steps[steps.length - 1] = { ...last, text: last.text + step.text };
      else steps.push(step);
    }
  }
  return sortedResults(steps);
}

function stepOf(block: IrBlock, role: string, calls: Map<string, number>): Step | undefined {
  switch (block.type) {
    case "text":
      return solid(block.text) === "" ? undefined : { type: "text", role, text: solid(block.text) };
    case "reasoning":
      return { type: "thought", text: solid(block.text) };
    case "image":
    case "document":
      return { type: "media", role, data: block.source.type === "base64" ? block.source.data : block.source.type };
    case "tool-call":
      calls.set(block.id, calls.size);
      return { type: "call", name: block.name, args: JSON.parse(block.arguments) };
    case "tool-result": {
      const text = block.content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("");
      return { type: "result", call: calls.get(block.callId) ?? -1, text: solid(text), isError: block.isError };
    }
    default:
      return undefined;
  }
}

/** Results that follow each other, in the order of their calls: formats put them in an order of their own. */
function sortedResults(steps: readonly Step[]): Step[] {
  const sorted: Step[] = [];
  for (const step of steps) {
    let at = sorted.length;
    while (step.type === "result" && at > 0) {
      const before = sorted[at - 1];
      if (before?.type !== "result" || before.call < step.call) break;
      at -= 1;
    }
    sorted.splice(at, 0, step);
  }
  return sorted;
}

function toolDigest(tool: IrTool): unknown {
  if (tool.type !== "function") return { type: tool.type, name: tool.name };
  return { name: tool.name, description: solid(tool.description ?? ""), parameters: tool.parameters };
}

function solid(text: string): string {
  return text.replace(/\s+/g, "");
}
