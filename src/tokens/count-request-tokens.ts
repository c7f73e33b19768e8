// Counts a request's input tokens with a real tokenizer, weighted for the family of the model that will get it.

import type { IrRequest } from "../core/request.ts";
import type { TextCounter } from "./byte-pair-counter.ts";
import { estimateRequestTokens } from "./estimate-request-tokens.ts";
import { loadTextCounter } from "./load-text-counter.ts";
import { measureRequest, type WeightedText } from "./measure-request.ts";
import { tokenProfile } from "./token-profile.ts";

/** Counts requests; create one per process, because it holds the tokenizer once that is loaded. */
export interface TokenCounter {
  /**
   * Input tokens of a request at `model` (the upstream's name for it), at least 1. Exact text counting up to a limit,
   * evenly spread samples beyond it. Requests are counted one after another, in turns of a few milliseconds with
   * pauses for everything else. Never rejects: without its vocabulary it estimates.
   */
  count(request: IrRequest, model: string): Promise<number>;
}

/** Characters tokenised at once; cut where a word ends, so that the sum is that of the whole. */
const SLICE_CHARACTERS = 4_096;
/** Characters of a request that are tokenised; of more text only a sample of that size is. */
const MAX_CHARACTERS = 400_000;
/** Work between two pauses. */
const TURN_MS = 5;

/** What the counter needs from outside; tests give their own. */
export interface TokenCounterOptions {
  readonly load?: (pause: () => Promise<void>) => Promise<TextCounter>;
  /** Lets everything else run; defaults to a timer. */
  readonly pause?: () => Promise<void>;
  readonly nowMs?: () => number;
}

/** Creates a counter. The tokenizer is loaded by the first count, once for all that wait; a failure is tried again. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const load = options.load ?? loadTextCounter;
  const pause = options.pause ?? (() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
  const nowMs = options.nowMs ?? (() => performance.now());
  let loading: Promise<TextCounter | null> | undefined;
  let lastTurn: Promise<unknown> = Promise.resolve();
  // Shared by all counts: many short ones in a row must pause as well.
  let turnEnds = Number.NEGATIVE_INFINITY;

  function textCounter(): Promise<TextCounter | null> {
    loading ??= load(pause).catch(() => {
      // Estimates stand in; the next count tries again.
      loading = undefined;
      return null;
    });
    return loading;
  }

  async function takeBreath(): Promise<void> {
    await pause();
    turnEnds = nowMs() + TURN_MS;
  }

  /** Tokens of all texts. Of more than MAX_CHARACTERS every n-th slice stands for its neighbours. */
  async function countTexts(texts: readonly WeightedText[], count: TextCounter): Promise<number> {
    const total = texts.reduce((sum, { text }) => sum + text.length, 0);
    const share = Math.min(1, MAX_CHARACTERS / Math.max(1, total));
    let tokens = 0;
    let passed = 0;
    let seen = 0;
    for (const { text, weight } of texts) {
      for (let from = 0; from < text.length; ) {
        const to = sliceEnd(text, from);
        const before = Math.floor((passed * share) / SLICE_CHARACTERS);
        passed += to - from;
        if (share === 1 || Math.floor((passed * share) / SLICE_CHARACTERS) > before) {
          tokens += count(text.slice(from, to)) * weight;
          seen += to - from;
        }
        from = to;
        if (nowMs() >= turnEnds) await takeBreath();
      }
    }
    return seen === 0 ? 0 : (tokens * total) / seen;
  }

  return {
    count(request, model) {
      const turn = lastTurn.then(async () => {
        const counter = await textCounter();
        if (!counter) return estimateRequestTokens(request, model);
        const { texts, tokens } = measureRequest(request, tokenProfile(model));
        return Math.max(1, Math.round(tokens + (await countTexts(texts, counter))));
      });
      lastTurn = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** Where the slice that begins at `from` ends: before the last line or word that starts in it, else after a whole character. */
function sliceEnd(text: string, from: number): number {
  const end = from + SLICE_CHARACTERS;
  if (end >= text.length) return text.length;
  for (let at = end; at > end - 256; at--) {
    const code = text.charCodeAt(at);
    if ((code === NEWLINE || code === SPACE) && !isSpace(text.charCodeAt(at - 1))) return at;
  }
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;

function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === 0x0d || code === 0x09;
}
