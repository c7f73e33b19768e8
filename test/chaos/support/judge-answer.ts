// What became of a request, judged from what its client got: a whole answer, a truth, or something that may not be.

import {
  type ClientAnswer,
  type ClientCall,
  errorOf,
  streamEvents,
  streamViolations,
} from "../../e2e/support/client-calls.ts";
import { looksFinished } from "../../e2e/support/looks-finished.ts";

/** `wrong` is never acceptable: neither complete nor told, or told in a form that is none. */
export type Judgement =
  | { readonly type: "ok" }
  /** The client was refused before any content. */
  | { readonly type: "refused"; readonly status: number }
  /** The stream ended in the protocol's error, behind content. */
  | { readonly type: "broken" }
  | { readonly type: "wrong"; readonly why: string };

/** Judges an answer that was read to its end. */
export function judgeAnswer(call: ClientCall, answer: ClientAnswer): Judgement {
  if (answer.status !== 200) {
    return errorOf(call.protocol, answer.text)
      ? { type: "refused", status: answer.status }
      : { type: "wrong", why: `status ${answer.status} without an error: ${answer.text.slice(0, 120)}` };
  }
  if (!call.stream) {
    return isJson(answer.text) && errorOf(call.protocol, answer.text) === undefined
      ? { type: "ok" }
      : { type: "wrong", why: `no answer under status 200: ${answer.text.slice(0, 120)}` };
  }
  const [violation] = streamViolations(call.protocol, answer.text);
  if (violation) return { type: "wrong", why: `${violation.rule}: ${violation.message}` };
  const last = streamEvents(answer.text).at(-1) ?? {};
  const hasError = "error" in last || last["type"] === "error" || last["type"] === "response.failed";
  const isFinished = looksFinished(call.protocol, answer.text);
  if (hasError === isFinished) return { type: "wrong", why: `error ${hasError}, finished ${isFinished}` };
  return { type: hasError ? "broken" : "ok" };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
