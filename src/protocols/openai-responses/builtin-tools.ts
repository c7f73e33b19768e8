// Tools that the client runs but the wire declares without name or schema: local_shell, shell, apply_patch.
// Inside, they are plain functions; a declaration is recognised by its schema object, so that a client's own
// function of the same name (older Codex declares a function `shell`) stays a function.

import type { IrTool } from "../../core/request.ts";
import {
  arrayOf,
  compact,
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  parseJson,
  stringOf,
  textOf,
} from "./wire.ts";

type FunctionTool = Extract<IrTool, { type: "function" }>;

/** How one built-in looks on the wire and as a function. */
export interface BuiltinTool {
  /** `type` of the declaration. */
  readonly declaration: JsonObject;
  readonly callType: string;
  readonly outputType: string;
  readonly tool: FunctionTool;
  /** Fields of the call item for JSON arguments; undefined when the arguments are unusable. */
  encodeCall(args: JsonObject): JsonObject | undefined;
  /** Arguments object of a call item. */
  decodeCall(item: JsonObject): JsonObject;
  /** The wire's form of a text result. */
  encodeOutput(text: string, isError: boolean): JsonObject;
  /** Text and outcome of an output item. */
  decodeOutput(item: JsonObject): { readonly text: string; readonly isError: boolean };
}

const STRING_LIST = { type: "array", items: { type: "string" } } as const;

const LOCAL_SHELL: BuiltinTool = {
  declaration: { type: "local_shell" },
  callType: "local_shell_call",
  outputType: "local_shell_call_output",
  tool: {
    type: "function",
    name: "local_shell",
    description: "Runs one command on the user's machine and returns its output.",
    parameters: {
      type: "object",
      properties: {
        command: { ...STRING_LIST, description: "program and arguments" },
        working_directory: { type: "string" },
        timeout_ms: { type: "number" },
      },
      required: ["command"],
    },
  },
  encodeCall(args) {
    const command = commandsOf(args["command"]);
    if (!command) return undefined;
    return {
      action: compact({
        type: "exec",
        command,
        env: objectOf(args["env"]),
        working_directory: textOf(args["working_directory"]),
        timeout_ms: numberOf(args["timeout_ms"]),
        user: textOf(args["user"]),
      }),
    };
  },
  decodeCall(item) {
    const { type: _type, ...action } = objectOf(item["action"]);
    return action;
  },
  encodeOutput: (text) => ({ output: text }),
  decodeOutput: (item) => ({ text: stringOf(item["output"]) ?? "", isError: false }),
};

const SHELL: BuiltinTool = {
  declaration: { type: "shell", environment: { type: "local" } },
  callType: "shell_call",
  outputType: "shell_call_output",
  tool: {
    type: "function",
    name: "shell",
    description: "Runs shell commands on the user's machine and returns their output.",
    parameters: {
      type: "object",
      properties: {
        commands: { ...STRING_LIST, description: "shell command lines, run one after the other" },
        timeout_ms: { type: "number" },
        max_output_length: { type: "number" },
      },
      required: ["commands"],
    },
  },
  encodeCall(args) {
    const commands = commandsOf(args["commands"] ?? args["command"]);
    if (!commands) return undefined;
    return {
      action: {
        commands,
        timeout_ms: numberOf(args["timeout_ms"]) ?? null,
        max_output_length: numberOf(args["max_output_length"]) ?? null,
      },
      environment: null,
    };
  },
  decodeCall(item) {
    const action = objectOf(item["action"]);
    return compact({
      commands: arrayOf(action["commands"]),
      timeout_ms: numberOf(action["timeout_ms"]),
      max_output_length: numberOf(action["max_output_length"]),
    });
  },
  encodeOutput: (text, isError) => ({
    output: [{ stdout: text, stderr: "", outcome: { type: "exit", exit_code: isError ? 1 : 0 } }],
  }),
  decodeOutput(item) {
    const outputs = objectsOf(item["output"]);
    const text = outputs.map(shellText).join("\n");
    return { text, isError: outputs.some(isShellFailure) };
  },
};

const APPLY_PATCH: BuiltinTool = {
  declaration: { type: "apply_patch" },
  callType: "apply_patch_call",
  outputType: "apply_patch_call_output",
  tool: {
    type: "function",
    name: "apply_patch",
    description: "Creates, updates or deletes one file on the user's machine; `diff` is in V4A form.",
    parameters: {
      type: "object",
      properties: {
        type: { type: "string", enum: ["create_file", "update_file", "delete_file"] },
        path: { type: "string" },
        diff: { type: "string" },
      },
      required: ["type", "path"],
    },
  },
  encodeCall(args) {
    const type = textOf(args["type"]);
    const path = textOf(args["path"]);
    if (!type || !path) return undefined;
    const diff = type === "delete_file" ? undefined : (stringOf(args["diff"]) ?? "");
    return { operation: compact({ type, path, diff }) };
  },
  decodeCall: (item) => objectOf(item["operation"]),
  encodeOutput: (text, isError) => ({ status: isError ? "failed" : "completed", output: text }),
  decodeOutput: (item) => ({ text: stringOf(item["output"]) ?? "", isError: item["status"] === "failed" }),
};

const BUILTINS: readonly BuiltinTool[] = [LOCAL_SHELL, SHELL, APPLY_PATCH];

/** The built-in that a declaration asks for; a `shell` in the provider's container is none, the provider runs it. */
export function builtinOfDeclaration(declaration: JsonObject): BuiltinTool | undefined {
  const type = declaration["type"];
  if (type === "shell" && !isLocal(declaration["environment"])) return undefined;
  return BUILTINS.find((builtin) => builtin.declaration["type"] === type);
}

/** The built-in behind a neutral tool, if it is one. */
export function builtinOfTool(tool: IrTool): BuiltinTool | undefined {
  if (tool.type !== "function") return undefined;
  return BUILTINS.find((builtin) => builtin.tool.parameters === tool.parameters);
}

/** The built-in whose call item this is; undefined for others and for calls that the provider runs. */
export function builtinOfCall(item: JsonObject): BuiltinTool | undefined {
  if (item["type"] === "shell_call" && !isLocal(item["environment"])) return undefined;
  return BUILTINS.find((builtin) => builtin.callType === item["type"]);
}

/** The built-in whose output item this is. */
export function builtinOfOutput(item: JsonObject): BuiltinTool | undefined {
  return BUILTINS.find((builtin) => builtin.outputType === item["type"]);
}

/** Call item fields for a function call's JSON arguments; undefined when they do not fit. */
export function encodeBuiltinCall(builtin: BuiltinTool, argumentsText: string): JsonObject | undefined {
  return builtin.encodeCall(objectOf(parseJson(argumentsText)));
}

function isLocal(environment: unknown): boolean {
  const type = objectOf(environment)["type"];
  return type === undefined || type === "local";
}

function commandsOf(value: unknown): string[] | undefined {
  if (typeof value === "string" && value !== "") return [value];
  const commands = arrayOf(value).filter((part) => typeof part === "string");
  return commands.length > 0 ? commands : undefined;
}

function shellText(output: JsonObject): string {
  const outcome = objectOf(output["outcome"]);
  const parts = [stringOf(output["stdout"]) ?? "", stringOf(output["stderr"]) ?? ""].filter((part) => part !== "");
  if (outcome["type"] === "timeout") parts.push("[timed out]");
  else if (isShellFailure(output)) parts.push(`[exit code ${numberOf(outcome["exit_code"])}]`);
  return parts.join("\n");
}

function isShellFailure(output: JsonObject): boolean {
  const outcome = objectOf(output["outcome"]);
  return outcome["type"] === "timeout" || (numberOf(outcome["exit_code"]) ?? 0) !== 0;
}
