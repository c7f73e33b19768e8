// Upstreams: list, create, change, order, delete.

import { type JsonObject, ownValue } from "../../config/json-path.ts";
import { unmaskUpstream } from "../../config/redact.ts";
import { saved } from "../contract/common.ts";
import { orderInput, type UpstreamInput, upstreamInput, upstreamList, upstreamPatch } from "../contract/upstreams.ts";
import { fieldError, keysAgain } from "./admin-error.ts";
import { changeConfig, findUpstream, listIn, withFields } from "./change-config.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";
import { upstreamViews } from "./upstream-view.ts";

/** Ids that could not be addressed: a route of that name is in the way, or a client makes something else of it. */
const RESERVED_IDS: ReadonlySet<string> = new Set(["order", ".", ".."]);
const LAST_PRIORITY = 999;
const CHANGES = ["conflict", "file-invalid", "storage", "password-needed"] as const;

export function upstreamRoutes(parts: AdminParts): Route[] {
  const { configFile } = parts;
  return [
    route({
      method: "GET",
      path: "/upstreams",
      summary: "all upstreams in file order, with their health",
      answer: json(upstreamList),
      handle: async () => {
        const stats = await parts.upstreamStats();
        const breakers = parts.gateway.breakers.rows(parts.gateway.clock.monotonicMs());
        const running = (id: string) => parts.gateway.upstreamLoad.count(id);
        const facts = { breakers, stats, running, warnings: configFile.warnings() };
        return {
          version: configFile.revision(),
          upstreams: upstreamViews(configFile.document(), configFile.current(), facts),
        };
      },
    }),
    route({
      method: "POST",
      path: "/upstreams",
      summary: "adds an upstream, behind the others unless it has a priority",
      body: upstreamInput,
      answer: json(saved, 201),
      errors: CHANGES,
      handle: (call) => {
        refuseReserved(call.body.id);
        return changeConfig(configFile, call, {
          mutate(document) {
            const list = listIn(document, "upstreams");
            refuseTaken(list, call.body.id);
            const entry = call.body.priority === undefined ? behindOthers(call.body, list) : call.body;
            return withFields(document, { upstreams: [...list, entry] });
          },
          relative: relativeTo(() => listIn(configFile.document(), "upstreams").length),
        });
      },
    }),
    route({
      method: "PUT",
      path: "/upstreams/order",
      summary: "puts all upstreams in this order: priorities become 1, 2, 3 …",
      body: orderInput,
      answer: json(saved),
      errors: CHANGES,
      handle: (call) => changeConfig(configFile, call, { mutate: (document) => reorder(document, call.body.ids) }),
    }),
    route({
      method: "PUT",
      path: "/upstreams/{id}",
      summary: "replaces an upstream, also its id; masked keys mean the ones that are there",
      body: upstreamInput,
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) => {
        const { id } = call.params;
        if (call.body.id !== id) refuseReserved(call.body.id);
        let place = -1;
        return changeConfig(configFile, call, {
          mutate(document) {
            const { index, entry } = findUpstream(document, id);
            place = index;
            const list = listIn(document, "upstreams");
            if (call.body.id !== id) refuseTaken(list, call.body.id);
            const restored = unmaskUpstream(call.body, entry);
            if (!restored) throw keysAgain();
            return withFields(document, { upstreams: list.with(index, restored) });
          },
          relative: relativeTo(() => place),
        });
      },
    }),
    route({
      method: "PATCH",
      path: "/upstreams/{id}",
      summary: "switches an upstream on or off, or changes its priority",
      body: upstreamPatch,
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) => {
        let place = -1;
        return changeConfig(configFile, call, {
          mutate(document) {
            const { index, entry } = findUpstream(document, call.params.id);
            place = index;
            const changes = Object.entries(call.body).filter(([, value]) => value !== undefined);
            const upstreams = listIn(document, "upstreams").with(index, withFields(entry, Object.fromEntries(changes)));
            return withFields(document, { upstreams });
          },
          relative: relativeTo(() => place),
        });
      },
    }),
    route({
      method: "DELETE",
      path: "/upstreams/{id}",
      summary: "removes an upstream with its keys",
      answer: json(saved),
      errors: ["not-found", ...CHANGES],
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate(document) {
            const { index } = findUpstream(document, call.params.id);
            return withFields(document, { upstreams: listIn(document, "upstreams").toSpliced(index, 1) });
          },
        }),
    }),
  ];
}

function behindOthers(entry: UpstreamInput, list: readonly unknown[]): JsonObject {
  const priorities = list.map((other) => Number(ownValue(other as JsonObject, "priority") ?? LAST_PRIORITY));
  const last = Math.max(LAST_PRIORITY, ...priorities);
  return last > LAST_PRIORITY ? { ...entry, priority: last } : entry;
}

function reorder(document: JsonObject, ids: readonly string[]): JsonObject {
  const list = listIn(document, "upstreams");
  const priorityOf = new Map(ids.map((id, index) => [id, index + 1]));
  if (priorityOf.size !== ids.length || ids.length !== list.length)
    throw fieldError("ids", `expected each of the ${list.length} upstreams once`);
  const upstreams = list.map((entry) => {
    const id = ownValue(entry as JsonObject, "id");
    const priority = priorityOf.get(String(id));
    if (priority === undefined) throw fieldError("ids", `expected each of the ${list.length} upstreams once`);
    return withFields(entry as JsonObject, { priority });
  });
  return withFields(document, { upstreams });
}

function refuseReserved(id: string): void {
  if (RESERVED_IDS.has(id)) throw fieldError("id", `expected another id than ${JSON.stringify(id)}, which is reserved`);
}

function refuseTaken(list: readonly unknown[], id: string): void {
  if (list.some((entry) => ownValue(entry as JsonObject, "id") === id))
    throw fieldError("id", "expected an id that no other upstream has");
}

/** `upstreams[3].base_url` to `base_url`, for the upstream that was sent; other places stay as they are. */
function relativeTo(index: () => number): (path: string) => string {
  return (path) => {
    const root = `upstreams[${index()}]`;
    if (path === root) return "";
    return path.startsWith(`${root}.`) ? path.slice(root.length + 1) : path;
  };
}
