// The clients of a soak: 70 % streams, 25 % whole answers, 5 % of the administrator's requests, at a steady rate that
// does not wait for answers; 2 % of the clients leave early.

import { judgeAnswer } from "../../test/chaos/support/judge-answer.ts";
import { type Seeded, seeded } from "../../test/chaos/support/seeded.ts";
import { clientCall, PROTOCOLS } from "../../test/e2e/support/client-calls.ts";

/** What became of all requests for answers; `sent` is the sum of the next six. */
export interface LoadCounts {
  readonly sent: number;
  readonly ok: number;
  /** Told before any content. */
  readonly refused: number;
  /** Turned away by the gateway itself, which was late with its work: on a machine that is too busy for it. */
  readonly shed: number;
  /** Told inside the stream. */
  readonly broken: number;
  /** Left by the client. */
  readonly aborted: number;
  readonly wrong: number;
  readonly admin: number;
  readonly adminFailed: number;
}

export interface Load {
  /** Sessions of all requests for answers: each has its own. */
  readonly sent: ReadonlySet<string>;
  /** Sessions of clients that left before their answer was complete. */
  readonly left: ReadonlySet<string>;
  /** `performance.now()` by session. */
  readonly startedAt: ReadonlyMap<string, number>;
  /** What no client should get. */
  readonly wrong: readonly string[];
  counts(): LoadCounts;
  /** Sends no more, and waits for what is under way. */
  finish(): Promise<LoadCounts>;
}

export interface LoadOptions {
  readonly requestsPerSecond: number;
  /** At the beginning it is this many times as much, for so long. */
  readonly rush?: { readonly times: number; readonly ms: number } | undefined;
  readonly seed: number;
}

/** How the gateway says that it is in trouble itself. */
const SHED = /the gateway is (?:late with its work|short of memory|out of connections)/;
const ADMIN_PATHS = ["/admin/breakers", "/admin/logs", "/admin/config"];
const ADMIN_SHARE = 0.05;
const STREAM_SHARE = 0.7 / 0.95;
const ABORT_SHARE = 0.02;
/** More under way than this means that the gateway hangs: the load waits. */
const MOST_UNDER_WAY = 500;

/** Starts sending. */
export function startLoad(url: string, { requestsPerSecond, rush, seed }: LoadOptions): Load {
  const random = seeded(seed);
  const sent = new Set<string>();
  const left = new Set<string>();
  const startedAt = new Map<string, number>();
  const wrong: string[] = [];
  const underWay = new Set<Promise<void>>();
  const counts = { sent: 0, ok: 0, refused: 0, shed: 0, broken: 0, aborted: 0, wrong: 0, admin: 0, adminFailed: 0 };
  let isOver = false;

  const generator = (async () => {
    const startMs = performance.now();
    let dueMs = startMs;
    for (let n = 0; !isOver; n++) {
      const times = rush && dueMs - startMs < rush.ms ? rush.times : 1;
      dueMs += 1000 / (requestsPerSecond * times);
      await Bun.sleep(Math.max(0, dueMs - performance.now()));
      if (underWay.size >= MOST_UNDER_WAY) continue;
      const task = random.next() < ADMIN_SHARE ? askAdmin(random) : ask(random, `soak/${n}`);
      underWay.add(task);
      void task.finally(() => underWay.delete(task));
    }
  })();

  return {
    sent,
    left,
    startedAt,
    wrong,
    counts: () => ({ ...counts }),
    async finish() {
      isOver = true;
      await generator;
      await Promise.all(underWay);
      return { ...counts };
    },
  };

  async function askAdmin(random: Seeded): Promise<void> {
    counts.admin += 1;
    const headers = { "x-admin-password": "admin" };
    const answer = await fetch(url + random.pick(ADMIN_PATHS), { headers, keepalive: false }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status !== 200) counts.adminFailed += 1;
  }

  async function ask(random: Seeded, session: string): Promise<void> {
    const call = clientCall(random.pick(PROTOCOLS), {
      stream: random.next() < STREAM_SHARE,
      prompt: `question ${session}`,
    });
    const leaving = new AbortController();
    const isLeaving = random.next() < ABORT_SHARE;
    if (isLeaving) setTimeout(() => leaving.abort(), 25 + random.below(50));
    counts.sent += 1;
    sent.add(session);
    startedAt.set(session, performance.now());
    try {
      const response = await fetch(url + call.path, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "soak/1", "x-session-id": session },
        body: JSON.stringify(call.body),
        signal: leaving.signal,
        // A connection each, so that none is left idle when the open files are counted.
        keepalive: false,
      });
      const { status, headers } = response;
      const text = await response.text();
      const judgement = judgeAnswer(call, { status, headers, text });
      if (judgement.type === "refused" && SHED.test(text)) {
        counts.shed += 1;
        return;
      }
      counts[judgement.type] += 1;
      if (judgement.type === "wrong") wrong.push(`${session}: ${judgement.why}`);
      if (judgement.type === "refused") wrong.push(`${session}: refused with ${judgement.status}`);
    } catch (error) {
      if (leaving.signal.aborted) {
        counts.aborted += 1;
        left.add(session);
      } else {
        counts.wrong += 1;
        wrong.push(`${session}: ${String(error)}`);
      }
    }
  }
}
