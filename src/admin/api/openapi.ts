// The OpenAPI 3.1 document of the admin API, made from the declared routes and the contract's schemas.

import { z } from "zod";
import type { AdminErrorCode } from "./admin-error.ts";
import type { Route } from "./route.ts";

type Json = Record<string, unknown>;

const ERROR_TEXT: Readonly<Record<string, string>> = {
  "400": "what was sent is not valid: `problems` tells where",
  "401": "not logged in",
  "403": "not from here",
  "404": "there is no such thing",
  "409": "conflict: the configuration has changed, the file is not valid, or what is asked for was not recorded",
  "413": "too large",
  "415": "not JSON",
  "429": "too many attempts",
  "500": "the disk refused, or the program failed",
  "502": "the upstream did not give what was asked for",
};
const STATUS_OF: Readonly<Partial<Record<AdminErrorCode, string>>> = {
  "not-found": "404",
  conflict: "409",
  "file-invalid": "409",
  "not-recorded": "409",
  storage: "500",
  upstream: "502",
};

/** Makes the document. Loads the whole contract, which only this needs. */
export async function openApiDocument(routes: readonly Route[], version: string): Promise<Json> {
  const schemas = createSchemas(await contractSchemas());
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/admin/api${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "APIRouter admin API", version, license: { name: "MIT" } },
    servers: [{ url: "/" }],
    security: [{ session: [] }, { password: [] }],
    paths,
    components: {
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "apirouter_session" },
        password: { type: "apiKey", in: "header", name: "x-admin-password" },
      },
      schemas: schemas.components,
    },
  };
}

/** Every exported schema of the contract, with its name: `UpstreamView`. */
async function contractSchemas(): Promise<Map<z.ZodType, string>> {
  const modules = await Promise.all([
    import("../contract/common.ts"),
    import("../contract/keys.ts"),
    import("../contract/live.ts"),
    import("../contract/logs.ts"),
    import("../contract/playground.ts"),
    import("../contract/session.ts"),
    import("../contract/settings.ts"),
    import("../contract/upstreams.ts"),
    import("../contract/usage.ts"),
  ]);
  const named = new Map<z.ZodType, string>();
  for (const module of modules) {
    for (const [name, value] of Object.entries(module)) {
      if (value instanceof z.ZodObject || value instanceof z.ZodDiscriminatedUnion)
        named.set(value, name.charAt(0).toUpperCase() + name.slice(1));
    }
  }
  return named;
}

interface Schemas {
  readonly components: Json;
  /** A reference to a schema of the contract, or the schema itself when it has no name there. */
  answer(schema: z.ZodType): Json;
  input(schema: z.ZodType): Json;
}

/** Answers refer to one another; inputs stand alone, as optional fields with defaults look different in them. */
function createSchemas(named: ReadonlyMap<z.ZodType, string>): Schemas {
  const components: Json = {};
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of named) registry.add(schema, { id });
  const uri = (id: string) => `#/components/schemas/${id}`;
  const all = z.toJSONSchema(registry, { uri, io: "output", override: shorten }).schemas;

  function add(id: string, value: Json): Json {
    const { $schema: _schema, $id: _id, id: _name, ...rest } = value;
    components[id] = rest;
    return { $ref: uri(id) };
  }

  for (const [id, value] of Object.entries(all)) add(id, value as Json);
  return {
    components,
    answer(schema) {
      const id = named.get(schema);
      if (id !== undefined) return { $ref: uri(id) };
      return plain(z.toJSONSchema(schema, { io: "output", override: shorten }) as Json);
    },
    input(schema) {
      const value = plain(z.toJSONSchema(schema, { io: "input", override: shorten }) as Json);
      const id = named.get(schema);
      return id === undefined ? value : add(id, value);
    },
  };
}

function plain(value: Json): Json {
  const { $schema: _schema, ...rest } = value;
  return rest;
}

/** `format` says it all; the pattern of a date is longer than most schemas. */
function shorten(context: { jsonSchema: Json }): void {
  if (context.jsonSchema["format"] === "date-time") delete context.jsonSchema["pattern"];
}

function operation(route: Route, schemas: Schemas): Json {
  const parameters = [...pathParameters(route), ...queryParameters(route, schemas)];
  const changes = route.errors?.includes("conflict") ?? false;
  if (changes)
    parameters.push({
      name: "if-match",
      in: "header",
      required: false,
      description: "version of the configuration that the change is meant for; 409 when it is another by now",
      schema: { type: "string" },
    });
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.path.split("/")[1] ?? ""],
    ...(route.access === "open" && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: { required: true, content: { "application/json": { schema: schemas.input(route.body) } } },
    }),
    responses: { ...goodResponse(route, schemas), ...errorResponses(route) },
  };
}

function operationId(route: Route): string {
  const words = route.path.split(/[/{}.-]+/).filter((word) => word !== "");
  return [route.method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join("");
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => ({
    name: match[1],
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(route: Route, schemas: Schemas): Json[] {
  if (!(route.query instanceof z.ZodObject)) return [];
  return Object.entries(route.query.shape).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema: schemas.input(schema as z.ZodType),
  }));
}

function goodResponse(route: Route, schemas: Schemas): Json {
  const { answer } = route;
  if (answer.type === "json") {
    const content = { "application/json": { schema: schemas.answer(answer.schema) } };
    return { [String(answer.status)]: { description: "done", content } };
  }
  if (answer.type === "file")
    return { "200": { description: "done", content: { [answer.mediaType]: { schema: { type: "string" } } } } };
  const schema = { type: "string", description: "server-sent events; the data of each is an `x-event`" };
  const content = { "text/event-stream": { schema, "x-event": schemas.answer(answer.schema) } };
  return { "200": { description: "the events as they come", content } };
}

function errorResponses(route: Route): Json {
  const statuses = new Set(["400", "500"]);
  if (route.access !== "open") for (const status of ["401", "403", "429"]) statuses.add(status);
  if (route.body) for (const status of ["413", "415"]) statuses.add(status);
  for (const code of route.errors ?? []) statuses.add(STATUS_OF[code] ?? "400");
  const content = { "application/json": { schema: { $ref: "#/components/schemas/ApiError" } } };
  return Object.fromEntries(
    [...statuses].sort().map((status) => [status, { description: ERROR_TEXT[status] ?? "refused", content }]),
  );
}
