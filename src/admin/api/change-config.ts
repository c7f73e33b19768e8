// Changes to the configuration as routes make them: with version check, origin for the history, and field problems.

import { diffConfig, summarizeDiff } from "../../config/diff-config.ts";
import { isJsonObject, type JsonObject, ownValue } from "../../config/json-path.ts";
import { newDestinations } from "../../config/secret-destinations.ts";
import { type ConfigFile, ConfigSaveError } from "../../store/config-file.ts";
import type { Saved } from "../contract/common.ts";
import { AdminError, saveError } from "./admin-error.ts";
import type { AdminIdentity } from "./gate.ts";
import type { RouteCall } from "./route.ts";

export interface ChangeOptions {
  /** Gets a copy of the document and returns the new one without changing it; may throw AdminError. */
  readonly mutate: (document: JsonObject) => JsonObject;
  /** Turns a problem's path in config.json into one of what was sent. */
  readonly relative?: (path: string) => string;
  /** When it is none of the usual two. */
  readonly source?: "rollback" | "import";
}

const ACTIONS = { rollback: "config-rolled-back", import: "config-imported" } as const;

/** Saves a change and writes it to the audit log; throws AdminError `invalid`, `conflict`, `file-invalid` or `storage`. */
export async function changeConfig(
  configFile: ConfigFile,
  call: Pick<RouteCall<unknown, unknown, unknown>, "ifVersion" | "identity" | "peer">,
  options: ChangeOptions,
): Promise<Saved> {
  let before: JsonObject = {};
  const mutate = (document: JsonObject) => {
    before = document;
    const after = options.mutate(document);
    guardReferences(configFile, call.identity, document, after);
    return after;
  };
  try {
    await configFile.save(mutate, {
      ifRevision: call.ifVersion,
      origin: { author: call.peer.address, source: options.source ?? call.identity.source },
    });
  } catch (error) {
    throw error instanceof ConfigSaveError ? saveError(error, configFile.revision(), options.relative) : error;
  }
  const changes = summarizeDiff(diffConfig(before, configFile.document()));
  if (changes.length > 0) {
    const action = options.source === undefined ? "config-changed" : ACTIONS[options.source];
    call.identity.audit(action, changes.join(", "));
  }
  return { ok: true, version: configFile.revision() };
}

/**
 * A session alone may send no secret of this machine to a host that does not get it yet: it can be stolen, and the
 * password cannot be read from it. Throws AdminError `password-needed`.
 */
export function guardReferences(
  configFile: ConfigFile,
  identity: AdminIdentity,
  before: JsonObject,
  after: JsonObject,
): void {
  if (identity.hasShownPassword) return;
  const [first, ...others] = newDestinations(before, after, configFile.environment());
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new AdminError("password-needed", `this would send ${first}${more}: it takes the password again`);
}

/** A list of objects in a document, entries of other types left as they are; empty when it is absent. */
export function listIn(document: JsonObject, name: "upstreams" | "client_keys"): unknown[] {
  const list = ownValue(document, name);
  return Array.isArray(list) ? list : [];
}

/** The place of the upstream with this id in a document. Throws AdminError `not-found`. */
export function findUpstream(document: JsonObject, id: string): { readonly index: number; readonly entry: JsonObject } {
  for (const [index, entry] of listIn(document, "upstreams").entries())
    if (isJsonObject(entry) && ownValue(entry, "id") === id) return { index, entry };
  throw new AdminError("not-found", "there is no upstream of this id");
}

/** A copy of an object with some fields set; undefined removes a field. Odd names stay plain fields. */
export function withFields(object: JsonObject, changes: JsonObject): JsonObject {
  const fields = new Map(Object.entries(object));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  }
  return Object.fromEntries(fields);
}
