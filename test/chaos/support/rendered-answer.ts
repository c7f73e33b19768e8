// A good answer of a format as bytes, for raw servers that have to say something proper before, between or after faults.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { SimPlan } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { clientCall } from "../../e2e/support/client-calls.ts";
import { rawAnswer } from "./faulty-upstream.ts";
import { GOOD } from "./seen.ts";

/** An answer of an upstream. */
export interface RenderedAnswer {
  readonly contentType: string;
  readonly body: Buffer;
  /** The body's whole stream events, each with its blank line; a whole answer is one piece. */
  readonly events: readonly string[];
  /** The whole HTTP answer with a length. */
  readonly http: Uint8Array;
}

/** Renders what a simulator of the format would send. */
export async function renderAnswer(
  format: ProtocolId,
  stream: boolean,
  plan: SimPlan = { answer: GOOD },
): Promise<RenderedAnswer> {
  const simulator = startSimulator({ plan });
  try {
    const call = clientCall(format, { stream });
    const response = await fetch(simulator.url + call.path, { method: "POST", body: JSON.stringify(call.body) });
    const body = Buffer.from(await response.arrayBuffer());
    const contentType = response.headers.get("content-type") ?? "";
    const events = stream ? body.toString("utf8").match(/[\s\S]*?\r?\n\r?\n/g) : null;
    return {
      contentType,
      body,
      events: events ?? [body.toString("utf8")],
      http: rawAnswer("200 OK", contentType, body),
    };
  } finally {
    simulator.stop();
  }
}

/** The head of a chunked stream. */
export const STREAM_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
