// The OpenAPI document against what the contract promises and what is served.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_CONFIG, callAdmin, DECLARED_ROUTES } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const CONTRACT = join(import.meta.dir, "../../../src/admin/contract");

let gateway: TestGateway;
// biome-ignore lint/suspicious/noExplicitAny: a document that the tests below look into
let document: any;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: [], config: ADMIN_CONFIG });
  document = (await callAdmin(gateway.url, "GET /openapi.json")).body;
});
afterAll(() => gateway.stop());

/** `GET /upstreams/{id}`, from the comments on top of the contract's files. */
async function promisedRoutes(): Promise<string[]> {
  const names = (await readdir(CONTRACT)).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(names.map((name) => Bun.file(join(CONTRACT, name)).text()));
  return texts.flatMap((text) =>
    [...text.matchAll(/^\/\/ (GET|POST|PUT|PATCH|DELETE)\s+(\/[^\s?]*)/gm)].map((match) => `${match[1]} ${match[2]}`),
  );
}

describe("the OpenAPI document", () => {
  test("describes every route that the contract promises", async () => {
    const promised = await promisedRoutes();
    expect(promised.length).toBeGreaterThan(10);
    const described = describedRoutes();
    expect(promised.filter((name) => !described.includes(name))).toEqual([]);
  });

  test("describes exactly the routes that are served, each promised by the contract", async () => {
    const declared = DECLARED_ROUTES.map((route) => `${route.method} ${route.path}`);
    expect(describedRoutes().toSorted()).toEqual(declared.toSorted());
    const promised = await promisedRoutes();
    expect(declared.filter((name) => !promised.includes(name))).toEqual([]);
  });

  test("refers to nothing that it does not hold, and gives every operation an id of its own", () => {
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(Object.keys(document.components.schemas)).toContain(name);
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(DECLARED_ROUTES.length);
    expect(text).not.toContain("$schema");
  });

  test("names the answers, errors and inputs of an operation", () => {
    const operation = document.paths["/admin/api/upstreams/{id}"].put;
    expect(operation.responses["200"].content["application/json"].schema.$ref).toBe("#/components/schemas/Saved");
    expect(operation.responses["409"].content["application/json"].schema.$ref).toBe("#/components/schemas/ApiError");
    expect(operation.requestBody.content["application/json"].schema.$ref).toBe("#/components/schemas/UpstreamInput");
    expect(operation.parameters.map(({ name }: { name: string }) => name)).toEqual(["id", "if-match"]);
  });

  test("is for administrators only", async () => {
    expect((await callAdmin(gateway.url, "GET /openapi.json", { password: null })).status).toBe(401);
  });
});

describe("every route", () => {
  for (const route of DECLARED_ROUTES) {
    const path = route.path.replace(/\{\w+\}/g, "x");
    if (route.access !== "open") {
      test(`${route.method} ${route.path} answers nobody without the password`, async () => {
        const body = route.body ? { body: {} } : {};
        const answer = await callAdmin(gateway.url, `${route.method} ${path}`, { password: null, ...body });
        expect(answer).toMatchObject({ status: 401, body: { error: { code: "unauthenticated" } } });
      });
    }
    if (!route.body) continue;
    test(`${route.method} ${route.path} takes JSON of its schema only`, async () => {
      const target = `${route.method} ${path}`;
      const headers = { "content-type": "text/plain" };
      expect((await callAdmin(gateway.url, target, { body: "{}", headers })).status).toBe(415);
      expect((await callAdmin(gateway.url, target, { body: "{broken" })).status).toBe(400);
      const odd = await callAdmin(gateway.url, target, { body: "[1]" });
      expect(odd.body.error).toMatchObject({ code: "invalid", problems: [{ path: "" }] });
    });
  }

  test("tells the right method from the wrong one, and no route from any", async () => {
    const wrong = await callAdmin(gateway.url, "DELETE /settings");
    expect(wrong).toMatchObject({ status: 405, body: { error: { code: "method-not-allowed" } } });
    expect(wrong.headers.get("allow")).toBe("GET, PATCH");
    for (const target of ["GET /nothing", "GET /", "GET", "GET /upstreams/", "POST /settings/x"])
      expect(await callAdmin(gateway.url, target)).toMatchObject({
        status: 404,
        body: { error: { code: "not-found" } },
      });
  });

  test("that takes nothing gives the presets", async () => {
    const { presets } = (await callAdmin(gateway.url, "GET /presets")).body;
    expect(presets.length).toBeGreaterThanOrEqual(40);
  });

  test("refuses query parameters that it does not know, and too large bodies", async () => {
    const query = await callAdmin(gateway.url, "GET /upstreams?limit=3");
    expect(query.body.error.problems).toEqual([{ path: "limit", message: "not known here" }]);
    const body = { body: JSON.stringify({ settings: { x: "y".repeat(5_000_000) } }) };
    expect((await callAdmin(gateway.url, "PATCH /settings", body)).status).toBe(413);
  });
});

function describedRoutes(): string[] {
  return Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace("/admin/api", "")}`),
  );
}
