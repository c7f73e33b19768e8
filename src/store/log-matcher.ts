// Whether a facet, or a single row, is what a log filter asks for. Texts are compared as they are; no patterns reach
// SQL and no regular expression is made of what people type.

import { createGlob } from "../lib/glob.ts";
import type { Facet } from "./facets.ts";
import type { LogFilter } from "./request-log.ts";

/** What a filter makes of a facet: every row of it, none, or the rows whose own texts match. */
export type FacetVerdict = "all" | "none" | "look";

/** Texts of a row that its facet does not hold. */
export interface RowTexts {
  readonly error: string | null;
  readonly openModel: string | null;
  readonly openUpstreamModel: string | null;
  readonly openUserAgent: string | null;
}

export interface LogMatcher {
  facet(facet: Facet): FacetVerdict;
  /** Whether the facet passes everything but the search, which was answered for the row in another way. */
  passesWithoutSearch(facet: Facet, row: RowTexts): boolean;
  /** For rows of facets that have to be looked at. */
  row(facet: Facet, row: RowTexts): boolean;
}

const MAX_PATTERN = 256;
const MAX_SEARCH = 200;

export function createLogMatcher(filter: LogFilter): LogMatcher {
  const search = filter.search?.slice(0, MAX_SEARCH).toLowerCase();
  const matchesModel = filter.model === undefined ? undefined : createGlob(filter.model.slice(0, MAX_PATTERN));

  function passesIds(facet: Facet): boolean {
    return (
      (filter.upstreamId === undefined || facet.tried.includes(filter.upstreamId)) &&
      (filter.outcome === undefined || facet.outcome === filter.outcome) &&
      (filter.keyMasked === undefined || facet.keyMasked === filter.keyMasked) &&
      (filter.isRetried === undefined || facet.isRetried === filter.isRetried) &&
      (filter.status === undefined || matchesStatus(facet, filter.status)) &&
      (filter.clientKeys === undefined || isOneOf(facet, filter.clientKeys))
    );
  }

  const matchesModels = (model: string, upstreamModel: string | null): boolean =>
    matchesModel === undefined || matchesModel(model) || (upstreamModel !== null && matchesModel(upstreamModel));

  const isFound = (...texts: (string | null)[]): boolean =>
    search === undefined || texts.some((text) => text?.toLowerCase().includes(search));

  const hasModel = (facet: Facet, row: RowTexts): boolean =>
    facet.isOpen
      ? matchesModels(row.openModel ?? "", row.openUpstreamModel)
      : matchesModels(facet.model, facet.upstreamModel);

  return {
    facet(facet) {
      if (!passesIds(facet)) return "none";
      if (facet.isOpen) return search === undefined && matchesModel === undefined ? "all" : "look";
      if (!matchesModels(facet.model, facet.upstreamModel)) return "none";
      if (isFound(facet.model, facet.upstreamModel, facet.userAgent, facet.outcome)) return "all";
      // Requests that went well have no error to look at.
      return facet.outcome === "ok" ? "none" : "look";
    },
    passesWithoutSearch: (facet, row) => passesIds(facet) && hasModel(facet, row),
    row: (facet, row) =>
      hasModel(facet, row) &&
      isFound(facet.outcome, row.error, row.openModel, row.openUpstreamModel, row.openUserAgent),
  };
}

function matchesStatus(facet: Facet, status: string): boolean {
  if (status === "ok") return facet.outcome === "ok";
  if (status === "error") return facet.outcome !== "ok" && facet.outcome !== "client_closed";
  const digit = /^([1-5])xx$/.exec(status)?.[1];
  return digit === undefined ? String(facet.status) === status : Math.floor(facet.status / 100) === Number(digit);
}

function isOneOf(facet: Facet, clientKeys: readonly string[]): boolean {
  return (
    (facet.clientKeyLabel !== null && clientKeys.includes(facet.clientKeyLabel)) ||
    (facet.clientKeyId !== null && clientKeys.includes(facet.clientKeyId))
  );
}
