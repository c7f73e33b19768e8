// Checks a whole OpenAI Responses stream: numbering, item and part lifecycles, identities, one terminal event.

import { checkItemEvent, type ItemState } from "./check-responses-item.ts";
import { readFrames, type WireFrame } from "./read-frames.ts";
import { asFields, asList, createReport, type Fields, parseJson, type Report, type Violation } from "./violation.ts";

interface State {
  readonly report: Report;
  nextSequence: number;
  responseId: string | undefined;
  readonly items: Map<number, ItemState>;
  ended: "completed" | "incomplete" | "failed" | "error" | undefined;
}

/**
 * The violations of a stream's text; `[]` means valid. `error` ends the stream, only `response.failed` may follow it;
 * a stream without any end is reported as `no-terminal`.
 */
export function checkResponsesStream(text: string): Violation[] {
  const { violations, report } = createReport();
  const state: State = { report, nextSequence: 0, responseId: undefined, items: new Map(), ended: undefined };
  const { frames, isComplete } = readFrames(text);
  for (const frame of frames) if (!frame.isComment) checkFrame(state, frame);
  if (!isComplete) report("frame-incomplete", frames.length - 1, "the last frame has no blank line");
  if (state.ended === undefined) report("no-terminal", -1, "no terminal event came");
  return violations;
}

function checkFrame(state: State, frame: WireFrame): void {
  const at = frame.number;
  if (frame.data[0] === "[DONE]") {
    state.report("done-marker", at, "[DONE] is no part of Responses");
    return;
  }
  if (frame.data.length !== 1) state.report("data-lines", at, `${frame.data.length} data lines`);
  const event = asFields(parseJson(frame.data.join("\n")));
  if (!event) {
    state.report("bad-json", at, "data is no JSON object");
    return;
  }
  const type = String(event["type"]);
  // OpenAI's own sign of life; whoever relays its bytes cannot know the next number.
  if (type === "keepalive" && state.responseId !== undefined && !state.ended) return;
  if (frame.event !== type) state.report("event-name", at, `event is "${frame.event}", type is ${type}`);
  if (event["sequence_number"] !== state.nextSequence) {
    state.report("sequence", at, `sequence_number ${String(event["sequence_number"])}, expected ${state.nextSequence}`);
  }
  state.nextSequence =
    (typeof event["sequence_number"] === "number" ? event["sequence_number"] : state.nextSequence) + 1;
  if (state.ended && !(state.ended === "error" && type === "response.failed"))
    state.report("after-terminal", at, `${type} after the end`);
  const lifecycle = LIFECYCLE[type];
  if (lifecycle) {
    lifecycle(state, event, at);
    return;
  }
  if (!type.startsWith("response.")) {
    state.report("unknown-event", at, type);
    return;
  }
  if (state.responseId === undefined) state.report("no-start", at, `${type} before response.created`);
  if (typeof event["output_index"] === "number") checkIndexed(state, type, event, event["output_index"], at);
}

const LIFECYCLE: Readonly<Record<string, (state: State, event: Fields, at: number) => void>> = {
  "response.created"(state, event, at) {
    if (state.responseId !== undefined) state.report("second-start", at, "response.created twice");
    checkResponse(state, event, ["in_progress", "queued"], at);
  },
  "response.queued": (state, event, at) => void checkResponse(state, event, ["queued"], at),
  "response.in_progress"(state, event, at) {
    if (state.responseId === undefined) state.report("no-start", at, "response.in_progress before response.created");
    checkResponse(state, event, ["in_progress"], at);
  },
  "response.completed"(state, event, at) {
    state.ended = "completed";
    const response = checkResponse(state, event, ["completed"], at);
    for (const [index, item] of state.items)
      if (!item.isDone) state.report("item-open", at, `item ${index} never got its output_item.done`);
    checkFinal(state, response, at);
  },
  "response.incomplete"(state, event, at) {
    state.ended = "incomplete";
    const response = checkResponse(state, event, ["incomplete"], at);
    if (typeof asFields(response["incomplete_details"])?.["reason"] !== "string")
      state.report("incomplete-reason", at, "incomplete_details.reason is missing");
    checkFinal(state, response, at);
  },
  "response.failed"(state, event, at) {
    state.ended = "failed";
    const error = asFields(checkResponse(state, event, ["failed"], at)["error"]);
    if (typeof error?.["message"] !== "string") state.report("error-shape", at, "response.error has no message");
  },
  error(state, event, at) {
    state.ended = "error";
    const message = event["message"] ?? asFields(event["error"])?.["message"];
    if (typeof message !== "string") state.report("error-shape", at, "the error has no message");
  },
};

/** Checks identity and status of a response object and returns it. */
function checkResponse(state: State, event: Fields, statuses: readonly string[], at: number): Fields {
  const response = asFields(event["response"]) ?? {};
  const id = response["id"];
  if (typeof id !== "string" || id === "") state.report("response-id", at, "the response has no id");
  else if (state.responseId !== undefined && state.responseId !== id)
    state.report("response-id", at, `the response id changed to ${id}`);
  if (typeof id === "string") state.responseId ??= id;
  if (response["object"] !== "response") state.report("response-shape", at, "object is not response");
  if (!statuses.includes(String(response["status"])))
    state.report("response-status", at, `status is ${String(response["status"])}`);
  return response;
}

function checkFinal(state: State, response: Fields, at: number): void {
  const ids = asList(response["output"]).map((item) => asFields(item)?.["id"]);
  const expected = [...state.items.values()].map((item) => item.id);
  if (JSON.stringify(ids) !== JSON.stringify(expected))
    state.report("final-output", at, `output has ${JSON.stringify(ids)}, the stream had ${JSON.stringify(expected)}`);
  const usage = asFields(response["usage"]);
  if (typeof usage?.["input_tokens"] !== "number" || typeof usage["output_tokens"] !== "number") {
    state.report("usage", at, "usage lacks counts");
    return;
  }
  const cached = asFields(usage["input_tokens_details"])?.["cached_tokens"];
  const reasoning = asFields(usage["output_tokens_details"])?.["reasoning_tokens"];
  if (typeof cached !== "number" || typeof reasoning !== "number")
    state.report("usage-details", at, "usage lacks its detail objects");
}

function checkIndexed(state: State, type: string, event: Fields, index: number, at: number): void {
  const known = state.items.get(index);
  if (type === "response.output_item.added") {
    const item = asFields(event["item"]) ?? {};
    if (known) {
      state.report("second-item", at, `output_index ${index} was added already`);
      return;
    }
    if (index !== state.items.size)
      state.report("output-index", at, `output_index ${index}, expected ${state.items.size}`);
    const { id, type: kind, call_id: callId } = item;
    if (typeof id !== "string" || id === "") state.report("item-id", at, "the item has no id");
    const isCall = kind === "function_call" || kind === "custom_tool_call";
    if (isCall && (typeof callId !== "string" || callId === "" || typeof item["name"] !== "string"))
      state.report("call-shape", at, "the call lacks call_id or name");
    const body = item["arguments"] ?? item["input"];
    if (isCall && body !== "") state.report("call-shape", at, "a call starts with empty arguments");
    state.items.set(index, {
      id: String(id),
      kind: String(kind),
      callId,
      isDone: false,
      parts: new Map(),
      joined: "",
      finalText: undefined,
    });
    return;
  }
  if (!known) {
    state.report("unseen-item", at, `${type} for output_index ${index}, which was not added`);
    return;
  }
  if (known.isDone) state.report("after-item-done", at, `${type} after output_item.done of ${index}`);
  checkItemEvent(state.report, known, type, event, at);
}
