// The tool runner of @anthropic-ai/sdk: by default it lets the provider keep the conversation (message threads) and sends
// only what is new. Upstreams that keep none must get the whole conversation all the same.

import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import * as z from "zod/v4";
import { planQueue } from "../../../src/simulator/script.ts";
import { fields } from "../../conformance/expected/reading.ts";
import { requestContent } from "../../conformance/expected/request-content.ts";
import { FORMATS } from "./clients.ts";
import { MODEL, QUESTION, SYSTEM } from "./sdk-client.ts";
import { startSdkGateway } from "./sdk-gateway.ts";

const CITIES = [{ city: "Paris" }, { city: "Rome" }];
const WEATHER = betaZodTool({
  name: "get_weather",
  description: "Weather of a city",
  inputSchema: z.object({ city: z.string() }),
  run: ({ city }) => `sunny in ${city}`,
});
const QUESTIONS = {
  model: MODEL,
  max_tokens: 4096,
  system: SYSTEM,
  tools: [WEATHER],
  messages: [{ role: "user" as const, content: QUESTION }],
};

describe("the SDK's tool runner", () => {
  for (const format of FORMATS) {
    for (const isStream of [false, true]) {
      test(`gives ${format} upstreams the whole conversation, ${isStream ? "streamed" : "whole"}`, async () => {
        const gateway = await startSdkGateway([format]);
        try {
          const upstream = gateway.upstreams[0];
          const toolCalls = CITIES.map((city) => ({ name: "get_weather", arguments: city }));
          upstream?.setPlan(planQueue([{ answer: { toolCalls } }, { answer: { text: "Sunny in both." } }]));

          const client = new Anthropic({ apiKey: "client", baseURL: gateway.url, maxRetries: 0 });
          const message = isStream
            ? await client.beta.messages.toolRunner({ ...QUESTIONS, stream: true }).runUntilDone()
            : await client.beta.messages.toolRunner(QUESTIONS).runUntilDone();

          expect(message.content).toMatchObject([{ type: "text", text: "Sunny in both." }]);
          expect(upstream?.requestCount).toBe(2);
          const last = upstream?.requests[1]?.json;
          expect(fields(last)).not.toHaveProperty("thread");
          const content = requestContent(format, last);
          expect(content.texts).toContain(QUESTION);
          expect(content.calls).toEqual(CITIES.map((city) => ({ name: "get_weather", input: city })));
          expect(content.results).toEqual([["sunny in Paris"], ["sunny in Rome"]]);
        } finally {
          await gateway.stop();
        }
      });
    }
  }

  test("is told when no upstream knows a thread, so that it can begin anew", async () => {
    const gateway = await startSdkGateway(["openai-chat"]);
    try {
      gateway.upstreams[0]?.setPlan({ answer: { text: "Hello." } });
      const client = new Anthropic({ apiKey: "client", baseURL: gateway.url, maxRetries: 0 });
      const going = client.beta.messages.create({
        model: MODEL,
        max_tokens: 100,
        messages: [{ role: "user", content: "And now?" }],
        thread: { type: "continue", previous_message_id: "msg_1" },
        betas: ["message-threads-2026-08-12"],
      });
      const error = await going.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Anthropic.NotFoundError);
      expect(error).toMatchObject({
        error: { error: { type: "not_found_error", details: { error_code: "thread_not_found" } } },
      });
      expect(gateway.upstreams[0]?.requestCount).toBe(0);
    } finally {
      await gateway.stop();
    }
  });
});
