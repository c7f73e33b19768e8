// The official SDKs through the gateway to upstreams of all four formats, whole and streamed: thinking, two parallel
// calls, their results, a final answer, pictures, structured output, usage. Compared are the SDK's own final objects.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { SimAnswer } from "../../../src/simulator/answer.ts";
import { planQueue } from "../../../src/simulator/script.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { BODY_FAULTS } from "../../conformance/bodies/body-faults.ts";
import { fields } from "../../conformance/expected/reading.ts";
import { requestContent } from "../../conformance/expected/request-content.ts";
import { CLIENTS, FORMATS } from "./clients.ts";
import { IMAGE_BASE64, IMAGE_URL, QUESTION, SYSTEM, TOOLS } from "./sdk-client.ts";
import { type SdkGateway, startSdkGateway, UPSTREAM_MODELS } from "./sdk-gateway.ts";
import { signatureIn } from "./signature-in.ts";

const SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS1maXJzdC10dXJu";
const CALLS = [
  { name: "get_weather", arguments: { city: "Paris, Île-de-France" } },
  { name: "get_time", arguments: { zone: "Europe/Paris" } },
];
const FIRST: SimAnswer = {
  thinking: "The tower is in Paris. I need 天気 and time.",
  signature: SIGNATURE,
  text: "I will look both up. 🗼",
  toolCalls: CALLS,
  usage: { inputTokens: 120, cachedTokens: 40, outputTokens: 60, thinkingTokens: 20 },
  chunkSize: 5,
};
const SECOND: SimAnswer = {
  text: "It is sunny, and noon.",
  usage: { inputTokens: 200, cachedTokens: 100, outputTokens: 9 },
  chunkSize: 4,
};
const RESULTS = ['{"sky":"sunny","degrees":21}', "12:00"];
const USAGE = { input: 120, cached: 40, output: 60, thinking: 20 };

for (const upstream of FORMATS) {
  describe(`official SDKs to an upstream of ${upstream}`, () => {
    let gateway: SdkGateway;
    let simulator: Simulator;
    beforeAll(async () => {
      gateway = await startSdkGateway([upstream]);
      simulator = gateway.upstreams[0] as Simulator;
    });
    afterAll(() => gateway.stop());

    for (const client of FORMATS) {
      const sdk = CLIENTS[client];
      for (const isStream of [false, true]) {
        const name = `${sdk.name}, ${isStream ? "streamed" : "whole"}`;

        test(`${name}: two calls, their results and the final answer`, async () => {
          simulator.clearRequests();
          simulator.setPlan(planQueue([{ answer: FIRST }, { answer: SECOND }]));
          const conversation = sdk.converse(gateway.url, isStream);
          const first = await conversation.ask();
          expect(first).toMatchObject({
            text: String(FIRST.text),
            thinking: String(FIRST.thinking),
            calls: CALLS.map((call) => ({ name: call.name, input: call.arguments })),
            stop: "tool",
            usage: USAGE,
          });
          expect(first.calls).toHaveLength(2);
          const second = await conversation.answer(RESULTS);
          expect(second).toEqual({
            text: String(SECOND.text),
            thinking: "",
            calls: [],
            stop: "end",
            usage: { input: 200, cached: 100, output: 9, thinking: 0 },
          });

          expect(simulator.requests.map((request) => request.wantsStream)).toEqual([isStream, isStream]);
          const bodies = simulator.requests.map((request) => request.json);
          if (client !== upstream)
            for (const body of bodies) expect(BODY_FAULTS[upstream](body, UPSTREAM_MODELS[upstream])).toEqual([]);
          const asked = requestContent(upstream, bodies[0]);
          expect(asked.texts).toEqual([SYSTEM, QUESTION]);
          expect(asked.images).toEqual([IMAGE_BASE64, IMAGE_URL]);
          expect(asked.tools).toEqual(TOOLS.map((tool) => tool.name));
          const answered = requestContent(upstream, bodies[1]);
          expect(answered.calls).toEqual(CALLS.map((call) => ({ name: call.name, input: call.arguments })));
          expect(answered.results).toEqual(RESULTS.map((result) => [result]));
        });

        test(`${name}: the upstream gets its own signature back and no envelope`, async () => {
          simulator.clearRequests();
          simulator.setPlan(planQueue([{ answer: FIRST }, { answer: SECOND }]));
          const conversation = sdk.converse(gateway.url, isStream);
          await conversation.ask();
          await conversation.answer(RESULTS);
          const [asked, answered] = simulator.requests;
          expect(asked?.text).not.toContain("apr1");
          expect(answered?.text).not.toContain("apr1");
          // Chat has no signatures.
          if (upstream !== "openai-chat")
            expect(signatureIn(upstream, answered?.json, String(FIRST.thinking))).toBe(SIGNATURE);
        });

        test(`${name}: structured output`, async () => {
          simulator.clearRequests();
          const city = { name: "Tōkyō", population: 37_000_000 };
          simulator.setPlan({ answer: { text: JSON.stringify(city), chunkSize: 7 } });
          expect(await sdk.parse(gateway.url, isStream)).toEqual(city);
          const schema = schemaIn(upstream, fields(simulator.requests[0]?.json));
          expect(Object.keys(fields(schema["properties"]))).toEqual(["name", "population"]);
          expect(schema["required"]).toEqual(["name", "population"]);
        });
      }
    }
  });
}

/** The output schema where the upstream's format has it. */
function schemaIn(upstream: ProtocolId, body: ReturnType<typeof fields>): ReturnType<typeof fields> {
  const places = {
    anthropic: fields(fields(body["output_config"])["format"])["schema"],
    "openai-chat": fields(fields(body["response_format"])["json_schema"])["schema"],
    "openai-responses": fields(fields(body["text"])["format"])["schema"],
    gemini: fields(body["generationConfig"])["responseJsonSchema"],
  };
  return fields(places[upstream]);
}
