// Every recorded request of the other formats as it would go to OpenAI itself, whose chat is stricter than that of the
// servers that copy it. Encoded only: the host decides, and tests talk to loopback.

import { describe, expect, test } from "bun:test";
import { PROTOCOLS as CODECS } from "../../src/protocols/registry.ts";
import { hasRecordings } from "../support/recordings.ts";
import { openAiChatFaults } from "./bodies/chat-body.ts";
import { fields } from "./expected/reading.ts";
import { requestContent } from "./expected/request-content.ts";
import { ownRequest, PROTOCOLS, readRecordings } from "./recorded-answers.ts";

for (const model of ["gpt-4.1-mini", "gpt-5.4", "o3"]) {
  describe.skipIf(!hasRecordings)(`recorded requests to ${model} at api.openai.com`, () => {
    const target = { upstreamId: "openai", keyId: "k", model, baseUrl: "https://api.openai.com/v1", quirks: {} };
    for (const client of PROTOCOLS) {
      if (client === "openai-chat") continue;
      for (const { recording, kind } of readRecordings(client)) {
        const { body } = recording.request;
        if ((kind !== "answer" && kind !== "failure") || !ownRequest(client, recording)) continue;
        // Stored files and work in the background cannot be asked of it.
        if (fields(body)["background"] === true || requestContent(client, body).media.length > 0) continue;
        test(`${recording.id} is valid there`, () => {
          const { stream } = recording.response;
          const route = { protocol: client, operation: "generate", model: "m", stream, framing: "sse" } as const;
          const request = CODECS[client].decodeRequest(body, route, () => undefined);
          const { value } = CODECS["openai-chat"].encodeRequest(request, target, () => "0".repeat(24));
          expect(openAiChatFaults(value.body, model)).toEqual([]);
        });
      }
    }
  });
}
