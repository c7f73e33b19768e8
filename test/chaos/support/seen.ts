// What is seen from outside: the healthy upstream's answer and whether a client got it, the walk of a record, the breakers.

import type { RequestRecord } from "../../../src/core/request-record.ts";
import {
  answerCalls,
  answerText,
  type ClientAnswer,
  type ClientCall,
  startCount,
  streamViolations,
  TOOL_NAME,
} from "../../e2e/support/client-calls.ts";

/** What only a failing upstream says: no client may ever see it. */
export const LEAK = "SPOKEN-BY-ONE";

/** What the healthy upstream says. */
export const GOOD = {
  thinking: "The user wants weather. I have a tool — good.",
  text: "Grüße! 今日は 👩‍💻 let me look.",
  toolCalls: [{ name: TOOL_NAME, arguments: { city: "Zürich" } }],
  chunkSize: 5,
};

/** A client that is no known agent. */
export const PLAIN_CLIENT = { "user-agent": "plain-client/1.0" };

/** What is wrong with an answer that should be the healthy upstream's. */
export function faultsOfGood(call: ClientCall, answer: ClientAnswer): string[] {
  const wrong: string[] = [];
  if (answer.status !== 200) wrong.push(`status ${answer.status}: ${answer.text.slice(0, 200)}`);
  if (answer.text.includes(LEAK)) wrong.push("bytes of the failed attempt reached the client");
  const text = answerText(call, answer.text);
  if (text !== GOOD.text) wrong.push(`text ${text}`);
  const calls = answerCalls(call, answer.text).join();
  if (calls !== `${TOOL_NAME}({"city":"Zürich"})`) wrong.push(`tool calls ${calls}`);
  if (call.stream) {
    wrong.push(...streamViolations(call.protocol, answer.text).map((each) => `${each.rule}: ${each.message}`));
    const starts = startCount(call.protocol, answer.text);
    if (starts !== 1) wrong.push(`${starts} starts`);
  }
  return wrong;
}

/** `one connect_refused, two ok`. */
export function walkOf(record: RequestRecord): string {
  return record.attempts.map((each) => `${each.upstreamId} ${each.outcome}`).join(", ");
}

/** A row of `GET /admin/breakers`. */
export interface BreakerRow {
  readonly scope: string;
  readonly id: string;
  readonly state: string;
  readonly failures: number;
  readonly remainingMs: number;
  readonly timesOpened: number;
  readonly lastError?: string;
}

/** All breakers, as the administrator sees them. */
export async function breakerRows(url: string): Promise<BreakerRow[]> {
  const answer = await fetch(`${url}/admin/breakers`, { headers: { "x-admin-password": "admin" } });
  return ((await answer.json()) as { breakers: BreakerRow[] }).breakers;
}
