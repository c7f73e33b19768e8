// Tool declarations as models get to see them: what counts is the text, not the wire.

import type { IrTool, JsonSchema } from "../core/request.ts";
import type { ToolNotation } from "./token-profile.ts";

/** Nesting that is written out; below that a schema is `any`. */
const MAX_DEPTH = 8;

/** All declarations as one text; `""` for none. Tools that the provider runs stand as the client declared them. */
export function toolText(tools: readonly IrTool[], notation: ToolNotation): string {
  if (tools.length === 0) return "";
  const declarations = tools.map((tool) => declaration(tool, notation)).join("\n");
  return notation === "typescript"
    ? `# Tools\n\n## functions\n\nnamespace functions {\n\n${declarations}\n} // namespace functions`
    : declarations;
}

function declaration(tool: IrTool, notation: ToolNotation): string {
  if (tool.type === "server") return JSON.stringify(tool.wire) ?? "";
  const { name, description } = tool;
  if (tool.type === "custom") return `${comment(description)}type ${name} = (${formatText(tool.format)}) => any;\n`;
  const { parameters } = tool;
  switch (notation) {
    case "typescript":
      return `${comment(description)}type ${name} = (${hasFields(parameters) ? `_: ${typeOf(parameters, 0)}` : ""}) => any;\n`;
    case "json":
      return JSON.stringify({ name, description, parameters });
    case "wrapped-json":
      return JSON.stringify({ type: "function", function: { name, description, parameters } });
  }
}

/** Grammars reach the model as they are, not as JSON. */
function formatText(format: unknown): string {
  if (!isObject(format)) return "string";
  return typeof format["definition"] === "string" ? format["definition"] : JSON.stringify(format);
}

/**
 * A JSON Schema as a TypeScript type with its descriptions as comments, the way OpenAI's models see tools.
 * @source recordings of GPT-4.1 to GPT-5.5: this text plus three tokens is what their tools cost, seen 2026-11
 */
export function typeOf(schema: unknown, depth: number): string {
  if (!isObject(schema) || depth > MAX_DEPTH) return "any";
  const { type, properties, items } = schema;
  const values = schema["enum"];
  const variants = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (Array.isArray(variants)) return variants.map((variant) => typeOf(variant, depth + 1)).join(" | ");
  if (type === "array") return `${typeOf(items, depth + 1)}[]`;
  if (isObject(properties)) return objectType(properties, schema["required"], depth);
  if (Array.isArray(type)) return type.join(" | ");
  if (type === "integer") return "number";
  return typeof type === "string" ? type : "any";
}

function objectType(properties: Readonly<Record<string, unknown>>, required: unknown, depth: number): string {
  const needed = new Set(Array.isArray(required) ? required : []);
  let text = "{\n";
  for (const [name, schema] of Object.entries(properties)) {
    const description =
      isObject(schema) && typeof schema["description"] === "string" ? schema["description"] : undefined;
    const fallback =
      isObject(schema) && schema["default"] !== undefined ? ` // default: ${JSON.stringify(schema["default"])}` : "";
    text += `${comment(description)}${name}${needed.has(name) ? "" : "?"}: ${typeOf(schema, depth + 1)},${fallback}\n`;
  }
  return `${text}}`;
}

function comment(description: string | undefined): string {
  return description ? `// ${description.replaceAll("\n", "\n// ")}\n` : "";
}

function hasFields(parameters: JsonSchema | undefined): boolean {
  return isObject(parameters?.["properties"]) && Object.keys(parameters["properties"]).length > 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
