// How the model families count: what a prompt's text, tools, calls and images cost in their tokens.
// Every number was fitted to the recordings in ../shared/recordings (seen 2026-11, usage as the providers reported it)
// unless its comment says otherwise; test/conformance/token-count.test.ts shows what they are worth.

import { claudeImages, flatImages, geminiTiles, type ImageRule, openaiPatches, openaiTiles } from "./image-tokens.ts";

/** How tool declarations are written into the prompt. */
export type ToolNotation = "typescript" | "json" | "wrapped-json";

/** What a family's prompts cost. Tokens are the family's own unless said otherwise. */
export interface TokenProfile {
  readonly family: string;
  /** The family's tokens per o200k token of prose, of tool traffic, of schemas. */
  readonly prose: number;
  readonly data: number;
  readonly schema: number;
  readonly request: number;
  /** Each user turn with content of its own, and each such assistant turn. */
  readonly message: number;
  readonly reply: number;
  /** Each system block. */
  readonly system: number;
  /** Once, when there are tools; and for each tool. */
  readonly tools: number;
  readonly tool: number;
  /** Besides, for a free-text tool; and once, when the model is told to call one. */
  readonly customTool: number;
  readonly forcedTool: number;
  readonly toolNotation: ToolNotation;
  /** Beside name and arguments, and beside the result's content. */
  readonly call: number;
  readonly result: number;
  /** Once, when the answer's form is given by a schema; and the schema's tokens per o200k token. */
  readonly outputSchema: number;
  readonly outputSchemaWeight: number;
  /** Once, when the request switches thinking on. */
  readonly thinking: number;
  /** Characters of an opaque payload (thought signature) per token; 0 when they cost nothing. */
  readonly opaqueCharacters: number;
  /** Thinking of finished turns stays in the prompt; elsewhere only that of the running tool loop does. */
  readonly keepsThinking: boolean;
  readonly image: ImageRule;
  readonly pdfPage: number;
  /** Tokens of a clip of so many seconds. */
  readonly audio: (seconds: number) => number;
}

const BASE: TokenProfile = {
  family: "other",
  prose: 1.03,
  data: 1.03,
  schema: 1.25,
  request: 3,
  message: 4,
  reply: 4,
  system: 4,
  tools: 50,
  tool: 0,
  customTool: 20,
  forcedTool: 0,
  toolNotation: "wrapped-json",
  call: 12,
  result: 8,
  outputSchema: 10,
  outputSchemaWeight: 1,
  thinking: 0,
  opaqueCharacters: 0,
  keepsThinking: false,
  // Qwen-VL and most open models: patches of 28 pixels.
  image: claudeImages(2048, 2500),
  pdfPage: 1000,
  audio: (seconds) => seconds * 12,
};

const GPT_4: TokenProfile = {
  ...BASE,
  family: "gpt-4",
  prose: 1,
  data: 1,
  schema: 1,
  tools: 3,
  toolNotation: "typescript",
  call: 11,
  result: 9,
  customTool: 50,
  outputSchema: 5,
  outputSchemaWeight: 0.8,
  image: openaiTiles(85, 170),
  pdfPage: 700,
  audio: (seconds) => seconds * 10,
};
const GPT_5: TokenProfile = { ...GPT_4, family: "gpt-5", request: 2, image: openaiTiles(70, 140) };
/** GPT-5.4 and later: @source JOHNISKING/image-token-cost on Hugging Face, seen 2026-11 */
const GPT_5_4: TokenProfile = { ...GPT_5, family: "gpt-5.4", image: openaiPatches(1.2, 10_000) };
/** The harmony format opens with a system message of its own, longer with tools. */
const GPT_OSS: TokenProfile = { ...GPT_5, family: "gpt-oss", request: 63, tools: 16, call: 20, result: 12 };

const CLAUDE: TokenProfile = {
  ...BASE,
  family: "claude",
  prose: 1.06,
  data: 1.12,
  schema: 0.95,
  request: 0.4,
  message: 7,
  reply: 0,
  system: 0,
  tools: 460,
  tool: 50,
  forcedTool: 95,
  toolNotation: "json",
  call: 38,
  result: 20,
  outputSchema: 145,
  thinking: 28,
  image: claudeImages(1568, 1590),
  // A page is text and picture: 1500 to 3000 tokens of the one by the provider's docs, up to 1590 of the other.
  pdfPage: 3000,
  audio: () => 0,
};
/**
 * Claude since Opus 4.7: a tokenizer that makes 1.33 times as many tokens of English and code.
 * @source sol.ava.dev and pithwire.com measurements of April 2026; images: JOHNISKING/image-token-cost
 */
const CLAUDE_NEXT: TokenProfile = {
  ...CLAUDE,
  family: "claude-next",
  prose: 1.38,
  data: 1.4,
  schema: 1.25,
  tools: 610,
  tool: 65,
  keepsThinking: true,
  image: claudeImages(2040, 4000),
};

const GEMINI_2: TokenProfile = {
  ...BASE,
  family: "gemini-2",
  prose: 0.98,
  data: 1.05,
  schema: 1.02,
  request: 0,
  message: 0.7,
  reply: 0.7,
  system: 0,
  tools: 0,
  toolNotation: "json",
  call: 3,
  result: 4,
  // These models are not charged for the answer's schema.
  outputSchema: 0,
  outputSchemaWeight: 0,
  image: geminiTiles(),
  pdfPage: 258,
  audio: (seconds) => seconds * 32,
};
const GEMINI_3: TokenProfile = {
  ...GEMINI_2,
  family: "gemini-3",
  schema: 1.3,
  outputSchema: 20,
  outputSchemaWeight: 1.3,
  opaqueCharacters: 4.8,
  image: flatImages(1070),
  pdfPage: 560,
};

const DEEPSEEK: TokenProfile = {
  ...BASE,
  family: "deepseek",
  request: 2,
  message: 2,
  reply: 2,
  system: 1,
  tools: 290,
  call: 0,
  result: 2,
};
const GLM: TokenProfile = { ...BASE, family: "glm", tools: 95, call: 3, result: 4 };
const KIMI: TokenProfile = { ...BASE, family: "kimi", tools: 22, call: 14, result: 10 };
const KIMI_2_5: TokenProfile = {
  ...KIMI,
  family: "kimi-2.5",
  schema: 1,
  tools: 18,
  toolNotation: "typescript",
  keepsThinking: true,
};
const QWEN: TokenProfile = { ...BASE, family: "qwen", tools: 85, call: 12, result: 20 };
const LLAMA: TokenProfile = { ...BASE, family: "llama", tools: 20 };
/** Audio is padded to blocks of 30 s. */
const MISTRAL: TokenProfile = {
  ...BASE,
  family: "mistral",
  tools: 14,
  call: 4,
  result: 3,
  audio: (seconds) => Math.ceil(seconds / 30) * 375,
};
const MIXTRAL: TokenProfile = { ...MISTRAL, family: "mixtral", prose: 1.3, data: 1.3 };
const GROK: TokenProfile = { ...BASE, family: "grok", tools: 160, schema: 1.4, image: claudeImages(1792, 1792) };
/** Perplexity counts the text alone. */
const SONAR: TokenProfile = { ...BASE, family: "sonar", request: 1, message: 0, reply: 0, system: 0 };

/** First match wins, on the lower-case name without its vendor prefix. */
const FAMILIES: readonly (readonly [RegExp, TokenProfile])[] = [
  [/gpt-?oss/, GPT_OSS],
  [/claude.*(opus-?4[.-][789]|sonnet-?[5-9]|opus-?[5-9]|haiku-?[5-9]|fable|mythos)/, CLAUDE_NEXT],
  [/claude/, CLAUDE],
  [/gemini-(1|2)/, GEMINI_2],
  [/gemma/, GEMINI_2],
  [/gemini/, GEMINI_3],
  [/gpt-5[.-]?[0-3]?-(mini|nano)/, { ...GPT_5, image: openaiPatches(1.62, 1536) }],
  [/gpt-(5\.[4-9]|[6-9])/, GPT_5_4],
  [/gpt-5|codex/, GPT_5],
  [/gpt-4o-mini/, { ...GPT_4, image: openaiTiles(2833, 5667) }],
  [/gpt-4\.1-(mini|nano)|o4-mini/, { ...GPT_4, image: openaiPatches(1.62, 1536) }],
  [/gpt|chatgpt|^o[134]\b|davinci/, GPT_4],
  [/deepseek/, DEEPSEEK],
  [/glm|z-?ai/, GLM],
  [/kimi-k?(2\.[5-9]|[3-9])/, KIMI_2_5],
  [/kimi|moonshot/, KIMI],
  [/qwen|qwq/, QWEN],
  [/mixtral/, MIXTRAL],
  [/mistral|voxtral|pixtral|codestral|devstral/, MISTRAL],
  [/grok/, GROK],
  [/llama|muse/, LLAMA],
  [/sonar/, SONAR],
];

/** The profile of a model by its name as the upstream knows it; a middling one for names that say nothing. */
export function tokenProfile(model: string): TokenProfile {
  const name = model.slice(0, 200).toLowerCase();
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? BASE;
}
