// Takes a request apart into what has to be tokenised and what is known without.

import type { IrBlock, ToolResultBlock } from "../core/block.ts";
import type { IrMessage, IrRequest } from "../core/request.ts";
import { audioTokens, documentTokens, imageTokens, videoTokens } from "./media-tokens.ts";
import type { TokenProfile } from "./token-profile.ts";
import { toolText } from "./tool-text.ts";

/** Text of one request, and the family's tokens per o200k token of it. */
export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

export interface RequestMeasure {
  readonly texts: readonly WeightedText[];
  /** Tokens of everything that is no text: overheads, images, files. */
  readonly tokens: number;
}

/** Takes a request apart for a family. Keeps the request's own strings; joins nothing but tool declarations. */
export function measureRequest(request: IrRequest, profile: TokenProfile): RequestMeasure {
  const measurer = new Measurer(profile);
  for (const block of request.system) measurer.addSystem(block.text);
  const loopStart = startOfToolLoop(request.messages);
  request.messages.forEach((message, index) => {
    measurer.addMessage(message, profile.keepsThinking || index > loopStart);
  });
  measurer.addTools(request);
  measurer.addSettings(request);
  return { texts: measurer.texts, tokens: measurer.tokens };
}

/** Index of the last user turn that is not just tool results: what follows is the loop the model is in; -1 for none. */
function startOfToolLoop(messages: readonly IrMessage[]): number {
  return messages.findLastIndex(
    ({ role, content }) => role === "user" && content.some((block) => block.type !== "tool-result"),
  );
}

class Measurer {
  readonly texts: WeightedText[] = [];
  tokens: number;
  readonly #profile: TokenProfile;

  constructor(profile: TokenProfile) {
    this.#profile = profile;
    this.tokens = profile.request;
  }

  addSystem(text: string): void {
    this.#text(text, this.#profile.prose);
    this.tokens += this.#profile.system;
  }

  addMessage(message: IrMessage, hasThinking: boolean): void {
    let hasOwn = false;
    for (const block of message.content) {
      if (hasThinking) this.#addThinking(block);
      this.#addBlock(block);
      if (block.type !== "tool-call" && block.type !== "tool-result" && block.type !== "reasoning") hasOwn = true;
    }
    // Turns of nothing but calls or results are paid for with those.
    if (hasOwn) this.tokens += message.role === "assistant" ? this.#profile.reply : this.#profile.message;
  }

  addTools(request: IrRequest): void {
    const { tools, tool, customTool, forcedTool, toolNotation, schema } = this.#profile;
    if (request.tools.length === 0) return;
    this.tokens += tools + tool * request.tools.length;
    this.tokens += customTool * request.tools.filter(({ type }) => type === "custom").length;
    if (request.toolChoice?.type === "required" || request.toolChoice?.type === "tool") this.tokens += forcedTool;
    this.#text(toolText(request.tools, toolNotation), schema);
  }

  addSettings(request: IrRequest): void {
    const { outputFormat, reasoning } = request;
    if (outputFormat?.type === "json-schema") {
      const { outputSchema, outputSchemaWeight } = this.#profile;
      this.#text(JSON.stringify(outputFormat.schema), outputSchemaWeight);
      this.tokens += outputSchema;
    }
    if (reasoning?.mode === "enabled") this.tokens += this.#profile.thinking;
  }

  #addBlock(block: IrBlock): void {
    const profile = this.#profile;
    switch (block.type) {
      case "text":
      case "refusal":
        this.#text(block.text, profile.prose);
        break;
      case "reasoning":
        break;
      case "tool-call":
        this.#text(block.name, profile.data);
        this.#text(block.arguments, profile.data);
        this.tokens += profile.call;
        break;
      case "tool-result":
        this.#addResult(block);
        break;
      case "image":
        this.tokens += imageTokens(profile, block.source, block.detail);
        break;
      case "document":
        if (block.source.type === "text") this.#text(block.source.text, profile.prose);
        else this.tokens += documentTokens(profile, block.source);
        break;
      case "audio":
        this.tokens += audioTokens(profile, block.source);
        break;
      case "video":
        this.tokens += videoTokens();
        break;
      default:
        this.#text(JSON.stringify(block.wire, withoutPayloads) ?? "", profile.data);
    }
  }

  /** What a block adds only while its thinking is part of the prompt. */
  #addThinking(block: IrBlock): void {
    const { prose, opaqueCharacters } = this.#profile;
    if (block.type === "reasoning") this.#text(block.text, prose);
    if (opaqueCharacters > 0 && "opaque" in block && block.opaque) {
      this.tokens += block.opaque.payload.length / opaqueCharacters;
    }
  }

  #addResult(result: ToolResultBlock): void {
    this.tokens += this.#profile.result;
    for (const block of result.content) {
      if (block.type === "text") this.#text(block.text, this.#profile.data);
      else this.#addBlock(block);
    }
  }

  #text(text: string, weight: number): void {
    if (text !== "" && weight > 0) this.texts.push({ text, weight });
  }
}

/** Leaves signatures and files out of a block's JSON: long strings without a blank. */
function withoutPayloads(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > 200 && !value.includes(" ") ? undefined : value;
}
