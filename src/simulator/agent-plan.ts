// Plays the model for a real coding agent: one shell call per scripted command, then a final text that quotes the output.

import type { SimAnswer, SimToolCall } from "./answer.ts";
import { type OfferedTool, readConversation } from "./conversation.ts";
import { minimalInstance } from "./minimal-instance.ts";
import type { PlanSource, SimPlan } from "./script.ts";
import type { SimRequest } from "./sim-request.ts";

/** What a scripted agent run says and does. */
export interface AgentScript {
  /** Run one after the other, each as a turn of its own. */
  readonly commands: readonly string[];
  /** Text before every call; default names the command. */
  readonly text?: string | undefined;
  readonly thinking?: string | undefined;
  /** Start of the final text, which ends with the last tool output. */
  readonly finalText?: string | undefined;
  /** Answer to requests without tools (titles, probes). */
  readonly plainText?: string | undefined;
  /** UTF-16 units per streamed piece. */
  readonly chunkSize?: number | undefined;
  /**
   * Faults for a turn: `step` counts the tool results seen so far, `attempt` how often that step was asked before.
   * Undefined means none.
   */
  readonly faults?: ((step: number, attempt: number, request: SimRequest) => Partial<SimPlan> | undefined) | undefined;
}

/** Names of the shell tools that coding agents offer, best first. */
const SHELL_TOOLS = ["Bash", "bash", "exec_command", "shell_command", "shell", "run_shell_command"];
/** Codex's code mode: a script that may call its shell tool; the second name is what a gateway may make of it. */
const SCRIPT_TOOLS = ["exec", "functions__exec"];

/**
 * The plan of an agent run, for all four formats. Progress is read from the request itself (the number of tool results
 * in the conversation), so repeated and fail-over requests get the same answer again. Requests that want a schema get
 * its smallest instance.
 */
export function agentPlan(script: AgentScript): PlanSource {
  const attempts = new Map<number, number>();
  return (request) => {
    if (request.route.operation !== "generate") return {};
    const conversation = readConversation(request);
    const tool = findShellTool(conversation.tools);
    if (!tool) return { answer: plainAnswer(script, conversation.answerSchema) };
    const step = conversation.toolResults.length;
    const attempt = attempts.get(step) ?? 0;
    attempts.set(step, attempt + 1);
    const command = script.commands[step];
    const answer =
      command === undefined ? finalAnswer(script, conversation.toolResults) : callAnswer(script, tool, command);
    return { answer, ...script.faults?.(step, attempt, request) };
  };
}

/** The shell tool among the offered ones, or else the tool whose scripts can reach it. */
export function findShellTool(tools: readonly OfferedTool[]): OfferedTool | undefined {
  for (const name of [...SHELL_TOOLS, ...SCRIPT_TOOLS]) {
    const tool = tools.find((candidate) => candidate.name === name);
    if (tool) return tool;
  }
  return undefined;
}

/** A call of a shell tool, with the arguments its schema asks for. */
export function shellCall(tool: OfferedTool, command: string): SimToolCall {
  const { name, namespace, isCustom } = tool;
  if (SCRIPT_TOOLS.includes(name)) return { name, namespace, isCustom, arguments: { input: shellScript(command) } };
  const properties = (tool.schema["properties"] ?? {}) as Readonly<Record<string, unknown>>;
  const filler = minimalInstance(tool.schema);
  const others = typeof filler === "object" && filler !== null ? (filler as Record<string, unknown>) : {};
  if ("description" in properties) others["description"] = "Runs the scripted command";
  const isCmd = "cmd" in properties || tool.name === "exec_command";
  const type = ((properties["command"] ?? {}) as { type?: unknown }).type;
  const isList = !isCmd && (type === "array" || type === "ARRAY" || (type === undefined && tool.name === "shell"));
  const value = isList ? ["bash", "-lc", command] : command;
  return { name, namespace, arguments: { ...others, [isCmd ? "cmd" : "command"]: value } };
}

/** JavaScript for Codex's code mode. @source Codex 0.169.0, description of its `exec` tool, seen 2026-11 */
function shellScript(command: string): string {
  return `const result = await tools.exec_command({ cmd: ${JSON.stringify(command)} });\ntext(result.output);\n`;
}

function callAnswer(script: AgentScript, tool: OfferedTool, command: string): SimAnswer {
  return {
    ...common(script),
    text: script.text ?? `I will run \`${command}\`.`,
    toolCalls: [shellCall(tool, command)],
  };
}

function finalAnswer(script: AgentScript, toolResults: readonly string[]): SimAnswer {
  return {
    ...common(script),
    text: `${script.finalText ?? "Done. The command printed:"}\n${toolResults.at(-1) ?? ""}`,
  };
}

function common(script: AgentScript): SimAnswer {
  return { thinking: script.thinking, chunkSize: script.chunkSize };
}

function plainAnswer(script: AgentScript, schema: unknown): SimAnswer {
  if (schema !== undefined) return { text: JSON.stringify(minimalInstance(schema)) };
  return { text: script.plainText ?? "Scripted answer." };
}
