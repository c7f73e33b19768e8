// What happened to a request, as sentences: picks for each step which sentence tells it and what to fill in. The words
// are in the translations; text from upstreams is only ever a value in them.

import type { LogDetail, LogRow, StoryStep } from "../../../../src/admin/contract/logs.ts";

export type StoryTone = "neutral" | "good" | "warning" | "bad";

/** One line of the story. */
export interface StoryLine {
  /** Since the request came in. */
  readonly atMs: number;
  readonly tone: StoryTone;
  /** Which sentence; `logs.story.` stands before it in the translations. */
  readonly sentence: StorySentence;
  readonly values: StoryValues;
  /** The upstream's own words, shown under the line. */
  readonly detail: string | null;
}

export interface StoryValues {
  readonly model: string;
  readonly upstream: string;
  readonly attempt: number;
  readonly status: number;
  /** Name of an outcome, to be explained; "" for none. */
  readonly outcome: string;
  /** Why no further attempt was made although upstreams were left; `logs.stoppedBy.` stands before it. */
  readonly stoppedBy: StoryStep["stopped_by"];
}

export type StorySentence =
  | "arrived"
  | "triedFirst"
  | "triedNext"
  | "triedAgain"
  | "failedSilent"
  | "failedStatus"
  | "failedVisible"
  | "failedToContinue"
  | "restarted"
  | "firstContent"
  | "firstContentAgain"
  | "closedAfterCall"
  | "answered"
  | "answeredAfterRestart"
  | "clientLeftBefore"
  | "clientLeftAmid"
  | "gaveUp"
  | "gaveUpVisible"
  | "stopped"
  | "stoppedVisible"
  | "refused";

/** The whole story, oldest first. */
export function tellStory(detail: LogDetail): readonly StoryLine[] {
  const lines: StoryLine[] = [];
  const tried: string[] = [];
  let hasContent = false;
  let hasRestarted = false;
  for (const step of detail.story) {
    const attempt = step.attempt === null ? undefined : detail.attempts[step.attempt - 1];
    const hadOwnContent = attempt === undefined || attempt.first_content_ms !== null;
    const sentence = sentenceFor(step, { tried, hasContent, hasRestarted, hadOwnContent });
    lines.push({
      atMs: step.at_ms,
      tone: TONES[sentence],
      sentence,
      values: valuesOf(step, detail.row),
      detail: step.kind === "failed" || step.kind === "gave-up" ? step.detail : null,
    });
    if ((step.kind === "tried" || step.kind === "restarted") && step.upstream_id !== null) tried.push(step.upstream_id);
    if (step.kind === "first-content") hasContent = true;
    if (step.kind === "restarted") hasRestarted = true;
  }
  return lines;
}

interface Before {
  readonly tried: readonly string[];
  readonly hasContent: boolean;
  readonly hasRestarted: boolean;
  /** What the step is about sent content itself; another may have before it. */
  readonly hadOwnContent: boolean;
}

function sentenceFor(step: StoryStep, { tried, hasContent, hasRestarted, hadOwnContent }: Before): StorySentence {
  switch (step.kind) {
    case "arrived":
      return "arrived";
    case "tried":
      if (tried.length === 0) return "triedFirst";
      return tried[tried.length - 1] === step.upstream_id ? "triedAgain" : "triedNext";
    case "failed":
      if (hasContent) return hadOwnContent ? "failedVisible" : "failedToContinue";
      return step.status === null || step.status < 300 ? "failedSilent" : "failedStatus";
    case "restarted":
      return "restarted";
    case "first-content":
      return hasContent ? "firstContentAgain" : "firstContent";
    case "closed-after-call":
      return "closedAfterCall";
    case "answered":
      return hasRestarted ? "answeredAfterRestart" : "answered";
    case "client-left":
      return hasContent ? "clientLeftAmid" : "clientLeftBefore";
    case "gave-up":
      if (tried.length === 0) return "refused";
      // With a status that says all is well, the stream had been opened: the error came inside it.
      if (hasContent || (step.status !== null && step.status < 400))
        return step.stopped_by === null ? "gaveUpVisible" : "stoppedVisible";
      return step.stopped_by === null ? "gaveUp" : "stopped";
  }
}

const TONES: Readonly<Record<StorySentence, StoryTone>> = {
  arrived: "neutral",
  triedFirst: "neutral",
  triedNext: "neutral",
  triedAgain: "neutral",
  failedSilent: "bad",
  failedStatus: "bad",
  failedVisible: "bad",
  failedToContinue: "bad",
  restarted: "warning",
  firstContent: "good",
  firstContentAgain: "good",
  closedAfterCall: "warning",
  answered: "good",
  answeredAfterRestart: "good",
  clientLeftBefore: "warning",
  clientLeftAmid: "warning",
  gaveUp: "bad",
  gaveUpVisible: "bad",
  stopped: "bad",
  stoppedVisible: "bad",
  refused: "bad",
};

function valuesOf(step: StoryStep, row: LogRow): StoryValues {
  return {
    model: row.model,
    upstream: step.upstream_id ?? row.upstream_id ?? "",
    attempt: step.attempt ?? 0,
    status: step.status ?? row.status,
    outcome: step.outcome ?? "",
    stoppedBy: step.stopped_by,
  };
}

/** The story in one sentence, for the head of the detail; `logs.headline.` stands before it in the translations. */
export interface Headline {
  readonly sentence:
    | "firstTry"
    | "rescued"
    | "restarted"
    | "closedAfterCall"
    | "refused"
    | "failed"
    | "brokeVisible"
    | "clientLeft";
  readonly tone: StoryTone;
  readonly values: {
    /** Who answered, or was asked last. */
    readonly upstream: string;
    /** Who failed first; "" where nobody did. */
    readonly failed: string;
    /** Why that one failed: name of an outcome; "" where nobody did. */
    readonly outcome: string;
    readonly count: number;
  };
}

/** What a person wants to know first: did it work, who had failed, did the client notice. */
export function headlineOf({ row, attempts, story }: LogDetail): Headline {
  const failures = attempts.filter((attempt) => attempt.outcome !== "ok");
  // One that broke off before the client's eyes matters more than those that failed unseen.
  const failed = failures.find((attempt) => attempt.first_content_ms !== null) ?? failures[0];
  const values = {
    upstream: row.upstream_id ?? "",
    failed: failed?.upstream_id ?? "",
    outcome: failed?.outcome ?? "",
    count: attempts.length,
  };
  const has = (kind: StoryStep["kind"]) => story.some((step) => step.kind === kind);
  if (row.outcome === "client_closed") return { sentence: "clientLeft", tone: "warning", values };
  if (row.outcome === "ok") {
    if (has("closed-after-call")) return { sentence: "closedAfterCall", tone: "warning", values };
    if (row.restart_count > 0) return { sentence: "restarted", tone: "good", values };
    return { sentence: failed ? "rescued" : "firstTry", tone: "good", values };
  }
  if (attempts.length === 0) return { sentence: "refused", tone: "bad", values: { ...values, outcome: row.outcome } };
  return { sentence: has("first-content") ? "brokeVisible" : "failed", tone: "bad", values };
}
