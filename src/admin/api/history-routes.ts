// History of the configuration: what held when, what a change changed, and back to an earlier one.

import { z } from "zod";
import { diffConfig } from "../../config/diff-config.ts";
import type { JsonObject } from "../../config/json-path.ts";
import { keepPassword } from "../../config/serialize-config.ts";
import { documentRevision, type SnapshotRow } from "../../store/config-history.ts";
import { saved } from "../contract/common.ts";
import { configDiff, historyList } from "../contract/settings.ts";
import { AdminError } from "./admin-error.ts";
import { changeConfig } from "./change-config.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

const listQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) });
const diffQuery = z.strictObject({ against: z.enum(["current", "previous"]).default("current") });

export function historyRoutes(parts: AdminParts): Route[] {
  const { configFile, history } = parts;

  async function documentOf(id: string): Promise<JsonObject> {
    const document = await history.read(id);
    if (!document) throw new AdminError("not-found", "there is no snapshot of this id");
    return document;
  }

  /** An empty document before the first. */
  async function documentBefore(id: string): Promise<JsonObject> {
    const rows = await history.list();
    const at = rows.findIndex((row) => row.id === id);
    const previous = at < 0 ? undefined : rows[at + 1];
    return previous ? await documentOf(previous.id) : {};
  }

  return [
    route({
      method: "GET",
      path: "/history",
      summary: "configurations that held, newest first",
      query: listQuery,
      answer: json(historyList),
      handle: async ({ query }) => {
        const rows = await history.list();
        const current = documentRevision(configFile.document());
        const newestOfCurrent = rows.find(({ revision }) => revision === current);
        return { rows: rows.slice(0, query.limit).map((row) => historyView(row, row === newestOfCurrent)) };
      },
    }),
    route({
      method: "GET",
      path: "/history/{id}/diff",
      summary: "what changed with a snapshot (`previous`), or since it (`current`); secrets masked",
      query: diffQuery,
      answer: json(configDiff),
      errors: ["not-found"],
      handle: async ({ params, query }) => {
        const document = await documentOf(params.id);
        return query.against === "previous"
          ? { changes: diffConfig(await documentBefore(params.id), document) }
          : { changes: diffConfig(document, configFile.document()) };
      },
    }),
    route({
      method: "POST",
      path: "/history/{id}/rollback",
      summary: "makes an earlier configuration hold again; the administrator's password stays as it is",
      answer: json(saved),
      errors: ["not-found", "conflict", "file-invalid", "storage", "password-needed"],
      handle: async (call) => {
        const document = await documentOf(call.params.id);
        return await changeConfig(configFile, call, {
          mutate: (current) => keepPassword(document, current),
          source: "rollback",
        });
      },
    }),
  ];
}

function historyView({ id, at, source, author, summary }: SnapshotRow, isCurrent: boolean) {
  return { id, at: new Date(at).toISOString(), source, author, summary: [...summary], is_current: isCurrent };
}
