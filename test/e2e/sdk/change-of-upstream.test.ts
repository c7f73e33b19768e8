// An upstream of another format takes over between two turns of an official SDK: it gets the whole conversation in a
// valid form and nothing that only the first upstream can read.

import { describe, expect, test } from "bun:test";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { BODY_FAULTS } from "../../conformance/bodies/body-faults.ts";
import { requestContent } from "../../conformance/expected/request-content.ts";
import { CLIENTS, FORMATS } from "./clients.ts";
import { startSdkGateway, UPSTREAM_MODELS } from "./sdk-gateway.ts";

const SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS1maXJzdC10dXJu";
const CALLS = [
  { name: "get_weather", arguments: { city: "Paris" } },
  { name: "get_time", arguments: { zone: "Europe/Paris" } },
];

for (const client of FORMATS) {
  const sdk = CLIENTS[client];
  describe(`a conversation of ${sdk.name} goes on elsewhere`, () => {
    for (const before of FORMATS) {
      for (const after of FORMATS) {
        if (before === after) continue;
        for (const isStream of [false, true]) {
          test(`from ${before} to ${after}, ${isStream ? "streamed" : "whole"}`, async () => {
            const gateway = await startSdkGateway([before, after]);
            try {
              const [first, second] = gateway.upstreams as [Simulator, Simulator];
              first.setPlan({
                answer: { thinking: "Look it up.", signature: SIGNATURE, text: "One moment.", toolCalls: CALLS },
              });
              second.setPlan({ answer: { text: "Sunny, and noon." } });
              const conversation = sdk.converse(gateway.url, isStream);
              expect((await conversation.ask()).stop).toBe("tool");
              first.setPlan({ error: "overloaded" });
              expect(await conversation.answer(["sunny", "12:00"])).toMatchObject({
                text: "Sunny, and noon.",
                stop: "end",
              });

              expect(second.requestCount).toBe(1);
              const taken = second.requests[0];
              expect(taken?.text).not.toContain(SIGNATURE);
              expect(taken?.text).not.toContain("apr1");
              if (client !== after) expect(BODY_FAULTS[after](taken?.json, UPSTREAM_MODELS[after])).toEqual([]);
              const content = requestContent(after, taken?.json);
              expect(content.texts).toContain("One moment.");
              expect(content.calls).toEqual(CALLS.map((call) => ({ name: call.name, input: call.arguments })));
              expect(content.results).toEqual([["sunny"], ["12:00"]]);
            } finally {
              await gateway.stop();
            }
          });
        }
      }
    }
  });
}
