// The request log: pages, one request, everything as CSV, and forgetting it.

import type { z } from "zod";
import type { LogEntry, LogFilter } from "../../store/request-log.ts";
import { clientKeyNames, clientKeysCalled } from "../client-keys.ts";
import { done } from "../contract/common.ts";
import { type LogRow, logDetail, logPage, logQuery } from "../contract/logs.ts";
import { csvHeader, csvLine } from "../log-csv.ts";
import { toLogDetail, toLogRow } from "../log-view.ts";
import { AdminError } from "./admin-error.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

const MAX_CSV_ROWS = 100_000;
const CSV_PAGE = 1000;

type Query = z.output<typeof logQuery>;

export function logRoutes(parts: AdminParts): Route[] {
  const { requestLog, configFile } = parts;

  function filterOf(query: Omit<Query, "cursor" | "limit">): LogFilter {
    return {
      fromMs: timeOf(query.from),
      toMs: timeOf(query.to),
      upstreamId: query.upstream,
      model: query.model,
      status: query.status,
      outcome: query.outcome,
      clientKeys:
        query.client_key === undefined
          ? undefined
          : clientKeysCalled(configFile.current().clientKeys, query.client_key),
      keyMasked: query.key,
      sessionId: query.session,
      isRetried: query.retried === undefined ? undefined : query.retried === "true",
      search: query.search === "" ? undefined : query.search,
    };
  }

  function rowMaker(): (entry: LogEntry) => LogRow {
    const names = clientKeyNames(configFile.current().clientKeys);
    return (entry) => toLogRow(entry, nameIn(names, entry));
  }

  return [
    route({
      method: "GET",
      path: "/logs",
      summary: "requests, newest first, by any combination of filters",
      query: logQuery,
      answer: json(logPage),
      errors: ["storage"],
      handle: async ({ query: { cursor, limit, ...query } }) => {
        const page = await readLog(requestLog.page(filterOf(query), { limit, cursor }));
        return { rows: page.entries.map(rowMaker()), next_cursor: page.nextCursor };
      },
    }),
    route({
      method: "GET",
      path: "/logs/{id}",
      summary: "one request with its attempts, losses and what happened",
      answer: json(logDetail),
      errors: ["not-found", "storage"],
      handle: async ({ params }) => {
        const record = await readLog(requestLog.find(params.id));
        if (!record) throw new AdminError("not-found", "there is no request of this id, or it is not kept any more");
        return toLogDetail(record, nameIn(clientKeyNames(configFile.current().clientKeys), record));
      },
    }),
    route({
      method: "DELETE",
      path: "/logs",
      summary: "forgets all requests for good; what they add up to stays",
      answer: json(done),
      errors: ["storage"],
      handle: async ({ identity }) => {
        await readLog(requestLog.clear());
        identity.audit("logs-cleared", "request log cleared");
        return { ok: true as const };
      },
    }),
    route({
      method: "GET",
      path: "/logs.csv",
      summary: "the requests of the same filters as a file, at most 100 000",
      query: logQuery.omit({ cursor: true, limit: true }),
      answer: { type: "file", mediaType: "text/csv" },
      errors: ["storage"],
      handle: async ({ query }) => {
        const filter = filterOf(query);
        // The first page decides whether there is an answer at all.
        const first = await readLog(requestLog.page(filter, { limit: CSV_PAGE }));
        const lines = csvLines(first, (cursor) => requestLog.page(filter, { limit: CSV_PAGE, cursor }), rowMaker());
        return new Response(streamOf(lines), {
          headers: {
            "content-type": "text/csv; charset=utf-8",
            "content-disposition": 'attachment; filename="apirouter-requests.csv"',
          },
        });
      },
    }),
  ];
}

type Page = Awaited<ReturnType<AdminParts["requestLog"]["page"]>>;

/** One piece of text per page, so that the log's thread has a turn for others in between. */
async function* csvLines(
  first: Page,
  next: (cursor: string) => Promise<Page>,
  toRow: (entry: LogEntry) => LogRow,
): AsyncGenerator<string> {
  yield csvHeader();
  let page = first;
  for (let written = 0; ; ) {
    const entries = page.entries.slice(0, MAX_CSV_ROWS - written);
    written += entries.length;
    yield entries.map((entry) => csvLine(toRow(entry))).join("");
    if (page.nextCursor === null || written >= MAX_CSV_ROWS) return;
    page = await next(page.nextCursor);
  }
}

/** Read as the client takes it; a client that leaves ends it. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done: isDone, value } = await texts.next();
      if (isDone) controller.close();
      else if (value !== "") controller.enqueue(encoder.encode(value));
      else await this.pull?.(controller);
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}

function nameIn(
  names: ReadonlyMap<string, string>,
  { clientKeyId, clientKeyLabel }: { clientKeyId?: string | undefined; clientKeyLabel?: string | undefined },
): string | null {
  return names.get(clientKeyId ?? "") ?? (clientKeyId === undefined ? names.get(clientKeyLabel ?? "") : null) ?? null;
}

function timeOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

/** What the log's store refuses is told as such. */
export async function readLog<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdminError("storage", `the request log cannot be used: ${reason}`);
  }
}
