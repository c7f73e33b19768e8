// What models there are: the names of the model maps and the upstreams' own lists, fetched now and then.
// Lists are a convenience: nothing here touches breakers, and no request waits for a slow upstream.

import type { Config, UpstreamConfig } from "../config/config.ts";
import type { ModelEntry } from "../protocols/protocol.ts";
import { mapModel } from "../routing/model-map.ts";
import { upstreamsInOrder } from "../routing/plan-attempts.ts";
import { buildHeaders, buildUrl } from "../upstream/build-call.ts";
import type { TransportFailure } from "../upstream/transport.ts";
import { askUpstream } from "./ask-upstream.ts";
import type { GatewayDeps } from "./context.ts";

/** The models that clients can ask for. */
export interface ModelCatalog {
  /**
   * Names of the model maps of enabled upstreams in order of priority (patterns left out), then the upstreams' own
   * lists in the same order, each id once. Waits at most `waitMs` (2.5 s) for lists that have not come yet; they are
   * fetched to their end all the same. Never rejects.
   */
  list(config: Config, waitMs?: number): Promise<ModelEntry[]>;
  /** The same, with the upstreams that offer each of them by map or list, in order of priority. */
  offers(config: Config): Promise<ModelOffer[]>;
  /** One of these, or a name that a pattern of a model map matches. Asks nobody when a map or a known list has it. */
  find(config: Config, id: string): Promise<ModelEntry | undefined>;
}

export interface ModelOffer {
  readonly id: string;
  readonly upstreamIds: readonly string[];
}

/** What is known of one upstream's list. */
interface Shelf {
  /** The last list that came; kept while later fetches fail. */
  models: readonly ModelEntry[];
  /** Whether any fetch has ended yet, well or not. */
  isFilled: boolean;
  /** When to ask again, monotonic milliseconds. */
  dueMs: number;
  fetching: Promise<void> | undefined;
}

type CatalogDeps = Pick<GatewayDeps, "transport" | "protocols" | "breakers" | "clock">;

const FETCH_MS = 3_000;
/** Claude Code gives a list 3 s. */
const PATIENCE_MS = 2_500;
const FRESH_MS = 5 * 60_000;
const RETRY_MS = 30_000;
const MAX_LIST_BYTES = 8 * 1024 * 1024;

/** Creates a catalog; one per process. */
export function createModelCatalog(deps: CatalogDeps, patienceMs: number = PATIENCE_MS): ModelCatalog {
  // Keyed by the configuration's own objects: as many entries as upstreams, gone with their configuration.
  const shelves = new WeakMap<UpstreamConfig, Shelf>();

  function shelfOf(upstream: UpstreamConfig): Shelf {
    let shelf = shelves.get(upstream);
    if (!shelf) {
      shelf = { models: [], isFilled: false, dueMs: Number.NEGATIVE_INFINITY, fetching: undefined };
      shelves.set(upstream, shelf);
    }
    return shelf;
  }

  /** Fetches a list that is due, once for all who ask; an old list stays in use meanwhile. */
  function refresh(upstream: UpstreamConfig): Promise<void> | undefined {
    const shelf = shelfOf(upstream);
    if (shelf.dueMs <= deps.clock.monotonicMs()) {
      shelf.fetching ??= fetchModels(deps, upstream).then((models) => {
        if (models) shelf.models = models;
        shelf.isFilled = true;
        shelf.dueMs = deps.clock.monotonicMs() + (models ? FRESH_MS : RETRY_MS);
        shelf.fetching = undefined;
      });
    }
    return shelf.isFilled ? undefined : shelf.fetching;
  }

  /** Until every list has come or patience is over. */
  async function settle(upstreams: readonly UpstreamConfig[], waitMs = patienceMs): Promise<void> {
    const fetches = upstreams.map(refresh).filter((fetching) => fetching !== undefined);
    if (fetches.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    await Promise.race([Promise.all(fetches), patience]);
    clearTimeout(timer);
  }

  function known(upstreams: readonly UpstreamConfig[]): Map<string, ModelEntry> {
    const models = new Map<string, ModelEntry>();
    for (const { modelMap } of upstreams) {
      for (const name of modelMap.keys())
        if (!name.includes("*") && !models.has(name)) models.set(name, ownEntry(name));
    }
    for (const upstream of upstreams) {
      for (const model of shelves.get(upstream)?.models ?? []) if (!models.has(model.id)) models.set(model.id, model);
    }
    return models;
  }

  return {
    async list(config, waitMs) {
      const upstreams = enabledUpstreams(config);
      await settle(upstreams, waitMs);
      return [...known(upstreams).values()];
    },
    async offers(config) {
      const upstreams = enabledUpstreams(config);
      await settle(upstreams);
      return [...known(upstreams).keys()].map((id) => ({
        id,
        upstreamIds: upstreams
          .filter(
            (upstream) =>
              upstream.modelMap.has(id) || shelves.get(upstream)?.models.some((model) => model.id === id) === true,
          )
          .map((upstream) => upstream.id),
      }));
    },
    async find(config, id) {
      const upstreams = enabledUpstreams(config);
      const model = known(upstreams).get(id);
      if (model) return model;
      if (upstreams.some(({ modelMap }) => mapModel(modelMap, id) !== id)) return ownEntry(id);
      await settle(upstreams);
      return known(upstreams).get(id);
    },
  };
}

function enabledUpstreams(config: Config): UpstreamConfig[] {
  return upstreamsInOrder(config).filter(({ enabled }) => enabled);
}

function ownEntry(name: string): ModelEntry {
  return { id: name, displayName: name, createdAt: 0, ownedBy: "apirouter" };
}

/** An upstream's list; undefined when it has none to offer just now. */
async function fetchModels(deps: CatalogDeps, upstream: UpstreamConfig): Promise<ModelEntry[] | undefined> {
  const answer = await askForModels(deps, upstream, FETCH_MS);
  return answer.type === "models" && answer.models.length > 0 ? answer.models : undefined;
}

export type ModelListAnswer =
  | { readonly type: "models"; readonly models: ModelEntry[] }
  | { readonly type: "refused"; readonly status: number }
  /** An answer that is no JSON: a page, most often. */
  | { readonly type: "unreadable" }
  /** No whole answer in time, because of a connection failure where there is one. */
  | { readonly type: "none"; readonly failure?: TransportFailure };

/** Asks an upstream for its list now, with the first key that is usable. Never rejects. */
export async function askForModels(
  deps: CatalogDeps,
  upstream: UpstreamConfig,
  timeoutMs: number,
): Promise<ModelListAnswer> {
  const protocol = deps.protocols[upstream.protocol];
  const endpoint = protocol.upstreamPath("list-models", "", false);
  if (!endpoint) return { type: "none" };
  const answer = await askUpstream(deps, {
    method: "GET",
    url: buildUrl(upstream, endpoint.path, endpoint.query),
    headers: buildHeaders(protocol, upstream, usableKey(deps, upstream), {}, null),
    body: null,
    timeoutMs,
    maxBytes: MAX_LIST_BYTES,
  });
  if (answer.type === "none") return answer;
  if (answer.status < 200 || answer.status >= 300) return { type: "refused", status: answer.status };
  if (answer.body === undefined) return { type: "unreadable" };
  return { type: "models", models: protocol.decodeModelList(answer.body) };
}

/** The first key whose breaker is closed, else the first; `""` when the upstream has none. */
function usableKey(deps: CatalogDeps, upstream: UpstreamConfig): string {
  const nowMs = deps.clock.monotonicMs();
  const isUsable = (keyId: string) =>
    deps.breakers.view({ upstreamId: upstream.id, model: "", keyId }, nowMs).type === "closed";
  const key = upstream.keys.find(({ id }) => isUsable(id)) ?? upstream.keys[0];
  return key?.secret.reveal() ?? "";
}
