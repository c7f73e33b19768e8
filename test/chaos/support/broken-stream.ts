// The question that every fault behind the first content is asked, for clients that are no agents, in all four client
// protocols over all four upstream formats: does the stream end in that protocol's error, and in nothing else?

import { expect } from "bun:test";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { SimPlan } from "../../../src/simulator/script.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import {
  answerText,
  type ClientAnswer,
  clientCall,
  errorOf,
  PROTOCOLS,
  send,
  startCount,
  streamEvents,
  streamViolations,
} from "../../e2e/support/client-calls.ts";
import { looksFinished } from "../../e2e/support/looks-finished.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../../e2e/support/upstreams.ts";
import { startGateway } from "../../support/gateway.ts";
import { type ToldKind, toldTypes } from "./error-kinds.ts";
import { breakerRows, LEAK, PLAIN_CLIENT, walkOf } from "./seen.ts";

/** A fault that shows behind the first content. */
export interface LateFault {
  readonly plan: SimPlan;
  readonly outcome: string;
  readonly kind: ToldKind;
  readonly breaker: "upstream" | "model" | "key";
  readonly settings?: object;
}

/** The stream holds the beginning of the answer and then the error; nobody else was asked; the breaker counts it. */
export async function expectBrokenTruthfully(fault: LateFault): Promise<void> {
  const two = startSimulator({ plan: { answer: { text: LEAK } } });
  try {
    const wrong = await Promise.all(PROTOCOLS.map((format) => brokenFrom(fault, format, two.url)));
    expect([...new Set(wrong.flat())]).toEqual([]);
    expect(two.requestCount).toBe(0);
  } finally {
    two.stop();
  }
}

async function brokenFrom(fault: LateFault, format: ProtocolId, secondUrl: string): Promise<string[]> {
  const one = startSimulator({ plan: fault.plan });
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("one", format, one.url, { priority: 1, ...fault.settings }),
      upstreamEntry("two", OTHER_FORMAT[format], secondUrl, { priority: 2 }),
    ],
    config: PATIENT,
  });
  const wrong: string[] = [];
  try {
    await Promise.all(
      PROTOCOLS.map(async (client) => {
        const answer = await send(gateway.url, clientCall(client, { stream: true }), PLAIN_CLIENT);
        wrong.push(...faultsOfBroken(fault, client, answer).map((each) => `${client} over ${format}: ${each}`));
      }),
    );
    await gateway.record(PROTOCOLS.length);
    for (const record of gateway.records) {
      if (walkOf(record) !== `one ${fault.outcome}`) wrong.push(`${format}: attempts: ${walkOf(record)}`);
      if (record.status !== 200 || record.outcome === "ok") wrong.push(`${format}: ${record.status} ${record.outcome}`);
    }
    if (one.requestCount !== PROTOCOLS.length) wrong.push(`${format}: one was asked ${one.requestCount} times`);
    const rows = await breakerRows(gateway.url);
    // Counted once per request, or opened at once by a wait that the upstream has told.
    const isCounted = rows.some(({ failures, state }) => failures === PROTOCOLS.length || state === "open");
    if (rows.length !== 1 || rows[0]?.scope !== fault.breaker || !isCounted)
      wrong.push(`${format}: breakers ${JSON.stringify(rows)}`);
  } finally {
    await gateway.stop();
    one.stop();
  }
  return wrong;
}

function faultsOfBroken({ plan, kind }: LateFault, client: ProtocolId, answer: ClientAnswer): string[] {
  const wrong = streamViolations(client, answer.text).map(({ rule, message }) => `${rule}: ${message}`);
  const call = clientCall(client, { stream: true });
  const text = answerText(call, answer.text);
  const whole = String(plan.answer?.text ?? "");
  if (answer.status !== 200) wrong.push(`status ${answer.status}`);
  if (text === "" || !whole.startsWith(text) || text === whole) wrong.push(`text ${JSON.stringify(text.slice(0, 80))}`);
  if (answer.text.includes(LEAK)) wrong.push("bytes of another answer or of the broken event");
  if (startCount(client, answer.text) !== 1) wrong.push("not one start");
  if (looksFinished(client, answer.text)) wrong.push("looks finished");
  const last = streamEvents(answer.text).at(-1) ?? {};
  if (client === "openai-responses") {
    if (last["type"] !== "error" && last["type"] !== "response.failed")
      wrong.push(`last event ${JSON.stringify(last)}`);
  } else {
    const type = errorOf(client, JSON.stringify(last))?.type;
    const types = toldTypes(kind, client);
    if (type === undefined || !types.includes(type)) wrong.push(`last error ${type} instead of ${types.join(" or ")}`);
  }
  return wrong;
}
