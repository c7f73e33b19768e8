import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../core/protocol-id.ts";
import { agentPlan, findShellTool, shellCall } from "./agent-plan.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

const COMMAND_SCHEMA = {
  type: "object",
  properties: { command: { type: "string" }, description: { type: "string" } },
  required: ["command"],
};

interface Format {
  readonly protocol: ProtocolId;
  readonly path: string;
  /** A request without tool results, with one, and the call and text of an answer. */
  readonly first: unknown;
  readonly second: (call: { name: string; id: string; args: string }) => unknown;
  readonly plain: unknown;
  readonly callOf: (body: Body) => { name: string; id: string; args: string };
  readonly textOf: (body: Body) => string;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of four formats, each read by its own two accessors below
type Body = any;

const FORMATS: readonly Format[] = [
  {
    protocol: "anthropic",
    path: "/v1/messages",
    first: { tools: [{ name: "Bash", input_schema: COMMAND_SCHEMA }], messages: [{ role: "user", content: "go" }] },
    second: (call) => ({
      tools: [{ name: "Bash", input_schema: COMMAND_SCHEMA }],
      messages: [
        { role: "user", content: "go" },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: call.id, name: call.name, input: JSON.parse(call.args) }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call.id, content: [{ type: "text", text: "OUT 42" }] }],
        },
      ],
    }),
    plain: { messages: [{ role: "user", content: "title?" }] },
    callOf: (body) => {
      const block = body.content.find((each: Body) => each.type === "tool_use");
      return { name: block.name, id: block.id, args: JSON.stringify(block.input) };
    },
    textOf: (body) => body.content.find((each: Body) => each.type === "text").text,
  },
  {
    protocol: "openai-chat",
    path: "/v1/chat/completions",
    first: {
      tools: [{ type: "function", function: { name: "bash", parameters: COMMAND_SCHEMA } }],
      messages: [{ role: "user", content: "go" }],
    },
    second: (call) => ({
      tools: [{ type: "function", function: { name: "bash", parameters: COMMAND_SCHEMA } }],
      messages: [
        { role: "user", content: "go" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: call.id, type: "function", function: { name: call.name, arguments: call.args } }],
        },
        { role: "tool", tool_call_id: call.id, content: "OUT 42" },
      ],
    }),
    plain: { messages: [{ role: "user", content: "title?" }] },
    callOf: (body) => {
      const call = body.choices[0].message.tool_calls[0];
      return { name: call.function.name, id: call.id, args: call.function.arguments };
    },
    textOf: (body) => body.choices[0].message.content,
  },
  {
    protocol: "openai-responses",
    path: "/v1/responses",
    first: {
      tools: [
        {
          type: "function",
          name: "exec_command",
          parameters: { type: "object", properties: { cmd: { type: "string" } } },
        },
      ],
      input: "go",
    },
    second: (call) => ({
      tools: [
        {
          type: "function",
          name: "exec_command",
          parameters: { type: "object", properties: { cmd: { type: "string" } } },
        },
      ],
      input: [
        { role: "user", content: "go" },
        { type: "function_call", call_id: call.id, name: call.name, arguments: call.args },
        { type: "function_call_output", call_id: call.id, output: "OUT 42" },
      ],
    }),
    plain: { input: "title?" },
    callOf: (body) => {
      const item = body.output.find((each: Body) => each.type === "function_call");
      return { name: item.name, id: item.call_id, args: item.arguments };
    },
    textOf: (body) => body.output.find((each: Body) => each.type === "message").content[0].text,
  },
  {
    protocol: "gemini",
    path: "/v1beta/models/gemini-x:generateContent",
    first: {
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parametersJsonSchema: COMMAND_SCHEMA }] }],
      contents: [{ parts: [{ text: "go" }] }],
    },
    second: (call) => ({
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parametersJsonSchema: COMMAND_SCHEMA }] }],
      contents: [
        { role: "user", parts: [{ text: "go" }] },
        { role: "model", parts: [{ functionCall: { name: call.name, args: JSON.parse(call.args) } }] },
        { role: "user", parts: [{ functionResponse: { name: call.name, response: { output: "OUT 42" } } }] },
      ],
    }),
    plain: { contents: [{ parts: [{ text: "title?" }] }] },
    callOf: (body) => {
      const call = body.candidates[0].content.parts.find((part: Body) => part.functionCall).functionCall;
      return { name: call.name, id: call.id, args: JSON.stringify(call.args) };
    },
    textOf: (body) => body.candidates[0].content.parts.find((part: Body) => part.text).text,
  },
];

async function post(path: string, body: unknown): Promise<Body> {
  const response = await fetch(simulator.url + path, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

describe.each(FORMATS)("an agent run in $protocol", (format) => {
  test("calls the offered shell tool, then quotes its output", async () => {
    simulator.setPlan(agentPlan({ commands: ["echo hi"] }));
    const call = format.callOf(await post(format.path, format.first));
    expect(Object.values(JSON.parse(call.args))).toContain("echo hi");
    const final = await post(format.path, format.second(call));
    expect(format.textOf(final)).toEndWith("OUT 42");
    expect(() => format.callOf(final)).toThrow();
  });

  test("takes one command after the other, and repeats a step when it is asked again", async () => {
    simulator.setPlan(agentPlan({ commands: ["first", "second"] }));
    const call = format.callOf(await post(format.path, format.first));
    const again = format.callOf(await post(format.path, format.first));
    expect(again.args).toBe(call.args);
    expect(format.callOf(await post(format.path, format.second(call))).args).toContain("second");
  });

  test("answers requests without tools with text", async () => {
    simulator.setPlan(agentPlan({ commands: ["echo hi"], plainText: "A title" }));
    expect(format.textOf(await post(format.path, format.plain))).toBe("A title");
  });
});

test("Codex's code mode gets a script as a custom tool's call, and its output is read back", async () => {
  simulator.setPlan(agentPlan({ commands: ["echo hi"] }));
  const exec = { type: "namespace", name: "functions", tools: [{ type: "custom", name: "exec" }] };
  const offer = { type: "additional_tools", role: "developer", tools: [exec] };
  const first = await post("/v1/responses", { input: [offer] });
  const call = first.output.find((each: Body) => each.type === "custom_tool_call");
  expect(call).toMatchObject({ name: "exec", namespace: "functions" });
  expect(call.input).toContain('tools.exec_command({ cmd: "echo hi" })');
  const output = { type: "custom_tool_call_output", call_id: call.call_id, output: "OUT 42" };
  const final = await post("/v1/responses", { input: [offer, call, output] });
  expect(final.output.at(-1).content[0].text).toEndWith("OUT 42");
});

test("faults are chosen by step and attempt", async () => {
  simulator.setPlan(
    agentPlan({
      commands: ["x"],
      faults: (step, attempt) => (step === 0 && attempt === 0 ? { error: "overloaded" } : undefined),
    }),
  );
  const format = FORMATS[0];
  if (!format) throw new Error("no format");
  expect((await post(format.path, format.first)).error.type).toBe("overloaded_error");
  expect(format.callOf(await post(format.path, format.first)).name).toBe("Bash");
});

test("a wanted schema gets an answer that fits it", async () => {
  simulator.setPlan(agentPlan({ commands: [] }));
  const schema = {
    type: "object",
    properties: { title: { type: "string" }, kind: { enum: ["a", "b"] }, n: { type: "integer" } },
    required: ["title", "kind"],
  };
  const body = await post("/v1/messages", { messages: [], output_config: { format: { type: "json_schema", schema } } });
  expect(JSON.parse(body.content[0].text)).toEqual({ title: "simulated", kind: "a" });
});

describe("shell tools", () => {
  const CASES = [
    {
      name: "Claude Code",
      tool: { name: "Bash", schema: COMMAND_SCHEMA },
      expected: { command: "ls", description: expect.any(String) },
    },
    {
      name: "Codex",
      tool: { name: "exec_command", schema: { properties: { cmd: { type: "string" } } } },
      expected: { cmd: "ls" },
    },
    {
      name: "older Codex",
      tool: { name: "shell", schema: { properties: { command: { type: "array", items: { type: "string" } } } } },
      expected: { command: ["bash", "-lc", "ls"] },
    },
    {
      name: "shell_command",
      tool: { name: "shell_command", schema: { properties: { command: { type: "string" } } } },
      expected: { command: "ls" },
    },
    {
      name: "Gemini CLI",
      tool: {
        name: "run_shell_command",
        schema: {
          properties: { command: { type: "string" }, is_background: { type: "boolean" } },
          required: ["command", "is_background"],
        },
      },
      expected: { command: "ls", is_background: false },
    },
  ];
  test.each(CASES)("of $name get the arguments they expect", ({ tool, expected }) => {
    expect(shellCall(tool, "ls")).toEqual({ name: tool.name, arguments: expected });
  });

  test("behind a function that runs scripts are reached by a script", () => {
    const call = shellCall({ name: "functions__exec", schema: {} }, 'echo "hi"');
    expect(call.arguments).toEqual({ input: expect.stringContaining('{ cmd: "echo \\"hi\\"" }') });
  });

  test("are found among others", () => {
    const tools = ["Read", "exec_command", "bash"].map((name) => ({ name, schema: {} }));
    expect(findShellTool(tools)?.name).toBe("bash");
    expect(findShellTool([{ name: "Read", schema: {} }])).toBeUndefined();
  });
});
