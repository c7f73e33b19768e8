import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrTool } from "../../core/request.ts";
import { irRequest, TARGET } from "./__fixtures__/contexts.ts";
import { builtinOfDeclaration, builtinOfTool, encodeBuiltinCall } from "./builtin-tools.ts";
import { encodeRequest } from "./encode-request.ts";
import { isStrictSchema, objectRootSchema } from "./schema.ts";
import { encodeToolChoice } from "./tool-choice.ts";
import { flattenToolName, wireCallId, wireToolName } from "./tool-names.ts";
import { decodeTools, encodeTools, replyTools, unwrapCustomInput } from "./tools.ts";
import type { JsonObject } from "./wire.ts";

const OBJECT = { type: "object", properties: {} };

function encode(tools: IrTool[], isNative = false): { tools: readonly JsonObject[]; losses: Loss[] } {
  const losses: Loss[] = [];
  return { tools: encodeTools(tools, isNative, losses).tools, losses };
}

describe("declarations for the wire", () => {
  test("traps 33, 34 and 36: no null description, an object root, strict said explicitly and only where it can hold", () => {
    const open = { type: "object", properties: { a: { type: "string" } } };
    expect(encode([{ type: "function", name: "f" }]).tools).toEqual([
      { type: "function", name: "f", parameters: OBJECT, strict: false },
    ]);
    expect(encode([{ type: "function", name: "f", parameters: { description: "d" } }]).tools[0]).toMatchObject({
      parameters: { ...OBJECT, description: "d" },
    });
    expect(encode([{ type: "function", name: "f", parameters: { type: "object", properties: null } }]).tools).toEqual([
      { type: "function", name: "f", parameters: OBJECT, strict: false },
    ]);
    expect(decodeTools([{ type: "function", name: "f", description: null }], "tools", () => undefined)).toEqual([
      { type: "function", name: "f" },
    ]);
    const { tools, losses } = encode([{ type: "function", name: "f", parameters: open, strict: true }]);
    expect(tools[0]?.["strict"]).toBe(false);
    expect(losses.map((loss) => loss.feature)).toEqual(["strict-tool-schema"]);
    expect(encode([{ type: "function", name: "f", parameters: open, strict: true }], true).tools[0]?.["strict"]).toBe(
      true,
    );
  });

  test("trap 35: long names are shortened and given back through the map", () => {
    const name = "x".repeat(80);
    const request = irRequest({ tools: [{ type: "function", name }], toolChoice: { type: "tool", name } });
    const { value } = encodeRequest(request, TARGET, () => "x");
    const wire = wireToolName(name);
    expect(wire).toMatch(/^x{55}_[0-9a-f]{8}$/);
    expect(value.decode.toolNames?.get(wire)).toBe(name);
    expect(value.body).toMatchObject({ tools: [{ name: wire }], tool_choice: { type: "function", name: wire } });
  });

  test("the first declaration of a name wins", () => {
    const { tools, losses } = encode([
      { type: "function", name: "f", description: "1" },
      { type: "function", name: "f", description: "2" },
    ]);
    expect(tools).toHaveLength(1);
    expect(losses.map((loss) => loss.feature)).toEqual(["duplicate-tool"]);
  });

  test("namespaces are put together again", () => {
    const { tools } = encode([
      { type: "function", name: "a", namespace: "ns" },
      { type: "function", name: "b" },
      { type: "custom", name: "c", namespace: "ns" },
    ]);
    expect(tools).toMatchObject([
      { type: "namespace", name: "ns", tools: [{ name: "a" }, { name: "c" }] },
      { name: "b" },
    ]);
  });

  test("trap 45: a function named like a server tool stays a function", () => {
    expect(encode([{ type: "function", name: "web_search" }]).tools[0]?.["type"]).toBe("function");
  });

  test("foreign searches and code runs have counterparts, other server tools are dropped", () => {
    const server = (tool: "web-search" | "code-execution" | "web-fetch", more: object = {}): IrTool => ({
      type: "server",
      tool,
      name: tool,
      origin: "anthropic",
      wire: {},
      ...more,
    });
    const search = server("web-search", { allowedDomains: ["x.example"], blockedDomains: ["y.example"], maxUses: 3 });
    const { tools, losses } = encode([search, server("code-execution"), server("web-fetch")]);
    expect(tools).toEqual([
      { type: "web_search", filters: { allowed_domains: ["x.example"] } },
      { type: "code_interpreter", container: { type: "auto" } },
    ]);
    expect(losses.map((loss) => loss.feature)).toEqual([
      "blocked-domains",
      "server-tool-max-uses",
      "code-execution-tool",
      "web-fetch-tool",
    ]);
    expect(encodeTools([search], false, []).maxToolCalls).toBe(3);
    const sized = { ...search, origin: "openai-chat" as const, wire: { search_context_size: "low" } };
    expect(encodeTools([sized], false, []).tools).toMatchObject([{ search_context_size: "low" }]);
  });

  test("traps 39 and 40: without tools there is neither choice nor parallelism, and neither is made up", () => {
    const request = irRequest({ toolChoice: { type: "required" }, parallelToolCalls: false });
    const body = encodeRequest(request, TARGET, () => "x").value.body;
    expect(body).not.toHaveProperty("tool_choice");
    expect(body).not.toHaveProperty("parallel_tool_calls");
    const withTool = irRequest({ tools: [{ type: "function", name: "f" }] });
    expect(encodeRequest(withTool, TARGET, () => "x").value.body).not.toHaveProperty("parallel_tool_calls");
  });
});

test("trap 38: choices are written flat, allowed tools as a list, unknown ones as auto", () => {
  const tools: IrTool[] = [
    { type: "function", name: "f" },
    { type: "custom", name: "c" },
    { type: "function", name: "g", namespace: "ns" },
  ];
  const losses: Loss[] = [];
  expect(encodeToolChoice({ type: "tool", name: "f" }, tools, losses)).toEqual({ type: "function", name: "f" });
  expect(encodeToolChoice({ type: "tool", name: "c" }, tools, losses)).toEqual({ type: "custom", name: "c" });
  expect(encodeToolChoice({ type: "allowed", mode: "required", names: ["f", "ns__g"] }, tools, losses)).toEqual({
    type: "allowed_tools",
    mode: "required",
    tools: [
      { type: "function", name: "f" },
      { type: "function", name: "g", namespace: "ns" },
    ],
  });
  expect(losses).toEqual([]);
  expect(encodeToolChoice({ type: "tool", name: "gone" }, tools, losses)).toBe("auto");
  expect(losses).toHaveLength(1);
});

describe("names and ids", () => {
  test("flattening joins namespace and name with two underscores", () => {
    expect(flattenToolName("t", undefined)).toBe("t");
    expect(flattenToolName("t", "ns")).toBe("ns__t");
  });

  test("ids that fit stay, others become fitting, different and always the same", () => {
    expect(wireCallId("call_A-1")).toBe("call_A-1");
    expect(wireCallId("a:b")).toMatch(/^a_b_[0-9a-f]{8}$/);
    expect(wireCallId("a:b")).toBe(wireCallId("a:b"));
    expect(wireCallId("a:b")).not.toBe(wireCallId("a.b"));
    expect(wireCallId("x".repeat(200)).length).toBeLessThanOrEqual(64);
  });
});

describe("built-in tools", () => {
  test("are recognised by declaration, never by name", () => {
    const [shell] = decodeTools([{ type: "shell" }], "tools", () => undefined);
    const [own] = decodeTools([{ type: "function", name: "shell", parameters: OBJECT }], "tools", () => undefined);
    expect(builtinOfTool(shell as IrTool)?.callType).toBe("shell_call");
    expect(builtinOfTool(own as IrTool)).toBeUndefined();
    expect(builtinOfDeclaration({ type: "shell", environment: { type: "container_auto" } })).toBeUndefined();
  });

  test.each([
    ["local_shell", '{"command":["ls","-l"]}', { action: { type: "exec", command: ["ls", "-l"], env: {} } }],
    ["shell", '{"command":"ls"}', { action: { commands: ["ls"], timeout_ms: null, max_output_length: null } }],
    ["apply_patch", '{"type":"delete_file","path":"a"}', { operation: { type: "delete_file", path: "a" } }],
    ["apply_patch", '{"path":"a"}', undefined],
    ["shell", "not json", undefined],
  ])("%s takes the arguments %s", (type, text, expected) => {
    const builtin = builtinOfDeclaration({ type });
    const fields = builtin && encodeBuiltinCall(builtin, text);
    if (expected === undefined) expect(fields).toBeUndefined();
    else expect(fields).toMatchObject(expected);
  });

  test("shell outputs become text with their failures", () => {
    const builtin = builtinOfDeclaration({ type: "shell" });
    const output = [
      { stdout: "a", stderr: "", outcome: { type: "exit", exit_code: 0 } },
      { stdout: "", stderr: "b", outcome: { type: "exit", exit_code: 2 } },
      { stdout: "", stderr: "", outcome: { type: "timeout" } },
    ];
    expect(builtin?.decodeOutput({ output })).toEqual({ text: "a\nb\n[exit code 2]\n[timed out]", isError: true });
  });
});

test.each([
  ['{"input":"x\\ny"}', "x\ny", true],
  ['{"patch":"x"}', "x", false],
  ['"x"', "x", false],
  ["plain", "plain", false],
  ['{"a":"1","b":"2"}', '{"a":"1","b":"2"}', false],
])("custom input is unwrapped from %s", (text, input, isExact) => {
  expect(unwrapCustomInput(text)).toEqual({ input, isExact });
});

test("reply tools are found by the flattened name", () => {
  const tools = replyTools(irRequest({ tools: [{ type: "custom", name: "p", namespace: "ns" }] }));
  expect(tools.get("ns__p")).toEqual({ name: "p", namespace: "ns", isCustom: true, builtin: undefined });
});

test("a namespace that ends in the separator is found with and without a second one", () => {
  const tool = { type: "function", name: "read", namespace: "mcp__files__" } as const;
  const tools = replyTools(irRequest({ tools: [tool] }));
  for (const name of ["mcp__files__read", "mcp__files____read"]) {
    expect(tools.get(name)).toMatchObject({ name: "read", namespace: "mcp__files__" });
  }
});

describe("schemas", () => {
  test("a fine root is handed on as it is", () => {
    const schema = { type: "object", properties: { a: {} } };
    expect(objectRootSchema(schema).schema).toBe(schema);
  });

  test("a union at the root becomes one object with all properties", () => {
    const union = {
      anyOf: [
        { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
        { type: "object", properties: { b: { type: "string" } }, required: ["b"] },
      ],
    };
    expect(objectRootSchema(union)).toEqual({
      schema: { type: "object", properties: { a: { type: "string" }, b: { type: "string" } } },
      isLoosened: true,
    });
    expect(objectRootSchema({ allOf: union.anyOf }).schema["required"]).toEqual(["a", "b"]);
  });

  test("strictness is judged in depth", () => {
    const leaf = { type: "object", properties: { x: {} }, required: ["x"], additionalProperties: false };
    const outer = (items: unknown): object => ({
      type: "object",
      properties: { list: { type: "array", items } },
      required: ["list"],
      additionalProperties: false,
    });
    expect(isStrictSchema(outer(leaf))).toBe(true);
    expect(isStrictSchema(outer(true))).toBe(true);
    expect(isStrictSchema(outer({ ...leaf, required: [] }))).toBe(false);
    expect(isStrictSchema(outer({ type: "object", properties: {} }))).toBe(false);
  });
});
