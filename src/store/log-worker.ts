// The log's own thread: everything that touches the database happens here, so that neither a checkpoint that waits for
// the disk nor a look through a million rows holds up a request. Entry point of its own in the compiled binary.

import { errorMessage } from "./file-system.ts";
import type { LogCallName, LogCalls, LogQuestion, LogReply } from "./log-protocol.ts";
import { LogStore } from "./log-store.ts";
import type { RequestLogRetention } from "./request-log.ts";
import { isStorageFailure } from "./request-log-database.ts";
import { packSums } from "./usage-sums.ts";

declare const self: Worker;

const SWEEP_EVERY_MS = 600_000;
const SWEEP_PAUSE_MS = 50;
/** How long sums of usage wait for more: many requests add to the same few. */
const USAGE_PAUSE_MS = 2_000;

type Handlers = { [N in LogCallName]: (given: LogCalls[N]["arguments"]) => LogCalls[N]["answer"] };

function reply(message: LogReply): void {
  self.postMessage(JSON.stringify(message));
}

function createHandlers(): Handlers {
  let store: LogStore | undefined;
  let retention: RequestLogRetention = { days: Number.MAX_SAFE_INTEGER, rows: Number.MAX_SAFE_INTEGER };
  let sweeps = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let usageTimer: ReturnType<typeof setTimeout> | undefined;

  function opened(): LogStore {
    if (!store) throw new Error("request log is closed");
    return store;
  }

  function scheduleSweep(delayMs: number): void {
    clearTimeout(timer);
    if (store && sweeps) timer = setTimeout(sweepOnce, delayMs);
  }

  function flushUsage(): void {
    usageTimer = undefined;
    try {
      store?.flushUsage();
    } catch {
      // The writer tells about a failing disk; the sums wait for the next turn.
      usageTimer = setTimeout(flushUsage, USAGE_PAUSE_MS);
    }
  }

  function sweepOnce(): void {
    let deleted = 0;
    try {
      deleted = opened().sweep(retention);
    } catch {
      // The writer tells about a failing disk; deleting waits for the next turn.
    }
    scheduleSweep(deleted > 0 ? SWEEP_PAUSE_MS : SWEEP_EVERY_MS);
  }

  return {
    open(given) {
      const { wallMs } = given;
      ({ retention, sweeps } = given);
      store ??= new LogStore({
        dataDir: given.dataDir,
        wallMs: wallMs === undefined ? () => Date.now() : () => wallMs,
        onProblem: (line) => reply({ type: "problem", line }),
      });
      scheduleSweep(SWEEP_PAUSE_MS);
      store.open();
      return null;
    },
    write({ batch }) {
      const result = opened().write(batch);
      usageTimer ??= setTimeout(flushUsage, USAGE_PAUSE_MS);
      return result;
    },
    recent: ({ limit }) => opened().recent(limit),
    page: ({ filter, limit, cursor }) => opened().page(filter, limit, cursor),
    find: ({ id }) => opened().find(id) ?? null,
    count: () => opened().count(),
    usage: ({ filter }) =>
      opened()
        .usage(filter)
        .map(({ startMs, group, sums }) => ({ startMs, group, sums: packSums(sums) })),
    keyDays: ({ fromMs }) => opened().keyDays(fromMs),
    clear() {
      opened().clear();
      return null;
    },
    retention(given) {
      retention = given.retention;
      scheduleSweep(SWEEP_PAUSE_MS);
      return null;
    },
    sweep: () => opened().sweep(retention),
    importSeedLog: ({ path }) => opened().importSeedLog(path) ?? null,
    close() {
      clearTimeout(timer);
      clearTimeout(usageTimer);
      const closing = store;
      store = undefined;
      closing?.close();
      return null;
    },
  };
}

const handlers = createHandlers();

self.onmessage = (event: MessageEvent<string>) => {
  const question = JSON.parse(event.data) as LogQuestion;
  try {
    const handle = handlers[question.name] as (given: unknown) => unknown;
    reply({ type: "answer", id: question.id, value: handle(question.arguments) });
  } catch (error) {
    reply({ type: "failure", id: question.id, message: errorMessage(error), isStorage: isStorageFailure(error) });
  }
};
