// Neutral requests: conversations in which every call is answered, tools with schemas, and all the settings.

import fc from "fast-check";
import type { IrBlock, ToolCallBlock, ToolResultBlock } from "../../../src/core/block.ts";
import type { IrMessage, IrReasoning, IrRequest, IrTool, JsonSchema } from "../../../src/core/request.ts";
import { opaque } from "./blocks.ts";
import { argumentsText, plainId, solidText, toolName } from "./text.ts";

const base64 = fc.uint8Array({ minLength: 3, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString("base64"));

const text: fc.Arbitrary<IrBlock> = solidText.map((value) => ({ type: "text", text: value }));

const media: fc.Arbitrary<IrBlock> = fc.oneof(
  base64.map((data): IrBlock => ({ type: "image", source: { type: "base64", mediaType: "image/png", data } })),
  base64.map((data): IrBlock => {
    const source = { type: "base64", mediaType: "application/pdf", data } as const;
    return { type: "document", source, filename: "a.pdf" };
  }),
);

const userContent: fc.Arbitrary<IrBlock[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: media }),
  { minLength: 1, maxLength: 3 },
);

/** A call and what came of it. */
interface CallPlan {
  readonly id: string;
  readonly tool: number;
  readonly args: string;
  readonly result: string;
  readonly isError: boolean;
}

const callPlan: fc.Arbitrary<CallPlan> = fc.record({
  id: plainId,
  tool: fc.nat(100),
  args: argumentsText,
  result: fc.oneof({ weight: 5, arbitrary: solidText }, { weight: 1, arbitrary: fc.constant("") }),
  isError: fc.boolean(),
});

/** One exchange: what the user says, what the assistant answers and calls. */
interface TurnPlan {
  readonly asked: readonly IrBlock[];
  readonly thought: IrBlock | undefined;
  readonly said: IrBlock | undefined;
  readonly calls: readonly CallPlan[];
  /** Results come in another order than the calls. */
  readonly isShuffled: boolean;
}

const turnPlan: fc.Arbitrary<TurnPlan> = fc.record({
  asked: userContent,
  thought: fc.option(
    fc
      .record({ text: solidText, payload: opaque })
      .map(({ text: value, payload }): IrBlock => ({ type: "reasoning", text: value, opaque: payload })),
    { nil: undefined },
  ),
  said: fc.option(text, { nil: undefined }),
  calls: fc.array(callPlan, { maxLength: 3 }),
  isShuffled: fc.boolean(),
});

const schema: fc.Arbitrary<JsonSchema> = fc
  .dictionary(
    toolName,
    fc.constantFrom<JsonSchema>({ type: "string" }, { type: "integer" }, { type: "array", items: { type: "number" } }),
    { minKeys: 1, maxKeys: 3, noNullPrototype: true },
  )
  .map((properties) => ({ type: "object", properties, required: Object.keys(properties) }));

const tool: fc.Arbitrary<IrTool> = fc.record({
  type: fc.constant("function" as const),
  name: toolName,
  description: solidText,
  parameters: schema,
});

const settings = fc.record(
  {
    maxOutputTokens: fc.integer({ min: 16, max: 4000 }),
    temperature: fc.integer({ min: 0, max: 9 }).map((tenths) => tenths / 10),
    topP: fc.integer({ min: 95, max: 99 }).map((hundredths) => hundredths / 100),
    topK: fc.integer({ min: 1, max: 100 }),
    stopSequences: fc.uniqueArray(solidText, { minLength: 1, maxLength: 4 }),
    seed: fc.nat(1_000_000),
    presencePenalty: fc.constantFrom(-1, 0.5, 1),
    frequencyPenalty: fc.constantFrom(-1, 0.5, 1),
    parallelToolCalls: fc.boolean(),
    userId: plainId,
    promptCacheKey: plainId,
    metadata: fc.dictionary(toolName, solidText, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
  },
  { requiredKeys: [] },
);

/** How hard to think, in the words of one format or another. */
const reasoning: fc.Arbitrary<IrReasoning> = fc.oneof(
  fc.constantFrom<IrReasoning>({ mode: "disabled" }, { mode: "adaptive", display: "summarized" }),
  fc
    .constantFrom("none", "minimal", "low", "medium", "high", "xhigh", "max")
    .map((effort): IrReasoning => ({ effort })),
  fc
    .integer({ min: 1024, max: 3000 })
    .map((budgetTokens): IrReasoning => ({ mode: "enabled", budgetTokens, display: "summarized" })),
);

const outputFormat = fc.oneof(
  fc.constant({ type: "json-object" as const }),
  schema.map((value) => ({ type: "json-schema" as const, name: "answer", schema: value })),
);

/** A whole request for `model`. */
export function irRequest(model: string): fc.Arbitrary<IrRequest> {
  return fc
    .record({
      system: fc.array(solidText, { maxLength: 2 }),
      turns: fc.array(turnPlan, { minLength: 1, maxLength: 4 }),
      last: userContent,
      tools: fc.uniqueArray(tool, { maxLength: 3, selector: ({ name }) => name }),
      choice: fc.nat(5),
      settings,
      outputFormat: fc.option(outputFormat, { freq: 3, nil: undefined }),
      reasoning: fc.option(reasoning, { freq: 3, nil: undefined }),
      stream: fc.boolean(),
    })
    .map((parts) => ({
      model,
      stream: parts.stream,
      system: parts.system.map((value) => ({ type: "text" as const, text: value })),
      messages: conversation(parts.turns, parts.last, parts.tools),
      tools: parts.tools,
      ...choiceOf(parts.choice, parts.tools),
      ...parts.settings,
      outputFormat: parts.outputFormat,
      ...(parts.reasoning === undefined ? {} : { reasoning: parts.reasoning }),
      includeUsage: true,
    }));
}

function choiceOf(choice: number, tools: readonly IrTool[]): Pick<IrRequest, "toolChoice"> {
  const [first] = tools;
  if (!first || choice > 3) return {};
  const choices = [
    { type: "auto" },
    { type: "required" },
    { type: "none" },
    { type: "tool", name: first.name },
  ] as const;
  return { toolChoice: choices[choice as 0 | 1 | 2 | 3] };
}

function conversation(turns: readonly TurnPlan[], last: readonly IrBlock[], tools: readonly IrTool[]): IrMessage[] {
  const messages: IrMessage[] = [];
  let results: readonly IrBlock[] = [];
  for (const [at, turn] of turns.entries()) {
    messages.push({ role: "user", content: [...results, ...turn.asked] });
    const calls = tools.length === 0 ? [] : turn.calls.map((plan, i) => callOf(plan, `${at}${i}`, tools));
    const said = turn.said ?? (calls.length === 0 ? { type: "text" as const, text: "ok" } : undefined);
    const content = [turn.thought, said, ...calls].filter((block) => block !== undefined);
    messages.push({ role: "assistant", content });
    results = resultsOf(turn, calls);
  }
  messages.push({ role: "user", content: [...results, ...last] });
  return messages;
}

function callOf(plan: CallPlan, suffix: string, tools: readonly IrTool[]): ToolCallBlock {
  const { name } = tools[plan.tool % tools.length] as IrTool;
  return { type: "tool-call", id: plan.id + suffix, name, arguments: plan.args, kind: "function" };
}

function resultsOf(turn: TurnPlan, calls: readonly ToolCallBlock[]): ToolResultBlock[] {
  const results = calls.map((call, i): ToolResultBlock => {
    const { result, isError } = turn.calls[i] as CallPlan;
    const content = result === "" ? [] : [{ type: "text" as const, text: result }];
    return { type: "tool-result", callId: call.id, name: call.name, content, isError, kind: "function" };
  });
  return turn.isShuffled ? results.reverse() : results;
}
