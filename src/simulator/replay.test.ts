import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasRecordings, listRecordings } from "../../test/support/recordings.ts";
import type { ProtocolId } from "../core/protocol-id.ts";
import { parseRecording, replayPlan } from "./replay.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

async function ask(): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(`${simulator.url}/v1/messages`, { method: "POST", body: "{}" });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const EXCHANGE = {
  id: "anthropic/x",
  protocol: "anthropic",
  request: { method: "POST", path: "/v1/messages", headers: {}, body: null },
  response: {
    status: 200,
    headers: { "content-type": "text/event-stream", "request-id": "req_1", date: "now" },
    stream: true,
    raw: "event: ping\r\ndata: {}\r\n\r\nü",
  },
};

describe("replaying", () => {
  test.each(["whole", "bytes", "seeded"])("gives the recorded bytes %s", async (how) => {
    const cut = how === "whole" ? undefined : how === "bytes" ? ("bytes" as const) : { seed: 3, maxBytes: 4 };
    simulator.setPlan(replayPlan(parseRecording(EXCHANGE), cut));
    expect(await ask()).toEqual({ status: 200, type: "text/event-stream", text: EXCHANGE.response.raw });
  });

  test("a value that is no recording is refused with the place", () => {
    expect(() => parseRecording({ request: {} })).toThrow("recording.response: expected an object, found undefined");
  });
});

const FORMATS: readonly ProtocolId[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

describe.skipIf(!hasRecordings)("every recording", () => {
  test.each(FORMATS)("of %s comes back with its status and bytes", async (protocol) => {
    const recordings = listRecordings(protocol);
    expect(recordings.length).toBeGreaterThan(20);
    for (const recording of recordings) {
      simulator.setPlan(replayPlan(recording));
      const { status, text } = await ask();
      expect({ id: recording.id, status, text }).toEqual({
        id: recording.id,
        status: recording.response.status,
        text: recording.response.text,
      });
    }
  });
});
