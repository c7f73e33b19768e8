import { describe, expect, test } from "bun:test";
import type { StoryStep } from "../../../../src/admin/contract/logs.ts";
import { sampleAttempt, sampleDetail, sampleRow, sampleStep } from "./sample-log.ts";
import { headlineOf, tellStory } from "./story.ts";

const failed = sampleAttempt({ outcome: "overloaded", status: 529 });
const answered = sampleAttempt({ number: 2, upstream_id: "beta" });

describe("the story of a request", () => {
  test("tells a fail-over before the first content", () => {
    const story = [
      sampleStep("arrived"),
      sampleStep("tried", { attempt: 1, upstream_id: "alpha" }),
      sampleStep("failed", { attempt: 1, upstream_id: "alpha", status: 529, outcome: "overloaded", detail: "busy" }),
      sampleStep("tried", { attempt: 2, upstream_id: "beta" }),
      sampleStep("first-content", { attempt: 2, upstream_id: "beta" }),
      sampleStep("answered", { attempt: 2, upstream_id: "beta", status: 200, at_ms: 2000 }),
    ];
    const lines = tellStory(sampleDetail({ story }));
    expect(lines.map((line) => line.sentence)).toEqual([
      "arrived",
      "triedFirst",
      "failedStatus",
      "triedNext",
      "firstContent",
      "answered",
    ]);
    expect(lines[2]).toMatchObject({
      tone: "bad",
      detail: "busy",
      values: { upstream: "alpha", outcome: "overloaded" },
    });
    expect(lines[5]).toMatchObject({ atMs: 2000, tone: "good" });
  });

  test("tells what the client had seen when the answer broke and who finished it", () => {
    const story = [
      sampleStep("tried", { upstream_id: "alpha" }),
      sampleStep("first-content", { upstream_id: "alpha" }),
      sampleStep("failed", { upstream_id: "alpha", status: 200, outcome: "truncated" }),
      sampleStep("restarted", { upstream_id: "alpha" }),
      sampleStep("tried", { upstream_id: "alpha" }),
      sampleStep("first-content", { upstream_id: "alpha" }),
      sampleStep("answered", { upstream_id: "alpha" }),
    ];
    expect(tellStory(sampleDetail({ story })).map((line) => line.sentence)).toEqual([
      "triedFirst",
      "firstContent",
      "failedVisible",
      "restarted",
      "triedAgain",
      "firstContentAgain",
      "answeredAfterRestart",
    ]);
  });

  test("an attempt that was to carry on and sent nothing did not break off itself", () => {
    const story = [
      sampleStep("first-content", { attempt: 1 }),
      sampleStep("failed", { attempt: 1, status: 200, outcome: "truncated" }),
      sampleStep("restarted", { attempt: 2 }),
      sampleStep("failed", { attempt: 2, status: 529, outcome: "overloaded" }),
    ];
    const attempts = [sampleAttempt({ first_content_ms: 5 }), sampleAttempt({ number: 2 })];
    expect(tellStory(sampleDetail({ story, attempts })).map((line) => line.sentence)).toEqual([
      "firstContent",
      "failedVisible",
      "restarted",
      "failedToContinue",
    ]);
  });

  test.each([
    { name: "before any attempt", steps: [sampleStep("gave-up")], last: "refused" },
    {
      name: "without content",
      steps: [sampleStep("tried", { upstream_id: "a" }), sampleStep("gave-up")],
      last: "gaveUp",
    },
    {
      name: "with content",
      steps: [sampleStep("tried", { upstream_id: "a" }), sampleStep("first-content"), sampleStep("gave-up")],
      last: "gaveUpVisible",
    },
    { name: "by the client, early", steps: [sampleStep("client-left")], last: "clientLeftBefore" },
    {
      name: "by the client, late",
      steps: [sampleStep("first-content"), sampleStep("client-left")],
      last: "clientLeftAmid",
    },
    { name: "behind a tool call", steps: [sampleStep("closed-after-call")], last: "closedAfterCall" },
    { name: "by silence", steps: [sampleStep("failed", { outcome: "connect_refused" })], last: "failedSilent" },
  ])("ends $name as $last", ({ steps, last }) => {
    expect(tellStory(sampleDetail({ story: [...steps] })).at(-1)?.sentence).toBe(last as "refused");
  });
});

describe("the headline", () => {
  test.each([
    { name: "answered at once", detail: sampleDetail(), expected: "firstTry" },
    { name: "rescued", detail: sampleDetail({ attempts: [failed, answered] }), expected: "rescued" },
    {
      name: "restarted",
      detail: sampleDetail({ row: sampleRow({ restart_count: 1 }), attempts: [failed, answered] }),
      expected: "restarted",
    },
    {
      name: "closed in form",
      detail: sampleDetail({ attempts: [failed], story: [sampleStep("closed-after-call")] }),
      expected: "closedAfterCall",
    },
    {
      name: "refused",
      detail: sampleDetail({ row: sampleRow({ outcome: "client-unauthenticated", status: 401 }), attempts: [] }),
      expected: "refused",
    },
    {
      name: "failed",
      detail: sampleDetail({ row: sampleRow({ outcome: "upstream-overloaded" }), attempts: [failed] }),
      expected: "failed",
    },
    {
      name: "broke before the client's eyes",
      detail: sampleDetail({
        row: sampleRow({ outcome: "upstream-truncated" }),
        attempts: [failed],
        story: [sampleStep("first-content")],
      }),
      expected: "brokeVisible",
    },
    {
      name: "left by the client",
      detail: sampleDetail({ row: sampleRow({ outcome: "client_closed" }) }),
      expected: "clientLeft",
    },
  ])("says that a request was $name", ({ detail, expected }) => {
    expect(headlineOf(detail).sentence).toBe(expected as "firstTry");
  });

  test("names the one that broke off before the client's eyes rather than one that failed unseen", () => {
    const broken = sampleAttempt({ upstream_id: "gamma", outcome: "truncated", first_content_ms: 9 });
    const detail = sampleDetail({ row: sampleRow({ restart_count: 1 }), attempts: [failed, broken, answered] });
    expect(headlineOf(detail).values).toMatchObject({ failed: "gamma", outcome: "truncated" });
  });

  test("an error inside an opened stream is told as one", () => {
    const story = [sampleStep("tried", { upstream_id: "a" }), sampleStep("gave-up", { status: 200 })];
    expect(tellStory(sampleDetail({ story })).at(-1)?.sentence).toBe("gaveUpVisible");
  });

  test("does not say that nobody was left to ask when a limit ended the attempts", () => {
    const end = (changes: Partial<StoryStep>) => {
      const story = [
        sampleStep("tried", { upstream_id: "a" }),
        sampleStep("gave-up", { stopped_by: "window", ...changes }),
      ];
      return tellStory(sampleDetail({ story })).at(-1);
    };
    expect(end({ status: 503 })).toMatchObject({ sentence: "stopped", values: { stoppedBy: "window" } });
    expect(end({ status: 200 })?.sentence).toBe("stoppedVisible");
    expect(end({ status: 503, stopped_by: null })?.sentence).toBe("gaveUp");
  });

  test("names who failed, why, and who answered", () => {
    expect(headlineOf(sampleDetail({ attempts: [failed, answered] }))).toMatchObject({
      tone: "good",
      values: { upstream: "beta", failed: "alpha", outcome: "overloaded", count: 2 },
    });
  });
});
