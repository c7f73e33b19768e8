// How a route of the admin API is declared: what it takes and gives, as schemas, and what it does. Routing, checking
// of input, errors and the OpenAPI document all follow from the declaration.

import type { z } from "zod";
import type { Peer } from "../../server/peer.ts";
import type { AdminErrorCode } from "./admin-error.ts";
import type { AdminIdentity } from "./gate.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Names in braces of a path, as strings: `/upstreams/{id}` gives `{ id: string }`. */
export type PathParams<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string } & PathParams<Rest>
  : unknown;

/** One call of a route, checked. */
export interface RouteCall<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The version that `if-match` names; undefined for none and for `*`. */
  readonly ifVersion: string | undefined;
  /** Nobody in particular on open routes. */
  readonly identity: AdminIdentity;
  readonly peer: Peer;
  readonly request: Request;
}

/** What a route answers when all is well; failures are ApiError everywhere. */
export type Answer =
  | { readonly type: "json"; readonly status: 200 | 201; readonly schema: z.ZodType }
  /** `text/event-stream`; `schema` is that of one event. The handler gives a Response. */
  | { readonly type: "events"; readonly schema: z.ZodType }
  /** Anything else; the handler gives a Response. */
  | { readonly type: "file"; readonly mediaType: string };

export interface RouteSpec<
  Path extends string,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Below `/admin/api`. */
  readonly path: Path;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** `open`: needs no login. */
  readonly access?: "open";
  readonly query?: Query;
  readonly body?: Body;
  /** Bytes of a body; default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** Left out of problem paths: the field of the body that the form of the console shows. */
  readonly problemRoot?: string;
  readonly answer: Answer & { readonly schema?: Reply };
  /** Failures beside those that every route has. */
  readonly errors?: readonly AdminErrorCode[];
  readonly handle: (
    call: RouteCall<PathParams<Path>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Reply> | Response> | z.input<Reply> | Response;
}

/** A declared route with its types forgotten. */
export type Route = Omit<RouteSpec<string>, "handle"> & {
  readonly handle: (call: RouteCall<Readonly<Record<string, string>>, unknown, unknown>) => unknown;
};

/** Declares a route; the handler's argument is typed by the schemas. */
export function route<
  const Path extends string,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Reply extends z.ZodType,
>(spec: RouteSpec<Path, Query, Body, Reply>): Route {
  // The app checks query and body with the same schemas before it calls the handler.
  return spec as unknown as Route;
}

/** A JSON answer. */
export function json<Reply extends z.ZodType>(schema: Reply, status: 200 | 201 = 200) {
  return { type: "json", status, schema } as const;
}

/** A stream of server-sent events. */
export function events<Event extends z.ZodType>(schema: Event) {
  return { type: "events", schema } as const;
}
