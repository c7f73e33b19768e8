// Conversations that had to move: thinking that the first upstream signed is shown to the next one, which may take it.
// Where it does not, it goes without, once and for the rest of the conversation, and keeps what it has signed itself.

import { describe, expect, test } from "bun:test";
import type { SimRequest } from "../../src/simulator/sim-request.ts";
import { setStage } from "../support/stage.ts";
import { clientCall, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

const { simulator, gatewayFor } = setStage();

const SESSION = { "x-session-id": "one" };
const [SIGNED_BY_FIRST, SIGNED_BY_SECOND] = ["Zmlyc3Q=".repeat(12), "c2Vjb25k".repeat(12)];
type Turn = Record<string, unknown>;

/** A history in each protocol: what the user said, and answers with a signed thought and a call. */
const HISTORIES = {
  anthropic: {
    user: (text: string): Turn[] => [{ role: "user", content: text }],
    answer: (signature: string, id: string): Turn[] => [
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: `hm ${id}`, signature },
          { type: "tool_use", id, name: "get_weather", input: { city: "Bern" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "rain" }] },
    ],
    body: (messages: Turn[]) => ({ messages }),
  },
  "openai-responses": {
    user: (text: string): Turn[] => [{ type: "message", role: "user", content: [{ type: "input_text", text }] }],
    answer: (signature: string, id: string): Turn[] => [
      { type: "reasoning", summary: [], encrypted_content: signature },
      { type: "function_call", call_id: id, name: "get_weather", arguments: '{"city":"Bern"}' },
      { type: "function_call_output", call_id: id, output: "rain" },
    ],
    body: (input: Turn[]) => ({ input }),
  },
} as const;

const refusing = (message: string) => (request: SimRequest) =>
  request.text.includes(SIGNED_BY_FIRST)
    ? { status: 400, body: { type: "error", error: { type: "invalid_request_error", message } } }
    : {};

for (const protocol of ["anthropic", "openai-responses"] as const) {
  const { user, answer, body } = HISTORIES[protocol];

  /** Two upstreams; the conversation has been with the first, which is down by now. */
  async function moved(plan: Parameters<typeof simulator>[0]) {
    const [first, second] = [simulator(), simulator(plan)];
    const gateway = await gatewayFor(
      [
        upstreamEntry("first", protocol, first.url, { priority: 1 }),
        upstreamEntry("second", protocol, second.url, { priority: 2 }),
      ],
      PATIENT,
    );
    let asked = 0;
    const ask = async (turns: readonly Turn[], headers: Record<string, string> = SESSION) => {
      const call = clientCall(protocol, { stream: false });
      const { status, text } = await send(
        gateway.url,
        { ...call, body: { ...call.body, ...body([...turns]) } },
        headers,
      );
      asked += 1;
      const record = await gateway.record(asked);
      return { status, text, tried: record.attempts.map(({ upstreamId, outcome }) => `${upstreamId} ${outcome}`) };
    };
    expect((await ask(user("weather?"))).tried).toEqual(["first ok"]);
    first.setPlan({ status: 503 });
    return { first, second, gateway, ask };
  }

  describe(`${protocol}: a conversation that had to move`, () => {
    const turns = [...user("weather?"), ...answer(SIGNED_BY_FIRST, "call_1")];
    const more = [...turns, ...answer(SIGNED_BY_SECOND, "call_2")];

    test("brings its thinking along where the next upstream takes it", async () => {
      const { second, ask } = await moved({});
      for (const history of [turns, more]) {
        expect((await ask(history)).status).toBe(200);
        expect(second.requests.at(-1)?.text).toContain(SIGNED_BY_FIRST);
      }
      expect(second.requestCount).toBe(2);
    });

    for (const [name, message] of [
      ["known", "messages.1.content.0: Invalid `signature` in `thinking` block"],
      ["unknown", "思考块校验失败"],
    ] as const)
      test(`goes without what is refused in ${name} words, and is refused once only`, async () => {
        const { second, ask } = await moved(refusing(message));
        const { status, tried } = await ask(turns);
        expect([status, tried.slice(1)]).toEqual([200, [expect.stringContaining("second "), "second ok"]]);
        expect(second.requests.at(-1)?.text).not.toContain(SIGNED_BY_FIRST);
        expect(second.requests.at(-1)?.text).toContain("get_weather");
        for (let n = 0; n < 2; n++) {
          expect(await ask(more)).toMatchObject({ status: 200, tried: ["second ok"] });
          const { text } = second.requests.at(-1) as SimRequest;
          expect([text.includes(SIGNED_BY_FIRST), text.includes(SIGNED_BY_SECOND)]).toEqual([false, true]);
        }
      });

    test("is bytes again once the client has forgotten what was refused", async () => {
      const { second, ask } = await moved(refusing("Invalid signature in thinking"));
      await ask(turns);
      await ask(user("a side question of the same session"));
      expect((await ask(more)).tried).toEqual(["second ok"]);
      const compacted = [...user("so far: rain"), ...answer(SIGNED_BY_SECOND, "call_2")];
      expect((await ask(compacted)).tried).toEqual(["second ok"]);
      const call = clientCall(protocol, { stream: false });
      expect(second.requests.at(-1)?.text).toBe(JSON.stringify({ ...call.body, ...body(compacted) }));
    });

    test("is not asked twice for a refusal about anything else", async () => {
      const { second, gateway, ask } = await moved({
        status: 400,
        body: { type: "error", error: { type: "invalid_request_error", message: "max_tokens: too many" } },
      });
      // Nothing signed in it: the refusal is the answer.
      expect(await ask(user("weather?"))).toMatchObject({ status: 400 });
      expect(second.requestCount).toBe(1);
      // Not known to have moved.
      expect(await ask(turns, { "x-session-id": "another" })).toMatchObject({ status: 400 });
      expect(second.requestCount).toBe(2);
      // It may have been about the thinking: once more, and then the client hears it.
      const told = await ask(turns);
      expect([told.status, told.text.includes("max_tokens: too many")]).toEqual([400, true]);
      expect(second.requestCount).toBe(4);
      expect(gateway.lines.join("")).not.toContain("circuit breaker open: upstream second");
    });
  });
}
