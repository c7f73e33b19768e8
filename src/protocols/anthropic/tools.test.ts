import { describe, expect, test } from "bun:test";
import type { Loss } from "../../core/loss.ts";
import type { IrTool, IrToolChoice } from "../../core/request.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";
import { counter, ignoreLoss, irRequest, target } from "./test-support.ts";
import { wireToolId, wireToolName } from "./tool-names.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";

const fn = (name: string, extra: Partial<Extract<IrTool, { type: "function" }>> = {}): IrTool => ({
  type: "function",
  name,
  parameters: { type: "object", properties: {} },
  ...extra,
});

function encode(tools: readonly IrTool[], overrides = {}, model = "claude-sonnet-4-6") {
  const { value, losses } = encodeRequest(irRequest({ tools, ...overrides }), target(model), counter());
  return { body: value.body as Record<string, unknown>, losses: losses.map((loss: Loss) => loss.feature), call: value };
}

describe("tool declarations", () => {
  test("trap 33: a null description is left out", () => {
    const { tools } = decodeTools([{ name: "f", description: null, input_schema: { type: "object" } }]);
    expect(encode(tools).body["tools"]).toEqual([{ name: "f", input_schema: { type: "object", properties: {} } }]);
  });

  test("trap 35: long and illegal names are shortened and told to the decoder of the answer", () => {
    const name = `mcp.server/${"x".repeat(200)}`;
    const { body, call } = encode([fn(name)]);
    const [tool] = body["tools"] as { name: string }[];
    expect(tool?.name).toMatch(/^[a-zA-Z0-9_-]{1,128}$/);
    expect(call.decode.toolNames?.get(tool?.name ?? "")).toBe(name);
  });

  test("names of a namespace are joined and turned back", () => {
    const { body, call } = encode([fn("read", { namespace: "files" })]);
    expect(body["tools"]).toMatchObject([{ name: "files__read" }]);
    expect(call.decode.toolNames?.get("files__read")).toBe("read");
  });

  test("trap 36: strict is sent only where the schema closes its objects", () => {
    const closed = { type: "object", properties: {}, additionalProperties: false };
    expect(encode([fn("a", { strict: true, parameters: closed })]).body["tools"]).toMatchObject([{ strict: true }]);
    const open = encode([fn("a", { strict: true })]);
    expect(open.body["tools"]).toEqual([{ name: "a", input_schema: { type: "object", properties: {} } }]);
    expect(open.losses).toEqual(["strict-tool"]);
  });

  test("the first declaration of a name counts", () => {
    const { body, losses } = encode([fn("a", { description: "first" }), fn("a", { description: "second" })]);
    expect(body["tools"]).toMatchObject([{ description: "first" }]);
    expect(losses).toEqual(["duplicate-tool"]);
  });

  test("trap 44: a free-text tool becomes a function with its grammar in the description", () => {
    const tool: IrTool = {
      type: "custom",
      name: "apply_patch",
      description: "Edit files.",
      format: { type: "grammar", syntax: "lark", definition: "start: x" },
    };
    const { body } = encode([tool]);
    expect(body["tools"]).toMatchObject([
      {
        name: "apply_patch",
        description: "Edit files.\n\nThe input must follow this lark grammar:\nstart: x",
        input_schema: { required: ["input"] },
      },
    ]);
  });

  test("trap 45: a function called web_search stays a function", () => {
    const { tools } = decodeTools([{ name: "web_search", input_schema: { type: "object", properties: {} } }]);
    expect(tools[0]?.type).toBe("function");
  });

  test("trap 37: nothing of another protocol's payload is left in a declaration", () => {
    const { body } = encode([fn("a", { description: "d" })]);
    expect(Object.keys((body["tools"] as object[])[0] ?? {}).sort()).toEqual(["description", "input_schema", "name"]);
  });

  test("tools that Anthropic defines and the client runs get their documented schema, and go back as they were", () => {
    const wire = [
      { type: "bash_20250124", name: "bash", cache_control: { type: "ephemeral" } },
      { type: "text_editor_20250728", name: "str_replace_based_edit_tool", max_characters: 10 },
      { type: "computer_20251124", name: "computer", display_width_px: 10, display_height_px: 20 },
      { type: "memory_20250818", name: "memory" },
    ];
    const request = decodeRequest(
      { model: "m", max_tokens: 5, messages: [{ role: "user", content: "x" }], tools: wire },
      ignoreLoss,
    );
    expect(request.tools.every((tool) => tool.type === "function" && tool.parameters !== undefined)).toBe(true);
    const { value } = encodeRequest(request, target(), counter());
    expect((value.body as { tools: unknown }).tools).toEqual(wire);
  });

  test("server tools and toolsets are kept for this protocol", () => {
    const { tools } = decodeTools([
      { type: "web_search_20260318", name: "web_search", allowed_domains: ["a.b"], max_uses: 2 },
      { type: "browser_toolset_20260801" },
      { type: "mcp_toolset", mcp_server_name: "deep" },
    ]);
    expect(tools).toMatchObject([
      { type: "server", tool: "web-search", allowedDomains: ["a.b"], maxUses: 2 },
      { type: "server", tool: "other", name: "browser_toolset_20260801" },
      { type: "server", tool: "mcp", name: "deep" },
    ]);
  });

  test("hosted tools of other providers become ours or are lost", () => {
    const server = (tool: Extract<IrTool, { type: "server" }>["tool"], extra = {}): IrTool => ({
      type: "server",
      tool,
      name: tool,
      origin: "openai-responses",
      wire: {},
      ...extra,
    });
    const { body, losses, call } = encode([
      server("web-search", {
        allowedDomains: ["x.y"],
        userLocation: { type: "approximate", country: "DE", city: null },
      }),
      server("code-execution"),
      server("file-search"),
      server("mcp", { wire: { server_label: "l", server_url: "https://m", authorization: "t", allowed_tools: ["a"] } }),
    ]);
    expect(body["tools"]).toEqual([
      {
        type: "web_search_20250305",
        name: "web_search",
        allowed_domains: ["x.y"],
        user_location: { type: "approximate", country: "DE" },
      },
      { type: "code_execution_20250825", name: "code_execution" },
      {
        type: "mcp_toolset",
        mcp_server_name: "l",
        default_config: { enabled: false },
        configs: { a: { enabled: true } },
      },
    ]);
    expect(body["mcp_servers"]).toEqual([{ type: "url", name: "l", url: "https://m", authorization_token: "t" }]);
    expect(call.headers["anthropic-beta"]).toBe("mcp-client-2025-11-20");
    expect(losses).toEqual(["server-tool-file-search"]);
  });
});

describe("tool choice", () => {
  const choices: readonly [unknown, IrToolChoice | undefined, boolean | undefined][] = [
    [{ type: "auto" }, { type: "auto" }, undefined],
    [{ type: "any", disable_parallel_tool_use: true }, { type: "required" }, false],
    [{ type: "none" }, { type: "none" }, undefined],
    [{ type: "tool", name: "f", disable_parallel_tool_use: false }, { type: "tool", name: "f" }, true],
  ];
  for (const [wire, toolChoice, parallelToolCalls] of choices) {
    test(`${JSON.stringify(wire)} is read and written back`, () => {
      expect(decodeToolChoice(wire)).toEqual({ toolChoice, parallelToolCalls });
      const request = decodeRequest(
        {
          model: "m",
          messages: [{ role: "user", content: "x" }],
          tools: [{ name: "f", input_schema: {} }],
          tool_choice: wire,
        },
        ignoreLoss,
      );
      const { value } = encodeRequest(request, target(), counter());
      expect((value.body as Record<string, unknown>)["tool_choice"]).toEqual(wire);
    });
  }

  test("trap 5: forced tools on a model that refuses them become auto, and only the demanded tool is sent", () => {
    const named = encode([fn("a"), fn("b")], { toolChoice: { type: "tool", name: "b" } }, "claude-opus-5-5");
    expect(named.body["tool_choice"]).toEqual({ type: "auto" });
    expect(named.body["tools"]).toMatchObject([{ name: "b" }]);
    expect(named.losses).toEqual(["forced-tool-choice"]);
    const any = encode(
      [fn("a"), fn("b")],
      { toolChoice: { type: "required" }, reasoning: { effort: "high" } },
      "claude-sonnet-4-5",
    );
    expect(any.body["tool_choice"]).toEqual({ type: "auto" });
    expect(any.body["tools"]).toHaveLength(2);
    const thinking = { toolChoice: { type: "tool", name: "b" }, reasoning: { mode: "enabled", budgetTokens: 2000 } };
    const one = encode([fn("a"), fn("b")], thinking, "claude-opus-4-1");
    expect(one.body).toMatchObject({ tool_choice: { type: "auto" }, tools: [{ name: "b" }] });
    expect(one.body["tools"]).toHaveLength(1);
    const set = { toolChoice: { type: "allowed", mode: "required", names: ["a", "b"] } };
    expect(encode([fn("a"), fn("b"), fn("c")], set, "claude-opus-5-5").body).toMatchObject({
      tool_choice: { type: "auto" },
      tools: [{ name: "a" }, { name: "b" }],
    });
    const adaptive = encode(
      [fn("a")],
      { toolChoice: { type: "required" }, reasoning: { effort: "high" } },
      "claude-opus-4-8",
    );
    expect(adaptive.body["tool_choice"]).toEqual({ type: "any" });
  });

  test("trap 38: a named tool is written flat", () => {
    expect(encode([fn("a")], { toolChoice: { type: "tool", name: "a" } }).body["tool_choice"]).toEqual({
      type: "tool",
      name: "a",
    });
  });

  test("trap 39: no tools, no choice", () => {
    const { body } = encode([], { toolChoice: { type: "required" }, parallelToolCalls: false });
    expect("tool_choice" in body).toBe(false);
    expect("tools" in body).toBe(false);
  });

  test("trap 40: parallel calls are only restricted when the client said so", () => {
    expect("tool_choice" in encode([fn("a")]).body).toBe(false);
    expect("tool_choice" in encode([fn("a")], { parallelToolCalls: true }).body).toBe(false);
    expect(encode([fn("a")], { parallelToolCalls: false }).body["tool_choice"]).toEqual({
      type: "auto",
      disable_parallel_tool_use: true,
    });
  });

  test("a set of allowed tools filters the declarations", () => {
    const { body } = encode([fn("a"), fn("b"), fn("c")], {
      toolChoice: { type: "allowed", mode: "required", names: ["a", "c"] },
    });
    expect(body["tools"]).toMatchObject([{ name: "a" }, { name: "c" }]);
    expect(body["tool_choice"]).toEqual({ type: "any" });
  });
});

describe("names and ids", () => {
  test("trap 21: ids with illegal characters are cleaned, deterministically and without collisions", () => {
    const ids = ["functions.x:0", "functions.x.0", "functions_x_0"].map(wireToolId);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(wireToolId("functions.x:0")).toBe(ids[0] ?? "");
    expect(wireToolId("toolu_01AB")).toBe("toolu_01AB");
  });

  test("gemini trap 14: ids of any length fit", () => {
    expect(wireToolId("a".repeat(300))).toMatch(/^[a-zA-Z0-9_-]{64}$/);
    expect(wireToolId("")).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(wireToolName("a".repeat(128))).toBe("a".repeat(128));
  });
});

test("arguments that nest too deep to be written again are kept as text", () => {
  const deep = `${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`;
  const call = { type: "tool-call" as const, id: "t", name: "f", arguments: deep, kind: "function" as const };
  const request = irRequest({ messages: [{ role: "assistant", content: [call] }] });
  expect(() => JSON.stringify(encodeRequest(request, target(), counter()).value.body)).not.toThrow();
});
