// What a scripted upstream says, without any wire format: the renderers turn it into the four formats.
// Written without the gateway's own codecs, so that the two check each other.

/** One tool call of an answer. */
export interface SimToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Absent: made from the answer's seed. */
  readonly id?: string | undefined;
  /** Responses only: the namespace that the tool was declared in. */
  readonly namespace?: string | undefined;
  /** Responses only: a custom tool's call, whose text is `arguments.input`. */
  readonly isCustom?: boolean | undefined;
}

/** Why the answer ends; `tool` and `end` are chosen by the presence of calls when absent. */
export type SimStop = "end" | "max_tokens" | "tool" | "refusal";

/** Token counts that the answer reports. `outputTokens` includes `thinkingTokens`, `inputTokens` includes the cached ones. */
export interface SimUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly thinkingTokens?: number | undefined;
}

/** A whole scripted answer: thinking, then text, then tool calls. Everything may be missing. */
export interface SimAnswer {
  readonly thinking?: string | undefined;
  /** Opaque proof of the thinking (signature, encrypted content, thought signature); absent: a fixed base64 text. */
  readonly signature?: string | undefined;
  /** A string is cut into pieces of `chunkSize`; an array is streamed piece by piece as given. */
  readonly text?: string | readonly string[] | undefined;
  readonly toolCalls?: readonly SimToolCall[] | undefined;
  readonly stop?: SimStop | undefined;
  /** Absent: a quarter of the characters on either side. */
  readonly usage?: SimUsage | undefined;
  /** UTF-16 units per streamed piece, default 24; never cuts a surrogate pair. */
  readonly chunkSize?: number | undefined;
  /**
   * Seed of every id in the answer. With it the bytes are the same for every request and are rendered once;
   * without it ids follow the request's number.
   */
  readonly id?: string | undefined;
  /** Model name to report; absent: the one that was asked for. */
  readonly model?: string | undefined;
}

/** What a renderer needs to know besides the answer. */
export interface RenderContext {
  readonly model: string;
  readonly seed: string;
  /** Estimate for answers without `usage`. */
  readonly inputTokens: number;
  /** Chat only: the client asked for the usage chunk. */
  readonly includeUsage: boolean;
  /** The client's parsed body, for formats that echo it; undefined for pinned answers. */
  readonly request?: Readonly<Record<string, unknown>> | undefined;
}

/** Where in the answer a frame belongs, so that faults can be placed by meaning. */
export type FramePart = "start" | "thinking" | "thinking-end" | "text" | "text-end" | "tool" | "tool-end" | "end";

/** One whole stream event including its blank line. */
export interface SimFrame {
  readonly part: FramePart;
  readonly text: string;
}

/** An answer with every default filled in. */
export interface ReadyAnswer {
  readonly thinking: string;
  readonly thinkingPieces: readonly string[];
  readonly signature: string;
  readonly text: string;
  readonly textPieces: readonly string[];
  readonly toolCalls: readonly {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
    readonly pieces: readonly string[];
    readonly namespace: string | undefined;
    /** Set for a custom tool's call. */
    readonly input: string | undefined;
  }[];
  readonly stop: SimStop;
  readonly usage: Required<{ [K in keyof SimUsage]: number }>;
}

/** Seconds since the epoch that every scripted answer carries: 2026-11-23, fixed so that bytes repeat. */
export const SIM_CREATED_AT = 1_795_392_000;

/** Signature of scripted thinking unless the script gives one: valid base64, opaque to everybody. */
export const SIM_SIGNATURE = "c2ltdWxhdGVkLXRoaW5raW5nLXNpZ25hdHVyZS0wMDAx";

/** Fills in defaults. `idPrefix` is what the format puts before call ids. Pure; never throws. */
export function readyAnswer(answer: SimAnswer, context: RenderContext, idPrefix: string, idLength = 24): ReadyAnswer {
  const chunkSize = Math.max(1, answer.chunkSize ?? 24);
  const thinking = answer.thinking ?? "";
  const text = typeof answer.text === "string" ? answer.text : (answer.text ?? []).join("");
  const toolCalls = (answer.toolCalls ?? []).map((call, index) => {
    const json = JSON.stringify(call.arguments);
    const id = call.id ?? idPrefix + idFrom(`${context.seed}/call/${index}`, idLength);
    const input = call.isCustom ? String(call.arguments["input"]) : undefined;
    const { name, namespace } = call;
    return { id, name, namespace, input, arguments: json, pieces: cutText(input ?? json, chunkSize) };
  });
  return {
    thinking,
    thinkingPieces: cutText(thinking, chunkSize),
    signature: answer.signature ?? SIM_SIGNATURE,
    text,
    textPieces: typeof answer.text === "string" ? cutText(text, chunkSize) : (answer.text ?? []),
    toolCalls,
    stop: answer.stop ?? (toolCalls.length > 0 ? "tool" : "end"),
    usage: readyUsage(
      answer,
      context,
      thinking.length,
      text.length + sum(toolCalls.map((call) => call.arguments.length)),
    ),
  };
}

/** Cuts text into pieces of about `size` UTF-16 units without splitting a character; `""` gives no piece. */
export function cutText(text: string, size: number): string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    let end = Math.min(text.length, at + size);
    const last = text.charCodeAt(end - 1);
    if (last >= 0xd800 && last <= 0xdbff && end < text.length) end += 1;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` characters (at most 32) of `[0-9A-Za-z]` that depend on the seed only. */
export function idFrom(seed: string, length: number): string {
  const bytes = new Bun.CryptoHasher("sha256").update(seed).digest();
  let id = "";
  for (const byte of bytes.subarray(0, length)) id += ALPHABET[byte % 62];
  return id;
}

function readyUsage(
  answer: SimAnswer,
  context: RenderContext,
  thinkingLength: number,
  visibleLength: number,
): ReadyAnswer["usage"] {
  const given = answer.usage;
  const thinkingTokens = given?.thinkingTokens ?? (given ? 0 : Math.ceil(thinkingLength / 4));
  return {
    inputTokens: given?.inputTokens ?? context.inputTokens,
    outputTokens: given?.outputTokens ?? thinkingTokens + Math.max(1, Math.ceil(visibleLength / 4)),
    cachedTokens: given?.cachedTokens ?? 0,
    cacheWriteTokens: given?.cacheWriteTokens ?? 0,
    thinkingTokens,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
