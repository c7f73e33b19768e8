import { expect, test } from "bun:test";
import type { AttemptRecord } from "../../core/request-record.ts";
import { operationName } from "./operation-name.ts";

const [READ, PASSED] = [{}, { answerBytes: 3 }] as AttemptRecord[];

const cases = [
  { path: "/v1/chat/completions", attempts: [READ, READ], expected: "chat" },
  { path: "/v1/messages", attempts: [], expected: "chat" },
  { path: "/v1/embeddings", attempts: [PASSED], expected: "embeddings" },
  { path: "/v1/embeddings", attempts: [], expected: "embeddings" },
  { path: "/v1beta/models/m:embedContent", attempts: [PASSED], expected: "embeddings" },
  { path: "/v1beta/models/m:batchEmbedContents", attempts: [PASSED], expected: "embeddings" },
  { path: "/v1/completions", attempts: [PASSED], expected: "text_completion" },
  { path: "/v1/files", attempts: [PASSED], expected: undefined },
];
for (const { path, attempts, expected } of cases)
  test(`${path}, ${attempts.length} attempts: ${expected}`, () => {
    expect(operationName({ path, attempts: attempts as AttemptRecord[] })).toBe(expected);
  });
