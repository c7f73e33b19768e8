import { describe, expect, test } from "bun:test";
import type { IrTool } from "../core/request.ts";
import { toolText } from "./tool-text.ts";

const weather: IrTool = {
  type: "function",
  name: "weather",
  description: "Get the weather\nof a place",
  parameters: {
    type: "object",
    properties: {
      city: { type: "string", description: "the city" },
      days: { type: "integer", default: 3 },
      unit: { enum: ["c", "f"] },
      tags: { type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } },
      at: { type: ["string", "null"] },
      place: { type: "object", properties: { lat: { type: "number" } }, required: ["lat"] },
      odd: 7,
    },
    required: ["city"],
  },
};

describe("toolText", () => {
  test("writes declarations the way OpenAI's models see them", () => {
    const bare: IrTool = { type: "function", name: "ping", parameters: { type: "object", properties: {} } };
    expect(toolText([weather, bare], "typescript")).toBe(
      [
        "# Tools\n\n## functions\n\nnamespace functions {\n",
        "// Get the weather\n// of a place\ntype weather = (_: {\n// the city\ncity: string,\ndays?: number, // default: 3",
        'unit?: "c" | "f",\ntags?: string | null[],\nat?: string | null,\nplace?: {\nlat: number,\n},\nodd?: any,\n}) => any;\n',
        "type ping = () => any;\n\n} // namespace functions",
      ].join("\n"),
    );
  });

  test("writes JSON for the others", () => {
    const tool: IrTool = { type: "function", name: "ping", description: "d", parameters: { type: "object" } };
    expect(JSON.parse(toolText([tool], "json"))).toEqual({
      name: "ping",
      description: "d",
      parameters: { type: "object" },
    });
    expect(JSON.parse(toolText([tool], "wrapped-json"))).toEqual({
      type: "function",
      function: { name: "ping", description: "d", parameters: { type: "object" } },
    });
  });

  test("keeps grammars as they are and server tools as declared", () => {
    const format = { type: "grammar", syntax: "lark", definition: 'start: "a"\n' };
    const patch: IrTool = { type: "custom", name: "apply_patch", description: "Edits", format };
    expect(toolText([patch], "typescript")).toContain('start: "a"\n');
    const search: IrTool = {
      type: "server",
      tool: "web-search",
      name: "web_search",
      origin: "anthropic",
      wire: { type: "web_search_20250305" },
    };
    expect(toolText([search], "json")).toBe('{"type":"web_search_20250305"}');
  });

  test("ends with a schema that never ends", () => {
    const endless: Record<string, unknown> = { type: "object" };
    endless["properties"] = { again: endless };
    expect(toolText([{ type: "function", name: "x", parameters: endless }], "typescript").length).toBeLessThan(1_000);
  });

  test("is empty without tools", () => expect(toolText([], "typescript")).toBe(""));
});
