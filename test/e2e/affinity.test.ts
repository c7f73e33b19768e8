// A conversation stays where it was answered, while that upstream is healthy.

import { expect, test } from "bun:test";
import { planQueue } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway } from "../support/gateway.ts";
import { clientCall, send } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

test("a conversation that had to move stays where it went, others go by priority", async () => {
  const first = startSimulator({ plan: planQueue([{ status: 503 }, {}]) });
  const second = startSimulator({ plan: {} });
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("first", "anthropic", first.url, { priority: 1 }),
      upstreamEntry("second", "anthropic", second.url, { priority: 2 }),
    ],
    config: PATIENT,
  });
  const call = clientCall("anthropic", { stream: false });
  const session = { "x-claude-code-session-id": "session-1" };
  await send(gateway.url, call, session);
  await send(gateway.url, call, session);
  await send(gateway.url, call);
  second.setPlan({ status: 503 });
  await send(gateway.url, call, session);
  await send(gateway.url, call, session);
  await gateway.stop();
  first.stop();
  second.stop();
  expect(gateway.records.map((record) => record.attempts.map((attempt) => attempt.upstreamId))).toEqual([
    ["first", "second"],
    ["second"],
    ["first"],
    ["second", "first"],
    ["first"],
  ]);
  expect(gateway.records[0]?.sessionId).toBe("session-1");
});
