// A whole Chat Completions answer, wire to neutral.

import { createResponseCollector } from "../../core/collect-response.ts";
import { isTooDeep } from "../../core/json-depth.ts";
import type { IrResponse } from "../../core/response.ts";
import type { WireError } from "../../core/wire-error.ts";
import type { DecodeContext } from "../protocol.ts";
import { createAnswerReader } from "./answer-reader.ts";
import { failure } from "./decode-stream.ts";
import { decodeError, isErrorBody } from "./errors.ts";
import { isFailure } from "./stop-reason.ts";
import { asArray, asNumber, asObject, asText, type WireAnswer, type WireChoice, type WireDelta } from "./wire.ts";

/**
 * Reads an answer. Errors inside a 200 and bodies that are no answer give `{error}`; a missing usage, an empty
 * finish reason, content of null and the like do not. Never throws.
 */
export function decodeResponse(body: unknown, context: DecodeContext): IrResponse | { readonly error: WireError } {
  if (isTooDeep(body)) return malformed("the body nests too deep");
  if (isErrorBody(body)) return { error: decodeError(0, body) };
  const wire = asObject<WireAnswer>(body);
  if (!wire) return malformed("the body is no JSON object");
  const choices = asArray(wire.choices);
  const choice = choices
    .map((item) => asObject<WireChoice>(item))
    .find((item) => item && (asNumber(item.index) ?? 0) === 0);
  if (!choice) return malformed("choices: expected a choice with index 0, found none");
  const reason = asText(choice.finish_reason);
  if (isFailure(reason)) return { error: failure(reason, choice.error) };
  const message = asObject<WireDelta>(choice.message) ?? asObject<WireDelta>(choice.delta);
  if (!message && reason === "") return malformed("choices[0].message: expected an object, found none");
  if (choices.length > 1) context.loss({ kind: "dropped", path: "choices[1]", feature: "further-choices" });

  const collector = createResponseCollector();
  const reader = createAnswerReader(collector.event, context);
  reader.outer(wire);
  if (message && !reader.delta(message)) return malformed("the arguments of a tool call do not end");
  reader.logprobs(choice.logprobs);
  reader.finish(choice);
  reader.end();
  return collector.result() ?? malformed("the answer did not end");
}

function malformed(message: string): { readonly error: WireError } {
  return { error: { message, malformed: true } };
}
