// A Messages request, wire to IR. Messages and their blocks are in decode-messages.ts and decode-content.ts.

import type { TextBlock } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrMessage, IrOutputFormat, IrRequest } from "../../core/request.ts";
import { decodeContent, decodeText } from "./decode-content.ts";
import { expectObject, expectText, mismatch, optionalArray, optionalNumber } from "./expect.ts";
import { ATTRIBUTION_KEY, TOOLS_KEY } from "./extensions.ts";
import { decodeReasoning } from "./reasoning.ts";
import { decodeToolChoice, decodeTools } from "./tools.ts";
import { isObject, stringOf, stringsOf, textOf, type WireObject, without } from "./wire.ts";

/** First words of the block with which Claude Code attributes a request; it changes per request. @source clients.md §2 */
const ATTRIBUTION_PREFIX = "x-anthropic-billing-header:";

/** Top-level fields that the IR has a place for. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "system",
  "stream",
  "max_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
  "metadata",
  "service_tier",
]);

const OUTPUT_CONFIG_KEYS: ReadonlySet<string> = new Set(["effort", "format"]);
const THINKING_KEYS: ReadonlySet<string> = new Set(["type", "budget_tokens", "display"]);
const METADATA_KEYS: ReadonlySet<string> = new Set(["user_id"]);

/**
 * Reads a request body. `max_tokens` may be missing (count-tokens has none). What the IR has no place for goes to
 * `extensions.anthropic`, which is always set, so that the encoder of the same protocol knows its own clients.
 * Throws `client-invalid-request`.
 */
export function decodeRequest(body: unknown, loss: LossSink): IrRequest {
  const wire = expectObject(body, "body");
  const model = expectText(wire["model"], "model");
  const messages = decodeMessages(wire["messages"], loss);
  const leading = messages.findIndex((message) => message.role !== "system");
  const system = decodeSystem(wire["system"]);
  const { tools, fields } = decodeTools(wire["tools"]);
  const outputConfig = isObject(wire["output_config"]) ? wire["output_config"] : undefined;
  const metadata = isObject(wire["metadata"]) ? wire["metadata"] : undefined;

  const extensions = without(wire, KNOWN_FIELDS);
  if (system.attribution.length > 0) extensions[ATTRIBUTION_KEY] = system.attribution;
  if (fields) extensions[TOOLS_KEY] = fields;
  keepRest(extensions, "output_config", outputConfig, OUTPUT_CONFIG_KEYS);
  keepRest(extensions, "metadata", metadata, METADATA_KEYS);
  keepRest(extensions, "thinking", isObject(wire["thinking"]) ? wire["thinking"] : undefined, THINKING_KEYS);

  return {
    model,
    stream: wire["stream"] === true,
    system: [...system.blocks, ...leadingText(messages, leading)],
    messages: leading < 0 ? [] : messages.slice(leading),
    tools,
    ...decodeToolChoice(wire["tool_choice"]),
    maxOutputTokens: optionalNumber(wire["max_tokens"], "max_tokens"),
    temperature: optionalNumber(wire["temperature"], "temperature"),
    topP: optionalNumber(wire["top_p"], "top_p"),
    topK: optionalNumber(wire["top_k"], "top_k"),
    stopSequences: stringsOf(wire["stop_sequences"]),
    reasoning: decodeReasoning(wire["thinking"], outputConfig?.["effort"]),
    // The beta of structured outputs had a field of its own, which SDKs of its time still send.
    outputFormat: decodeFormat(outputConfig?.["format"]) ?? decodeFormat(wire["output_format"]),
    userId: textOf(metadata?.["user_id"]),
    serviceTier: textOf(wire["service_tier"]),
    includeUsage: true,
    extensions: { anthropic: extensions },
  };
}

function keepRest(
  extensions: Record<string, unknown>,
  field: string,
  value: WireObject | undefined,
  known: ReadonlySet<string>,
): void {
  if (!value) return;
  const rest = without(value, known);
  if (Object.keys(rest).length > 0) extensions[field] = rest;
}

function decodeMessages(value: unknown, loss: LossSink): readonly IrMessage[] {
  if (!Array.isArray(value)) throw mismatch("messages", "an array", value);
  return value.map((item, index) => {
    const path = `messages[${index}]`;
    const message = expectObject(item, path);
    const role = message["role"];
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw mismatch(`${path}.role`, `"user", "assistant" or "system"`, role);
    }
    return { role, content: decodeContent(message["content"], `${path}.content`, loss) };
  });
}

/** Text of the system messages before the first turn; all of them when there is no turn. */
function leadingText(messages: readonly IrMessage[], leading: number): readonly TextBlock[] {
  const blocks = (leading < 0 ? messages : messages.slice(0, leading)).flatMap((message) => message.content);
  return blocks.filter((block) => block.type === "text");
}

interface DecodedSystem {
  readonly blocks: readonly TextBlock[];
  /** Attribution blocks as they were, which only Anthropic should see. */
  readonly attribution: readonly WireObject[];
}

function decodeSystem(value: unknown): DecodedSystem {
  if (typeof value === "string") return decodeSystemText(value);
  const blocks: TextBlock[] = [];
  const attribution: WireObject[] = [];
  for (const [index, item] of (optionalArray(value, "system") ?? []).entries()) {
    const wire = expectObject(item, `system[${index}]`);
    if (stringOf(wire["text"])?.startsWith(ATTRIBUTION_PREFIX)) attribution.push(wire);
    else blocks.push(decodeText(wire, `system[${index}]`));
  }
  return { blocks, attribution };
}

function decodeSystemText(text: string): DecodedSystem {
  if (!text.startsWith(ATTRIBUTION_PREFIX)) {
    return { blocks: text === "" ? [] : [{ type: "text", text }], attribution: [] };
  }
  const lineEnd = text.indexOf("\n");
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const rest = lineEnd < 0 ? "" : text.slice(lineEnd + 1).trimStart();
  return {
    blocks: rest === "" ? [] : [{ type: "text", text: rest }],
    attribution: [{ type: "text", text: line }],
  };
}

function decodeFormat(value: unknown): IrOutputFormat | undefined {
  if (!isObject(value) || value["type"] !== "json_schema" || !isObject(value["schema"])) return undefined;
  return { type: "json-schema", schema: value["schema"] };
}
