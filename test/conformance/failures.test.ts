// Every recorded failure through the real gateway to clients of all four formats: a truthful status and type in the
// client's own envelope, and never anything that looks like an answer.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { Recording } from "../../src/simulator/replay.ts";
import { hasRecordings } from "../support/recordings.ts";
import { clientRequest } from "./client-requests.ts";
import { expectedError, failureKind } from "./expected/expected-error.ts";
import { READERS } from "./expected/readers.ts";
import { fields, type ReadError } from "./expected/reading.ts";
import { GRAMMARS } from "./grammars.ts";
import { ownRequest, PROTOCOLS, readRecordings } from "./recorded-answers.ts";
import { type ReplayedExchange, startReplayServer } from "./replay-server.ts";

/** Prompts that were too long. Agents shorten a conversation only when they are told so in their own API's words. */
const TOO_LONG = [
  "openai_chat/openrouter-chat-real-error-scenarios-openrouter-claude-haiku-4-5-handles-context",
  "openai_chat/ollama-chat-real-error-scenarios-ollama-cloud-gpt-oss-120b-handles-context-lengt",
  "openai_chat/perplexity-chat-real-error-scenarios-perplexity-sonar-handles-context-length-exc",
];

/** One request on a fresh gateway, whose breakers know nothing of the case before. */
async function playOnce(upstream: ProtocolId, client: ProtocolId, recording: Recording): Promise<ReplayedExchange> {
  const server = await startReplayServer(upstream);
  try {
    const { stream } = recording.response;
    const own = client === upstream ? ownRequest(upstream, recording) : undefined;
    return await server.play(recording, own ?? clientRequest(client, { model: recording.model || "m", stream }));
  } finally {
    await server.stop();
  }
}

/** The words of the recorded error; `""` where it had none. */
function recordedWords(upstream: ProtocolId, recording: Recording): ReadError {
  const { text, stream } = recording.response;
  if (text.startsWith("<")) return { type: "", message: "" };
  return READERS[upstream]({ text, isStream: stream }).error ?? { type: "", message: "" };
}

for (const upstream of PROTOCOLS) {
  describe.skipIf(!hasRecordings)(`recorded failures of ${upstream}`, () => {
    const failures = readRecordings(upstream).filter(({ kind }) => kind === "failure");
    for (const { recording, reading } of failures) {
      const kind = failureKind(recording);
      const words = recordedWords(upstream, recording);
      const hasBegun = reading !== undefined && reading.text !== "";
      for (const client of PROTOCOLS) {
        if (hasBegun) {
          test(`${recording.id} breaks off in the middle for ${client} clients`, async () => {
            const { answer } = await playOnce(upstream, client, recording);
            expect(answer.status).toBe(200);
            if (client !== upstream) expect(GRAMMARS[client](answer.text)).toEqual([]);
            const got = READERS[client]({ text: answer.text, isStream: true });
            expect(got.text).toBe(reading.text);
            expect(got.stop.replace("failed:", "").replace(":", "")).toBe("");
            expect(got.error?.message).toBe(words.message);
          });
          continue;
        }
        if (client === upstream && fields(recording.response.body)["status"] === "queued") {
          test(`${recording.id} has begun, and its own client asks for the rest`, async () => {
            const { answer } = await playOnce(upstream, client, recording);
            expect(answer.status).toBe(200);
            expect(answer.text).toBe(recording.response.text);
          });
          continue;
        }
        test(`${recording.id} is a failure of kind ${kind} for ${client} clients`, async () => {
          const { answer, upstream: received } = await playOnce(upstream, client, recording);
          const own = client === upstream ? ownRequest(upstream, recording) : undefined;
          if (own) expect(received?.text).toBe(own.body);
          const expected = expectedError(client, kind, recording.response.status);
          expect(answer.status, answer.text).toBe(expected.status);
          expect(answer.headers.get("content-type")).toContain("application/json");
          const got = READERS[client]({ text: answer.text, isStream: false }).error;
          // A client of the same API gets the upstream's own word where it had one.
          const isOwnWord = upstream.slice(0, 6) === client.slice(0, 6) && got?.type === words.type;
          if (!isOwnWord) expect(got?.type).toBe(expected.type);
          if (kind === "bad-request" && !TOO_LONG.includes(recording.id)) expect(got?.message).toBe(words.message);
          expect(got?.message).not.toBe("");
        });
      }
    }

    for (const { recording } of failures.filter((each) => TOO_LONG.includes(each.recording.id))) {
      test(`${recording.id} tells Anthropic clients that the prompt is too long`, async () => {
        const { answer } = await playOnce(upstream, "anthropic", recording);
        const error = READERS.anthropic({ text: answer.text, isStream: false }).error;
        expect(error?.message).toStartWith("prompt is too long");
      });
      test(`${recording.id} tells OpenAI clients that the context is exceeded`, async () => {
        for (const client of ["openai-chat", "openai-responses"] as const) {
          const { answer } = await playOnce(upstream, client, recording);
          expect(fields(fields(JSON.parse(answer.text))["error"])["code"]).toBe("context_length_exceeded");
        }
      });
    }
  });
}
