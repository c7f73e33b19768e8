// A quick guess at a request's input tokens, from its characters alone: synchronous, no tokenizer.
// For what has to be said before anything is known (the start event of converted streams).

import type { IrRequest } from "../core/request.ts";
import { measureRequest } from "./measure-request.ts";
import { tokenProfile } from "./token-profile.ts";

/** Characters per o200k token of ASCII text (between prose, 4.6, and code, 3.6) and of everything else. */
const ASCII_PER_TOKEN = 4.1;
const OTHER_PER_TOKEN = 1.6;
/** UTF-16 units looked at per text; longer texts are judged by evenly spread samples of that many. */
const SAMPLE_UNITS = 2_048;

/** Input tokens of a request at `model`, at least 1; within about a fifth for prose and code. Never throws. */
export function estimateRequestTokens(request: IrRequest, model: string): number {
  const { texts, tokens } = measureRequest(request, tokenProfile(model));
  let sum = tokens;
  for (const { text, weight } of texts) sum += estimateTextTokens(text) * weight;
  return Math.max(1, Math.round(sum));
}

/** o200k tokens of a text by its share of non-ASCII characters. */
export function estimateTextTokens(text: string): number {
  const step = Math.max(1, text.length / SAMPLE_UNITS);
  let other = 0;
  let looked = 0;
  for (let at = 0; at < text.length; at += step) {
    looked += 1;
    if (text.charCodeAt(Math.floor(at)) > 0x7f) other += 1;
  }
  const share = looked === 0 ? 0 : other / looked;
  return (text.length * (1 - share)) / ASCII_PER_TOKEN + (text.length * share) / OTHER_PER_TOKEN;
}
