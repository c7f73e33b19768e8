// The two questions that every fault before the first content is asked, in all four client protocols over all four
// upstream formats, streamed and whole: does the next upstream answer as if nothing had been, and is a client without
// one told the truth?

import { expect } from "bun:test";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { type ClientAnswer, clientCall, errorOf, PROTOCOLS, send } from "../../e2e/support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../../e2e/support/upstreams.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { type ToldKind, toldTypes } from "./error-kinds.ts";
import { type Failing, startFailing } from "./faulty-upstream.ts";
import { breakerRows, faultsOfGood, GOOD, LEAK, PLAIN_CLIENT, walkOf } from "./seen.ts";

/** A fault that shows before the first content. */
export interface EarlyFault {
  /** The upstream's behaviour; may differ by format. */
  readonly failing: Failing | ((format: ProtocolId) => Failing);
  /** Outcome of the failed attempt in the record. */
  readonly outcome: string;
  /** Which breaker counts it; undefined: none does. */
  readonly breaker?: "upstream" | "model" | "key";
  /** The breaker opens at the first failure, for about so long. */
  readonly opensForMs?: number;
  /** What a client without another upstream is told. */
  readonly told: {
    /** One status, one of several that are all true, or one per client protocol. */
    readonly status: number | readonly number[] | Readonly<Record<ProtocolId, number>>;
    readonly kind: ToldKind;
    /** Words of the upstream's own that are as true; a client of its format gets them as they are. */
    readonly orWords?: readonly string[];
  };
  /** Attempts at the only upstream, with those that are made again because it is alone; default 1. */
  readonly aloneAttempts?: number;
  /** Inside a stream or inside a whole answer only. */
  readonly only?: "stream" | "whole";
  /** Settings of the failing upstream. */
  readonly settings?: object;
  /** Attempts are made again on the same key before moving on; default 1. */
  readonly attempts?: number;
}

interface Cell {
  readonly client: ProtocolId;
  readonly stream: boolean;
}

function cellsOf(fault: EarlyFault): Cell[] {
  return PROTOCOLS.flatMap((client) => [true, false].map((stream) => ({ client, stream }))).filter(
    ({ stream }) => fault.only === undefined || (fault.only === "stream") === stream,
  );
}

function failingOf(fault: EarlyFault, format: ProtocolId): Failing {
  return typeof fault.failing === "function" ? fault.failing(format) : fault.failing;
}

/** Next upstream answers; nothing of the failed attempt is seen; breaker, record and ledger are as said. */
export async function expectPassedOver(fault: EarlyFault): Promise<void> {
  const two = startSimulator({ plan: { answer: GOOD } });
  try {
    const wrong = await Promise.all(PROTOCOLS.map((format) => passOverFrom(fault, format, two.url)));
    expect([...new Set(wrong.flat())]).toEqual([]);
  } finally {
    two.stop();
  }
}

async function passOverFrom(fault: EarlyFault, format: ProtocolId, healthyUrl: string): Promise<string[]> {
  const one = startFailing(failingOf(fault, format));
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("one", format, one.url, { priority: 1, ...fault.settings }),
      upstreamEntry("two", OTHER_FORMAT[format], healthyUrl, { priority: 2 }),
    ],
    config: PATIENT,
  });
  const cells = cellsOf(fault);
  const wrong: string[] = [];
  try {
    // Where the first failure opens a breaker only the first request comes to the fault.
    const groups = fault.opensForMs === undefined ? [cells] : cells.map((cell) => [cell]);
    for (const group of groups) {
      await Promise.all(group.map(async (cell) => wrong.push(...(await passOverOnce(cell, format, gateway)))));
    }
    await gateway.record(cells.length);
    const attempts = fault.attempts ?? 1;
    const failed = Array.from({ length: attempts }, () => `one ${fault.outcome}`).join(", ");
    for (const [at, record] of gateway.records.entries()) {
      const expected = fault.opensForMs !== undefined && at > 0 ? "two ok" : `${failed}, two ok`;
      const walk = walkOf(record);
      if (walk !== expected) wrong.push(`${format}: attempts: ${walk}`);
    }
    const askedRequests = fault.opensForMs === undefined ? cells.length : 1;
    const asked = one.asked();
    if (!Number.isNaN(asked) && asked !== askedRequests * attempts)
      wrong.push(`${format}: one was asked ${asked} times`);
    wrong.push(...(await breakerFaults(fault, gateway, cells.length)).map((each) => `${format}: ${each}`));
  } finally {
    await gateway.stop();
    one.stop();
  }
  return wrong;
}

async function passOverOnce(cell: Cell, format: ProtocolId, gateway: TestGateway): Promise<string[]> {
  const call = clientCall(cell.client, { stream: cell.stream });
  const answer = await send(gateway.url, call, PLAIN_CLIENT);
  return faultsOfGood(call, answer).map(
    (each) => `${cell.client} ${cell.stream ? "stream" : "whole"} over ${format}: ${each}`,
  );
}

async function breakerFaults(fault: EarlyFault, gateway: TestGateway, requests: number): Promise<string[]> {
  const rows = (await breakerRows(gateway.url)).filter(({ id }) => id.startsWith("one"));
  if (fault.breaker === undefined) return rows.map((row) => `breaker ${row.scope} ${row.id} ${row.failures}`);
  const wrong = rows.filter(({ scope }) => scope !== fault.breaker).map((row) => `breaker ${row.scope} ${row.id}`);
  const [row] = rows.filter(({ scope }) => scope === fault.breaker);
  if (!row) return [...wrong, `no breaker of scope ${fault.breaker}`];
  if (fault.opensForMs === undefined) {
    // Each request counts once, however often it tried.
    if (row.state !== "closed" || row.failures !== requests) wrong.push(`breaker ${row.state} with ${row.failures}`);
  } else if (row.state !== "open" || Math.abs(row.remainingMs - fault.opensForMs) > 10_000) {
    wrong.push(`breaker ${row.state} for ${row.remainingMs} ms`);
  }
  return wrong;
}

/** The client gets the refusal itself, however many upstreams are left, and no breaker hears of it. */
export async function expectReturned(fault: EarlyFault): Promise<void> {
  const wrong = await Promise.all(PROTOCOLS.map((format) => returnedFrom(fault, format)));
  expect([...new Set(wrong.flat())]).toEqual([]);
}

async function returnedFrom(fault: EarlyFault, format: ProtocolId): Promise<string[]> {
  const two = startSimulator({ plan: { answer: GOOD } });
  const second = upstreamEntry("two", OTHER_FORMAT[format], two.url, { priority: 2 });
  try {
    const wrong = await toldFrom(fault, format, cellsOf(fault), [second], async (gateway) => {
      const rows = await breakerRows(gateway.url);
      return rows.length === 0 ? [] : [`breakers ${JSON.stringify(rows)}`];
    });
    return two.requestCount === 0 ? wrong : [...wrong, `${format}: the second upstream was asked`];
  } finally {
    two.stop();
  }
}

/** With no other upstream the client gets the right status and its own protocol's envelope, and nothing else. */
export async function expectTold(fault: EarlyFault): Promise<void> {
  // Where the first failure opens a breaker, every request needs a gateway of its own to meet the fault.
  const cells = cellsOf(fault);
  const groups = fault.opensForMs === undefined ? [cells] : cells.map((cell) => [cell]);
  const wrong = await Promise.all(PROTOCOLS.flatMap((format) => groups.map((group) => toldFrom(fault, format, group))));
  expect([...new Set(wrong.flat())]).toEqual([]);
}

async function toldFrom(
  fault: EarlyFault,
  format: ProtocolId,
  cells: readonly Cell[],
  others: readonly object[] = [],
  check: (gateway: TestGateway) => Promise<string[]> = async () => [],
): Promise<string[]> {
  const one = startFailing(failingOf(fault, format));
  const gateway = await startGateway({
    upstreams: [upstreamEntry("one", format, one.url, { priority: 1, ...fault.settings }), ...others],
    config: PATIENT,
  });
  try {
    const answers = await Promise.all(
      cells.map((cell) => send(gateway.url, clientCall(cell.client, { stream: cell.stream }), PLAIN_CLIENT)),
    );
    await gateway.record(cells.length);
    const wrong = cells.flatMap((cell, at) =>
      faultsOfTold(fault, cell, answers[at] as ClientAnswer, gateway.records).map(
        (each) => `${cell.client} ${cell.stream ? "stream" : "whole"} over ${format}: ${each}`,
      ),
    );
    const asked = one.asked();
    const expected = cells.length * (fault.aloneAttempts ?? 1);
    if (!Number.isNaN(asked) && asked !== expected) wrong.push(`${format}: one was asked ${asked} times`);
    return [...wrong, ...(await check(gateway)).map((each) => `${format}: ${each}`)];
  } finally {
    await gateway.stop();
    one.stop();
  }
}

function faultsOfTold(
  { told, aloneAttempts = 1, outcome }: EarlyFault,
  cell: Cell,
  answer: ClientAnswer,
  records: readonly RequestRecord[],
): string[] {
  const wrong: string[] = [];
  const statuses = statusesOf(told.status, cell.client);
  if (!statuses.includes(answer.status)) {
    wrong.push(`status ${answer.status} instead of ${statuses.join(" or ")}: ${answer.text.slice(0, 150)}`);
  }
  if (!answer.headers.get("content-type")?.startsWith("application/json")) wrong.push("not JSON");
  if (answer.text.includes(LEAK)) wrong.push("bytes of the failed attempt reached the client");
  const error = errorOf(cell.client, answer.text);
  const types = [...toldTypes(told.kind, cell.client), ...(told.orWords ?? [])];
  if (!error || !types.includes(error.type)) wrong.push(`error ${error?.type} instead of ${types.join(" or ")}`);
  const record = records.find(({ id }) => id === answer.headers.get("x-request-id"));
  if (!record) return [...wrong, "no record with the id that the client got"];
  const expected = Array.from({ length: aloneAttempts }, () => `one ${outcome}`).join(", ");
  // A refusal of what we have converted is under suspicion that the conversion is to blame.
  const walk = outcome === "client_error" ? walkOf(record).replaceAll("conversion_suspect", outcome) : walkOf(record);
  if (walk !== expected) wrong.push(`attempts: ${walkOf(record)}`);
  if (record.status !== answer.status) wrong.push(`record says ${record.status}`);
  return wrong;
}

function statusesOf(status: EarlyFault["told"]["status"], client: ProtocolId): readonly number[] {
  if (typeof status === "number") return [status];
  return "anthropic" in status ? [status[client]] : status;
}
