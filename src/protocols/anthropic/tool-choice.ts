// Tool choice towards an upstream: what the model refuses is downgraded, what has no tools is left out.

import type { LossSink } from "../../core/loss.ts";
import type { IrRequest, IrToolChoice } from "../../core/request.ts";
import { wireToolName } from "./tool-names.ts";
import { stringOf, type WireObject } from "./wire.ts";

/** What the choice becomes: the tools that stay and `tool_choice`, absent for the default. */
export interface EncodedToolChoice {
  readonly tools: WireObject[];
  readonly toolChoice: WireObject | undefined;
}

/**
 * Writes `tool_choice`. Restrictions to some tools filter the declarations. `canForce` is false for models that
 * refuse forced tools and while thinking with a budget is on: then the model is only offered what was demanded.
 * Without tools there is no choice.
 */
export function encodeToolChoice(
  request: IrRequest,
  declared: WireObject[],
  canForce: boolean,
  loss: LossSink,
): EncodedToolChoice {
  if (declared.length === 0) return { tools: declared, toolChoice: undefined };
  const choice = restrict(request.toolChoice, declared, request);
  if (!canForce && (choice.choice === "any" || choice.name !== undefined)) {
    loss({
      kind: "approximated",
      path: "tool_choice",
      feature: "forced-tool-choice",
      detail: "the model does not accept a forced tool here; it is offered instead",
    });
    const only = choice.name === undefined ? choice.tools : choice.tools.filter((tool) => tool["name"] === choice.name);
    return { tools: only.length > 0 ? only : choice.tools, toolChoice: wireChoice("auto", undefined, request) };
  }
  return { tools: choice.tools, toolChoice: wireChoice(choice.choice, choice.name, request) };
}

type WireChoiceType = "auto" | "any" | "none" | "tool";

interface Restricted {
  readonly choice: WireChoiceType | undefined;
  readonly name?: string;
  readonly tools: WireObject[];
}

function restrict(choice: IrToolChoice | undefined, tools: WireObject[], request: IrRequest): Restricted {
  switch (choice?.type) {
    case undefined:
      return { choice: undefined, tools };
    case "auto":
    case "none":
      return { choice: choice.type, tools };
    case "required":
      return { choice: "any", tools };
    case "tool":
      return { choice: "tool", name: wireNameOf(choice.name, request), tools };
    case "allowed": {
      const names = new Set(choice.names.map((name) => wireNameOf(name, request)));
      const allowed = tools.filter((tool) => names.has(stringOf(tool["name"]) ?? ""));
      const isForced = choice.mode === "required";
      return { choice: isForced ? "any" : "auto", tools: allowed.length > 0 ? allowed : tools };
    }
  }
}

/** Wire name of a tool that a choice names; namespaced tools are named without their namespace. */
function wireNameOf(name: string, request: IrRequest): string {
  for (const tool of request.tools) {
    if (tool.name !== name) continue;
    return tool.type === "server" ? name : wireToolName(tool.name, tool.namespace);
  }
  return wireToolName(name);
}

function wireChoice(
  choice: WireChoiceType | undefined,
  name: string | undefined,
  request: IrRequest,
): WireObject | undefined {
  const isSingle = request.parallelToolCalls === false;
  if (choice === undefined && !isSingle) return undefined;
  const wire: Record<string, unknown> = { type: choice ?? "auto" };
  if (name !== undefined) wire["name"] = name;
  if (choice === "none") return wire;
  if (isSingle) wire["disable_parallel_tool_use"] = true;
  else if (request.parallelToolCalls === true && request.extensions?.anthropic !== undefined) {
    // Said by a client of this protocol; others say `true` by habit, and it is the default.
    wire["disable_parallel_tool_use"] = false;
  }
  return wire;
}
