// Upstreams that number their calls give an id twice in a conversation, and so do two that count alike. A client that
// is told the same id again takes the later call for the earlier one.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { upstreamEntry } from "./support/upstreams.ts";

const USED = "call_0";
let upstream: Simulator;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = startSimulator({});
  gateway = await startGateway({ upstreams: [upstreamEntry("up", "openai-chat", upstream.url)] });
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

const REQUEST = {
  model: "m",
  max_tokens: 100,
  tools: [{ name: "run", input_schema: { type: "object", properties: {} } }],
  messages: [
    { role: "user", content: "Run it twice." },
    { role: "assistant", content: [{ type: "tool_use", id: USED, name: "run", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: USED, content: "once" }] },
  ],
};
const CALL = { id: USED, type: "function", function: { name: "run", arguments: "{}" } };

async function ask(body: object, answer: string, contentType: string): Promise<Response> {
  upstream.setPlan({ body: answer, headers: { "content-type": contentType } });
  return await fetch(`${gateway.url}/v1/messages`, { method: "POST", body: JSON.stringify(body) });
}

test("a whole answer's call gets another id, and log and header tell of it", async () => {
  const message = { role: "assistant", content: null, tool_calls: [CALL] };
  const choices = [{ index: 0, message, finish_reason: "tool_calls" }];
  const answer = await ask(REQUEST, JSON.stringify({ id: "c", model: "m", choices }), "application/json");
  const { content } = (await answer.json()) as { content: { type: string; id: string }[] };
  expect(content).toMatchObject([{ type: "tool_use", name: "run" }]);
  expect(content[0]?.id).toMatch(/^call_[0-9A-Za-z]{24}$/);
  expect(answer.headers.get("x-apirouter-losses")).toBe("1");
  const { losses } = await gateway.record(1);
  expect(losses).toMatchObject([{ kind: "invented", feature: "tool-call-id" }]);
});

test("a streamed answer's call gets another id", async () => {
  const delta = { role: "assistant", tool_calls: [{ index: 0, ...CALL }] };
  const chunks = [
    { id: "c", choices: [{ index: 0, delta, finish_reason: null }] },
    { id: "c", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
  ];
  const frames = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
  const answer = await ask({ ...REQUEST, stream: true }, `${frames}data: [DONE]\n\n`, "text/event-stream");
  const text = await answer.text();
  expect(text).toMatch(/"type":"tool_use","id":"call_[0-9A-Za-z]{24}"/);
  expect(text).not.toContain(`"${USED}"`);
  const { losses } = await gateway.record(2);
  expect(losses).toMatchObject([{ kind: "invented", feature: "tool-call-id" }]);
});
