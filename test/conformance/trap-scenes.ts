// A conversation in words of its own, and how a client of each protocol writes it.

import type { ProtocolId } from "../../src/core/protocol-id.ts";

export interface SceneCall {
  readonly id: string;
  readonly name: string;
  readonly args: object;
}

export interface SceneResult {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Base64 of a PNG. */
  readonly image?: string;
}

type Said = string | { readonly image: string } | { readonly pdf: string };
type Thought = { readonly thinking: string; readonly signature: string };
type Answered = string | { readonly call: SceneCall } | Thought;

export type SceneTurn =
  | { readonly user: readonly Said[] }
  | { readonly assistant: readonly Answered[] }
  | { readonly results: readonly SceneResult[] }
  | { readonly system: string };

export interface Scene {
  readonly system?: string;
  readonly tools?: readonly { readonly name: string; readonly description: unknown; readonly schema: unknown }[];
  readonly choice?: { readonly name: string };
  readonly turns: readonly SceneTurn[];
}

/** The request as each protocol's clients write it; things they cannot say are left out. */
export const WRITERS: Readonly<Record<ProtocolId, (scene: Scene) => object>> = {
  anthropic: writeAnthropic,
  "openai-chat": writeChat,
  "openai-responses": writeResponses,
  gemini: writeGemini,
};

const png = (data: string): string => `data:image/png;base64,${data}`;
const pdf = (data: string): string => `data:application/pdf;base64,${data}`;

function writeAnthropic({ system, tools, choice, turns }: Scene): object {
  const base64 = (media_type: string, data: string) => ({ type: "base64", media_type, data });
  const image = (data: string) => ({ type: "image", source: base64("image/png", data) });
  const said = (part: Said) => {
    if (typeof part === "string") return { type: "text", text: part };
    return "image" in part ? image(part.image) : { type: "document", source: base64("application/pdf", part.pdf) };
  };
  const answered = (part: Answered) => {
    if (typeof part === "string") return { type: "text", text: part };
    if ("thinking" in part) return { type: "thinking", ...part };
    return { type: "tool_use", id: part.call.id, name: part.call.name, input: part.call.args };
  };
  const resulted = ({ id, text, image: data }: SceneResult) => ({
    type: "tool_result",
    tool_use_id: id,
    content: [{ type: "text", text }, ...(data ? [image(data)] : [])],
  });
  return {
    model: "m",
    max_tokens: 100,
    ...(system ? { system } : {}),
    ...(tools ? { tools: tools.map(({ schema, ...tool }) => ({ ...tool, input_schema: schema })) } : {}),
    ...(choice ? { tool_choice: { type: "tool", name: choice.name } } : {}),
    messages: turns.map((turn) => {
      if ("user" in turn) return { role: "user", content: turn.user.map(said) };
      if ("assistant" in turn) return { role: "assistant", content: turn.assistant.map(answered) };
      if ("results" in turn) return { role: "user", content: turn.results.map(resulted) };
      return { role: "system", content: turn.system };
    }),
  };
}

function writeChat({ system, tools, choice, turns }: Scene): object {
  const image = (data: string) => ({ type: "image_url", image_url: { url: png(data) } });
  const said = (part: Said) => {
    if (typeof part === "string") return { type: "text", text: part };
    return "image" in part
      ? image(part.image)
      : { type: "file", file: { filename: "a.pdf", file_data: pdf(part.pdf) } };
  };
  const answered = (parts: readonly Answered[]) => {
    const calls = parts.flatMap((part) => (typeof part !== "string" && "call" in part ? [part.call] : []));
    const thoughts = parts.flatMap((part) => (typeof part !== "string" && "thinking" in part ? [part] : []));
    return {
      role: "assistant",
      content: parts.filter((part) => typeof part === "string").join(""),
      ...(thoughts.length > 0
        ? {
            reasoning_content: thoughts.map(({ thinking }) => thinking).join(""),
            reasoning_details: thoughts.map(({ thinking, signature }, index) => ({
              type: "reasoning.text",
              text: thinking,
              signature,
              index,
            })),
          }
        : {}),
      ...(calls.length > 0
        ? {
            tool_calls: calls.map(({ id, name, args }) => ({
              id,
              type: "function",
              function: { name, arguments: JSON.stringify(args) },
            })),
          }
        : {}),
    };
  };
  return {
    model: "m",
    ...(tools
      ? { tools: tools.map(({ schema, ...tool }) => ({ type: "function", function: { ...tool, parameters: schema } })) }
      : {}),
    ...(choice ? { tool_choice: { type: "function", function: choice } } : {}),
    messages: [
      ...(system ? [{ role: "system", content: system }] : []),
      ...turns.flatMap((turn): object[] => {
        if ("user" in turn) return [{ role: "user", content: turn.user.map(said) }];
        if ("assistant" in turn) return [answered(turn.assistant)];
        if ("system" in turn) return [{ role: "system", content: turn.system }];
        return turn.results.map(({ id, text, image: data }) => ({
          role: "tool",
          tool_call_id: id,
          content: data ? [{ type: "text", text }, image(data)] : text,
        }));
      }),
    ],
  };
}

function writeResponses({ system, tools, choice, turns }: Scene): object {
  const image = (data: string) => ({ type: "input_image", image_url: png(data), detail: "auto" });
  const said = (part: Said) => {
    if (typeof part === "string") return { type: "input_text", text: part };
    return "image" in part ? image(part.image) : { type: "input_file", filename: "a.pdf", file_data: pdf(part.pdf) };
  };
  const answered = (part: Answered): object => {
    if (typeof part === "string")
      return { type: "message", role: "assistant", content: [{ type: "output_text", text: part }] };
    if ("call" in part) {
      const { id, name, args } = part.call;
      return { type: "function_call", call_id: id, name, arguments: JSON.stringify(args) };
    }
    return {
      type: "reasoning",
      summary: [{ type: "summary_text", text: part.thinking }],
      encrypted_content: part.signature,
    };
  };
  return {
    model: "m",
    store: false,
    ...(tools
      ? {
          tools: tools.map(({ schema, ...tool }) => ({ type: "function", ...tool, parameters: schema, strict: false })),
        }
      : {}),
    ...(choice ? { tool_choice: { type: "function", ...choice } } : {}),
    input: [
      ...(system ? [{ role: "developer", content: system }] : []),
      ...turns.flatMap((turn): object[] => {
        if ("user" in turn) return [{ type: "message", role: "user", content: turn.user.map(said) }];
        if ("assistant" in turn) return turn.assistant.map(answered);
        if ("system" in turn) return [{ type: "message", role: "developer", content: turn.system }];
        return turn.results.map(({ id, text, image: data }) => ({
          type: "function_call_output",
          call_id: id,
          output: data ? [{ type: "input_text", text }, image(data)] : text,
        }));
      }),
    ],
  };
}

function writeGemini({ system, tools, choice, turns }: Scene): object {
  const inline = (mimeType: string, data: string) => ({ inlineData: { mimeType, data } });
  const said = (part: Said) => {
    if (typeof part === "string") return { text: part };
    return "image" in part ? inline("image/png", part.image) : inline("application/pdf", part.pdf);
  };
  const answered = (part: Answered) => {
    if (typeof part === "string") return { text: part };
    if ("call" in part) return { functionCall: part.call };
    return { text: part.thinking, thought: true, thoughtSignature: part.signature };
  };
  const resulted = ({ id, name, text, image }: SceneResult) => ({
    functionResponse: {
      id,
      name,
      response: { output: text },
      ...(image ? { parts: [inline("image/png", image)] } : {}),
    },
  });
  const calling = { mode: "ANY", allowedFunctionNames: [choice?.name] };
  return {
    ...(system ? { systemInstruction: { parts: [{ text: system }] } } : {}),
    ...(tools
      ? {
          tools: [
            { functionDeclarations: tools.map(({ schema, ...tool }) => ({ ...tool, parametersJsonSchema: schema })) },
          ],
        }
      : {}),
    ...(choice ? { toolConfig: { functionCallingConfig: calling } } : {}),
    contents: turns.map((turn) => {
      if ("user" in turn) return { role: "user", parts: turn.user.map(said) };
      if ("assistant" in turn) return { role: "model", parts: turn.assistant.map(answered) };
      if ("results" in turn) return { role: "user", parts: turn.results.map(resulted) };
      return { role: "system", parts: [{ text: turn.system }] };
    }),
  };
}
