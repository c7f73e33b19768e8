// Secrets as canaries: everything is exercised that handles them, in debug mode and with an upstream that repeats the
// credentials it gets, and then every file, log line and answer is searched for them in all spellings.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { DECLARED_ROUTES } from "../../support/admin-client.ts";
import { openBrowser } from "../../support/admin-session.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";
import { clientCall, PROTOCOLS } from "../support/client-calls.ts";
import { PATIENT } from "../support/upstreams.ts";

const SECRETS = {
  plainKey: "sk-canary-plain-4fQ9zR7wT2",
  secondKey: "sk-canary-second-8hJ3kL5mN1",
  envKey: "sk-canary-env-6pV0xB4cD9",
  fileKey: "sk-canary-file-2sG7yU1iO3",
  echoKey: "sk-canary-echo-9aE5rT0qW6",
  header: "canary-header-value-7nM2bV8",
  clientKey: "sk-canary-client-1zX6cV3bN8",
  password: "canary correct horse 5tGbYh",
  newPassword: "canary better horse 8uHjNm",
} as const;

/** Files that hold the configuration, which is the place of its secrets. Their mode is checked instead. */
const CONFIG_FILES = /^(?:config\.json(?:\.bak)?|canary\.key|history(?:\/.*)?)$/;

let gateway: TestGateway;
let simulator: Simulator;
let echo: ReturnType<typeof Bun.serve>;
const answers: { readonly from: string; readonly text: string }[] = [];

beforeAll(async () => {
  simulator = startSimulator();
  echo = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const headers = Object.fromEntries(request.headers);
      const key = headers["authorization"] ?? headers["x-api-key"] ?? "";
      const body = {
        error: { type: "authentication_error", message: `wrong key ${key}`, headers, body: await request.text() },
      };
      return Response.json(body, {
        status: request.url.includes("teapot") ? 418 : 401,
        headers: { "x-echo": key, "set-cookie": key },
      });
    },
  });
  const common = { api_format: "openai", model_map: { "claude-test": "gpt-canary" } };
  gateway = await startGateway({
    upstreams: [
      { ...common, id: "echo", base_url: `http://127.0.0.1:${echo.port}/v1`, keys: [SECRETS.echoKey], priority: 1 },
      {
        ...common,
        id: "env",
        base_url: `${simulator.url}/v1`,
        keys: ["env:CANARY_KEY", SECRETS.plainKey, SECRETS.secondKey],
        priority: 2,
      },
      {
        ...{
          id: "other",
          base_url: `${simulator.url}/v1`,
          api_format: "anthropic",
          keys: ["sk-canary-other-3wS8eD4rF"],
        },
        ...{ headers: { "x-extra-token": SECRETS.header }, priority: 3 },
      },
    ],
    config: {
      ...PATIENT,
      debug_mode: true,
      client_keys: [{ key: SECRETS.clientKey, name: "canary" }],
      admin_password_hash: new Bun.CryptoHasher("sha256").update(SECRETS.password).digest("hex"),
    },
    app: { env: { CANARY_KEY: SECRETS.envKey } },
  });
  await writeFile(join(gateway.dataDir, "canary.key"), SECRETS.fileKey, { mode: 0o600 });
});
afterAll(async () => {
  await gateway.stop();
  simulator.stop();
  await echo.stop(true);
});

async function ask(from: string, path: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(gateway.url + path, init);
  const head = JSON.stringify(Object.fromEntries(response.headers));
  // Streams of events have no end of their own.
  const isEvents = response.headers.get("content-type")?.startsWith("text/event-stream") && from.startsWith("admin");
  if (isEvents) await response.body?.cancel();
  answers.push({
    from: `${from} ${init.method ?? "GET"} ${path}`,
    text: head + (isEvents ? "" : await response.text()),
  });
}

/** A secret as it is, inside JSON, in a URL, and in base64 at each of the three places. */
function spellings(secret: string): string[] {
  const inner = [0, 1, 2].map((offset) => {
    const text = Buffer.from("x".repeat(offset) + secret).toString("base64");
    return text.slice(offset === 0 ? 0 : 4, -4);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...inner];
}

test("no secret is in any log line, answer, or file but those of the configuration", async () => {
  // The API: each protocol whole and streamed, with our key in each place; wrong routes, wrong bodies.
  for (const protocol of PROTOCOLS) {
    for (const stream of [false, true]) {
      const { path, body } = clientCall(protocol, { stream });
      const init = { method: "POST", body: JSON.stringify(body) };
      await ask("client", path, { ...init, headers: { "x-api-key": SECRETS.clientKey } });
      await ask("client", path, {
        ...init,
        headers: { authorization: `Bearer ${SECRETS.clientKey}`, "x-forwarded-for": "10.1.1.1" },
      });
      await ask("client", path, { ...init, headers: { "x-api-key": SECRETS.clientKey }, body: "{" });
    }
  }
  for (const path of [
    "/v1/models",
    "/v1beta/models",
    "/v1/embeddings",
    "/v1/teapot",
    "/v1/messages/count_tokens",
    "/nothing",
  ])
    for (const method of ["GET", "POST"])
      await ask("client", path, {
        method,
        headers: { "x-goog-api-key": SECRETS.clientKey },
        ...(method === "POST" && { body: '{"model":"m","messages":[]}' }),
      });

  // The seed's routes as another machine sees them, then everything that the console can read, twice: a change in between.
  const headers = { "x-admin-password": SECRETS.password, "x-forwarded-for": "10.1.1.1" };
  for (const path of ["/admin/config", "/admin/client-keys", "/admin/logs", "/admin/breakers"])
    await ask("admin", path, { headers });
  const browser = openBrowser(gateway.url);
  await browser.call("POST /session", { body: { password: "a wrong one with canary" } });
  await browser.call("POST /session", { body: { password: SECRETS.password } });
  const page = { cookie: browser.cookie, "x-apirouter-csrf": "1", "content-type": "application/json" };
  const post = (path: string, body: object, method = "POST") =>
    ask("admin", path, { method, headers: page, body: JSON.stringify(body) });
  await post("/admin/api/upstreams/echo/test", {});
  await post("/admin/api/upstreams/env/test", {});
  await ask("admin", "/admin/api/upstreams/echo/models", { headers: page });
  await post("/admin/api/export", { include_secrets: false });
  await post("/admin/api/export", { include_secrets: true, password: "wrong" });
  const keyed = { id: "filed", base_url: `${simulator.url}/v1`, api_format: "openai", keys: ["file:canary.key"] };
  await post("/admin/api/upstreams", keyed);
  await post("/admin/api/upstreams", { ...keyed, id: "echo", keys: [SECRETS.plainKey] });
  await post("/admin/api/upstreams", { ...keyed, id: "bad", base_url: "nothing", keys: [`${SECRETS.plainKey}\n`] });
  await post("/admin/api/session/password", { current_password: SECRETS.password, new_password: SECRETS.newPassword });
  await browser.call("POST /session", { body: { password: SECRETS.newPassword } });
  page.cookie = browser.cookie;
  const { rows } = (await browser.call("GET /history")).body;
  const { rows: logged } = (await browser.call("GET /logs?limit=100")).body;
  expect(logged.length).toBeGreaterThan(20);
  for (const { id } of logged.slice(0, 40)) await ask("admin", `/admin/api/logs/${id}`, { headers: page });
  for (const { id } of rows) await ask("admin", `/admin/api/history/${id}/diff?against=previous`, { headers: page });
  for (const route of DECLARED_ROUTES) {
    if (route.method !== "GET" || route.path.includes("{")) continue;
    await ask("admin", `/admin/api${route.path}`, { headers: page });
  }
  for (const path of ["/admin/api/openapi.json", "/metrics", "/", "/health", "/admin-ui"])
    await ask("admin", path, { headers: page });
  await gateway.app.stop(0);

  const places: { readonly from: string; readonly text: string }[] = [
    ...answers,
    { from: "console log", text: gateway.lines.join("") },
    { from: "records", text: JSON.stringify(gateway.records.map(({ attempts, ...rest }) => ({ ...rest, attempts }))) },
  ];
  for (const name of await readdir(gateway.dataDir, { recursive: true })) {
    const path = join(gateway.dataDir, name);
    const info = await stat(path);
    if (process.platform !== "win32") expect([name, info.mode & 0o077]).toEqual([name, 0]);
    if (info.isFile() && !CONFIG_FILES.test(name))
      places.push({ from: name, text: (await readFile(path)).toString("latin1") });
  }
  const found: string[] = [];
  for (const [secretName, secret] of Object.entries(SECRETS))
    for (const { from, text } of places)
      for (const spelling of spellings(secret)) if (text.includes(spelling)) found.push(`${secretName} in ${from}`);
  expect([...new Set(found)]).toEqual([]);
  expect(answers.length).toBeGreaterThan(80);
}, 60_000);
