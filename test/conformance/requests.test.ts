// Every recorded request through the real gateway to upstreams of the three other formats: what arrives there is a
// valid body of that format and holds all that the client said. Own formats get the same bytes (answers.test.ts).

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRecordings } from "../support/recordings.ts";
import { BODY_FAULTS, MODELS } from "./bodies/body-faults.ts";
import { READERS } from "./expected/readers.ts";
import { fields } from "./expected/reading.ts";
import { type RequestContent, requestContent } from "./expected/request-content.ts";
import { ownRequest, PROTOCOLS, readRecordings } from "./recorded-answers.ts";
import { type ReplayServer, startReplayServer } from "./replay-server.ts";

const ANSWER = { answer: { text: "Understood." } };

/** What of the client's content the upstream did not get; `[]` means that everything arrived. */
function missing(sent: RequestContent, got: RequestContent): string[] {
  const lost: string[] = [];
  const all = [...got.texts, ...got.results.flat()].join("\n");
  for (const text of sent.texts) if (!holds(all, text)) lost.push(`text ${text.slice(0, 80)}`);
  for (const image of sent.images) if (!got.images.includes(image)) lost.push(`image ${image.slice(0, 40)}`);
  for (const tool of sent.tools) if (!got.tools.some((name) => name.endsWith(tool))) lost.push(`tool ${tool}`);
  sent.calls.forEach((call, at) => {
    const input = call.isCustom && !got.calls[at]?.isCustom ? { input: call.input } : call.input;
    const found = got.calls.filter((each) => each.name.endsWith(call.name));
    if (!found.some((each) => Bun.deepEquals(each.input, input))) lost.push(`call ${at} ${call.name}`);
  });
  sent.results.forEach((texts, at) => {
    for (const text of texts) if (!holds(all, text.trim())) lost.push(`result ${at} ${text.slice(0, 80)}`);
  });
  return lost;
}

/** Whether a foreign upstream cannot do what the client asks for: work in the background, or read stored files. */
function isBeyond(body: unknown, sent: RequestContent): boolean {
  return fields(body)["background"] === true || sent.media.length > 0;
}

/** Refusals say where the trouble is: `messages[0].content[0]: …`. */
const NAMES_A_PLACE = /^(background|messages\[\d+\]\S*): /;

/** As it is, or inside JSON. */
function holds(all: string, text: string): boolean {
  return all.includes(text) || all.includes(JSON.stringify(text).slice(1, -1));
}

for (const upstream of PROTOCOLS) {
  for (const model of MODELS[upstream]) {
    describe.skipIf(!hasRecordings)(`recorded requests to ${model} in ${upstream}`, () => {
      let server: ReplayServer;
      beforeAll(async () => {
        server = await startReplayServer(upstream, { model_map: { "*": model } });
      });
      afterAll(() => server.stop());

      /** Values that the client itself got wrong are its upstream's to refuse. */
      const faultsIn = (body: unknown) =>
        BODY_FAULTS[upstream](body, model).filter((fault) => fault !== "temperature: 100 is not from 0 to 2");

      for (const client of PROTOCOLS) {
        if (client === upstream) continue;
        for (const { recording, kind } of readRecordings(client)) {
          const request = kind === "answer" || kind === "failure" ? ownRequest(client, recording) : undefined;
          if (!request) continue;
          test(`${recording.id} arrives whole`, async () => {
            const { answer, upstream: received } = await server.ask(request, ANSWER);
            const sent = requestContent(client, recording.request.body);
            if (answer.status === 400 && isBeyond(recording.request.body, sent)) {
              expect(received).toBeUndefined();
              expect(READERS[client]({ text: answer.text, isStream: false }).error?.message).toMatch(NAMES_A_PLACE);
              return;
            }
            expect(answer.status, answer.text).toBe(200);
            expect(faultsIn(received?.json)).toEqual([]);
            const got = requestContent(upstream, received?.json);
            expect(missing(sent, got)).toEqual([]);
            const lostMedia = sent.media.filter((each) => !got.media.includes(each));
            // What a format cannot carry is at least said.
            if (lostMedia.length > 0) expect(Number(answer.headers.get("x-apirouter-losses"))).toBeGreaterThan(0);
          });
        }
      }
    });
  }
}
