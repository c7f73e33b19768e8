// Checks a whole Gemini stream, SSE or JSON array, against what the official parser and the Gemini CLI rely on.

import { readFrames } from "./read-frames.ts";
import { asFields, asList, createReport, type Fields, parseJson, type Report, type Violation } from "./violation.ts";

interface State {
  readonly report: Report;
  finish: string | undefined;
  blocked: boolean;
  ended: boolean;
  identity: string | undefined;
  hasUsage: boolean;
}

const FINISH_REASONS = [
  "STOP",
  "MAX_TOKENS",
  "SAFETY",
  "RECITATION",
  "LANGUAGE",
  "OTHER",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
  "CONTINUATION",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
  "IMAGE_OTHER",
  "NO_IMAGE",
  // Vertex says these; the SDK's list does not hold them.
  "MODEL_ARMOR",
  "ESCALATION",
];

/**
 * The violations of a stream's text; `[]` means valid. An error object has to be the last thing; a stream without
 * finish reason, block reason or error is reported as `no-finish`.
 */
export function checkGeminiStream(text: string): Violation[] {
  const { violations, report } = createReport();
  const state: State = {
    report,
    finish: undefined,
    blocked: false,
    ended: false,
    identity: undefined,
    hasUsage: false,
  };
  if (text.trimStart().startsWith("[")) checkArray(state, text);
  else checkFrames(state, text);
  if (!state.ended) {
    if (state.finish === undefined && !state.blocked) report("no-finish", -1, "no finishReason came");
    if (!state.hasUsage) report("no-usage", -1, "no usageMetadata came");
  }
  return violations;
}

function checkFrames(state: State, text: string): void {
  const { frames, isComplete } = readFrames(text);
  for (const frame of frames) {
    if (frame.isComment) continue;
    // The SDK keeps only frames whose text begins with `data:` and parses all the rest as one JSON text.
    if (!frame.text.startsWith("data:"))
      state.report("frame-start", frame.number, "the SDK drops frames that do not begin with data:");
    if (frame.data.length !== 1) state.report("data-lines", frame.number, `${frame.data.length} data lines`);
    if (/[\r\n]/.test(frame.text)) state.report("extra-lines", frame.number, "one line per frame");
    if (frame.data[0] === "[DONE]") state.report("done-marker", frame.number, "[DONE] breaks the SDK");
    else checkChunk(state, parseJson(frame.data.join("\n")), frame.number);
  }
  if (!isComplete) state.report("frame-incomplete", frames.length - 1, "the last frame has no blank line");
}

function checkArray(state: State, text: string): void {
  const value = parseJson(text);
  if (!Array.isArray(value)) {
    state.report("bad-array", -1, "the stream is no JSON array");
    return;
  }
  value.forEach((chunk, at) => {
    checkChunk(state, chunk, at);
  });
}

function checkChunk(state: State, value: unknown, at: number): void {
  const chunk = asFields(value);
  if (!chunk) {
    state.report("bad-json", at, "data is no JSON object");
    return;
  }
  if (state.ended) state.report("after-terminal", at, "a chunk after the error");
  if (chunk["error"] !== undefined) {
    checkError(state, asFields(chunk["error"]), at);
    return;
  }
  const identity = `${String(chunk["responseId"])} ${String(chunk["modelVersion"])}`;
  if (state.identity !== undefined && state.identity !== identity)
    state.report("identity", at, `responseId or modelVersion changed to ${identity}`);
  state.identity ??= identity;
  checkUsage(state, chunk["usageMetadata"], at);
  if (asFields(chunk["promptFeedback"])?.["blockReason"] !== undefined) state.blocked = true;
  const candidates = asList(chunk["candidates"]);
  if (candidates.length === 0 && !state.blocked && chunk["usageMetadata"] === undefined)
    state.report("empty-chunk", at, "neither candidates nor usage");
  for (const candidate of candidates) checkCandidate(state, asFields(candidate) ?? {}, at);
}

function checkError(state: State, error: Fields | undefined, at: number): void {
  const code = error?.["code"];
  if (typeof code !== "number" || code < 400 || code > 599)
    state.report("error-shape", at, "error.code is no status from 400 to 599");
  if (typeof error?.["message"] !== "string" || typeof error["status"] !== "string")
    state.report("error-shape", at, "error lacks message or status");
  if (state.finish !== undefined) state.report("error-after-finish", at, "an error after the finish reason");
  state.ended = true;
}

function checkUsage(state: State, value: unknown, at: number): void {
  const usage = asFields(value);
  if (!usage) return;
  state.hasUsage = true;
  const count = (name: string): number => (typeof usage[name] === "number" ? (usage[name] as number) : 0);
  if (usage["totalTokenCount"] === undefined) return;
  const sum =
    count("promptTokenCount") +
    count("candidatesTokenCount") +
    count("thoughtsTokenCount") +
    count("toolUsePromptTokenCount");
  if (sum !== count("totalTokenCount"))
    state.report("usage-sum", at, `totalTokenCount is ${count("totalTokenCount")}, the parts give ${sum}`);
}

function checkCandidate(state: State, candidate: Fields, at: number): void {
  if (state.finish !== undefined) state.report("after-finish", at, "a candidate after the finish reason");
  const content = asFields(candidate["content"]);
  if (content && content["role"] !== "model") state.report("role", at, `role is ${String(content["role"])}`);
  const parts = asList(content?.["parts"]);
  if (parts.length === 0) state.report("no-parts", at, "clients read parts[0] unguarded");
  for (const part of parts) checkPart(state, asFields(part) ?? {}, at);
  const finish = candidate["finishReason"];
  if (finish === undefined) return;
  if (!FINISH_REASONS.includes(String(finish)))
    state.report("finish-reason", at, `unknown finishReason ${String(finish)}`);
  state.finish = String(finish);
}

const KINDS = [
  "text",
  "functionCall",
  "functionResponse",
  "inlineData",
  "fileData",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
];

function checkPart(state: State, part: Fields, at: number): void {
  const kinds = KINDS.filter((kind) => part[kind] !== undefined);
  if (kinds.length !== 1 && part["thoughtSignature"] === undefined)
    state.report("part-kind", at, `a part of kinds [${kinds.join(", ")}]`);
  if (part["text"] !== undefined && typeof part["text"] !== "string") state.report("part-shape", at, "text is no text");
  const call = part["functionCall"];
  if (call === undefined) return;
  const fields = asFields(call);
  if (typeof fields?.["name"] !== "string" || fields["name"] === "")
    state.report("call-name", at, "functionCall has no name");
  if (!asFields(fields?.["args"])) state.report("call-args", at, "functionCall.args is no object");
}
