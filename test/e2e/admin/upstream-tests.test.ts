// Trying upstreams out through the admin API of a real gateway.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startSimulator } from "../../../src/simulator/simulator.ts";
import { ADMIN_CONFIG, ADMIN_PASSWORD, callAdmin } from "../../support/admin-client.ts";
import { startGateway, type TestGateway } from "../../support/gateway.ts";

const KEYS = ["sk-good-0123456789abcdef", "sk-bad-fedcba9876543210"];
const FORMATS = ["anthropic", "openai", "openai_response", "gemini"] as const;
const upstream = startSimulator({
  models: ["model-a", "model-b"],
  plan: (request) =>
    JSON.stringify(request.headers).includes(KEYS[1] as string)
      ? { status: 401, body: { error: { message: `bad key ${KEYS[1]}` } } }
      : { answer: { text: "OK" } },
});
let gateway: TestGateway;

function definition(format: string, changes: object = {}) {
  const version = format === "gemini" ? "v1beta" : "v1";
  return { id: format, base_url: `${upstream.url}/${version}`, api_format: format, keys: KEYS, ...changes };
}

beforeAll(async () => {
  gateway = await startGateway({ upstreams: FORMATS.map((format) => definition(format)), config: ADMIN_CONFIG });
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});

const call = (target: string, options = {}) => callAdmin(gateway.url, target, options);

describe("a test call", () => {
  for (const format of FORMATS) {
    test(`reaches an upstream of format ${format} and shows its answer`, async () => {
      const { body } = await call(`POST /upstreams/${format}/test`, { body: { model: "model-a" } });
      expect(body).toMatchObject({ ok: true, status: 200, model: "model-a", text: "OK", error: null, outcome: "ok" });
    });
  }

  test("asks for the first model of the map, else of the upstream's list", async () => {
    const map = { "claude-*": "x", mine: "theirs" };
    const mapped = await call("POST /upstreams/test", { body: { upstream: definition("openai", { model_map: map }) } });
    expect(mapped.body.model).toBe("mine");
    expect(upstream.requests.at(-1)?.model).toBe("theirs");
    const listed = await call("POST /upstreams/anthropic/test", { body: {} });
    expect(listed.body.model).toBe("model-a");
  });

  test("tries one key only, tells how it was refused, and never shows it", async () => {
    const { upstreams } = (await call("GET /upstreams")).body;
    const [good, bad] = upstreams[0].keys;
    const passed = await call("POST /upstreams/anthropic/test", { body: { key_id: good.id, model: "m" } });
    expect(passed.body.ok).toBe(true);
    const { body } = await call("POST /upstreams/anthropic/test", { body: { key_id: bad.id, model: "m" } });
    expect(body).toMatchObject({ ok: false, status: 401, outcome: "key_invalid", text: null });
    expect(body.error).toBeString();
    expect(JSON.stringify(body)).not.toContain(KEYS[1]);
    expect((await call("POST /upstreams/anthropic/test", { body: { key_id: "nope" } })).status).toBe(404);
  });

  test("is not logged and leaves breakers alone", async () => {
    const before = gateway.records.length;
    const dead = definition("openai", { id: "anthropic", base_url: "http://127.0.0.1:1/v1" });
    for (let count = 0; count < 4; count += 1) {
      const { body } = await call("POST /upstreams/test", { body: { upstream: dead, model: "m" } });
      expect(body).toMatchObject({ ok: false, status: null, outcome: "connect_refused" });
    }
    expect((await call("GET /breakers")).body.breakers).toEqual([]);
    expect(gateway.records).toHaveLength(before);
  });

  test("of what is not saved takes neither masked keys nor anything that a save would refuse", async () => {
    const masked = { upstream: definition("openai", { keys: ["sk-good-…cdef"] }) };
    expect((await call("POST /upstreams/test", { body: masked })).body.error.problems[0].path).toBe("keys[0]");
    expect((await call("POST /upstreams/models", { body: masked })).body.error.problems[0].path).toBe("keys[0]");
    const metadata = { upstream: definition("openai", { base_url: "http://169.254.169.254/" }) };
    expect((await call("POST /upstreams/test", { body: metadata })).body.error.problems[0].path).toBe("base_url");
    const typed = { upstream: { ...definition("openai"), api_format: "soap" } };
    expect((await call("POST /upstreams/test", { body: typed })).body.error.problems[0].path).toBe("api_format");
  });

  test("of a changed upstream uses the keys that are saved, and sends them to no other host", async () => {
    const [shown] = (await call("GET /upstreams")).body.upstreams.filter(
      (view: { definition: { id: string } }) => view.definition.id === "openai",
    );
    const body = (changes: object) => ({ upstream: { ...shown.definition, ...changes }, keys_of: "openai" });
    const elsewhere = await call("POST /upstreams/test", {
      body: { ...body({ id: "renamed", base_url: `${upstream.url}/v1/chat/completions` }), model: "model-a" },
    });
    expect(elsewhere.body).toMatchObject({ ok: true, text: "OK" });
    expect(JSON.stringify(upstream.requests.at(-1)?.headers)).toContain(KEYS[0] as string);
    expect((await call("POST /upstreams/models", { body: body({}) })).body.models).toHaveLength(2);

    const asked = upstream.requests.length;
    for (const target of ["POST /upstreams/test", "POST /upstreams/models"]) {
      const moved = await call(target, { body: body({ base_url: "http://localhost:1/v1" }) });
      expect(moved).toMatchObject({ status: 400, body: { error: { problems: [{ path: "keys" }] } } });
      expect((await call(target, { body: { ...body({}), keys_of: "none" } })).status).toBe(404);
    }
    expect(upstream.requests).toHaveLength(asked);
  });

  test("is refused for upstreams and fields that are not known", async () => {
    expect((await call("POST /upstreams/none/test", { body: {} })).status).toBe(404);
    const odd = await call("POST /upstreams/openai/test", { body: { base_url: "http://x" } });
    expect(odd.body.error.problems).toEqual([{ path: "base_url", message: "not known here" }]);
  });
});

describe("the models of an upstream", () => {
  for (const format of FORMATS) {
    test(`are asked of an upstream of format ${format}, saved or not`, async () => {
      const ids = ({ body }: { body: { models: { id: string }[] } }) => body.models.map(({ id }) => id);
      expect(ids(await call(`GET /upstreams/${format}/models`))).toEqual(["model-a", "model-b"]);
      const draft = { upstream: definition(format, { id: "draft" }) };
      expect(ids(await call("POST /upstreams/models", { body: draft }))).toEqual(["model-a", "model-b"]);
    });
  }

  test("tell why there are none", async () => {
    const refused = await call("POST /upstreams/models", {
      body: { upstream: definition("openai", { keys: [KEYS[1]] }) },
    });
    expect(refused).toMatchObject({ status: 502, body: { error: { code: "upstream" } } });
    expect(refused.body.error.message).toContain("401");
    expect(refused.body.error.outcome).toBe("key_invalid");
    const page = Bun.serve({
      port: 0,
      fetch: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    });
    for (const { url, outcome } of [
      { url: "http://127.0.0.1:1/v1", outcome: "connect_refused" },
      { url: "http://no-such-host.invalid/v1", outcome: "dns_error" },
      { url: `${page.url.origin}/v1`, outcome: "wrong_content_type" },
    ]) {
      const { body } = await call("POST /upstreams/models", {
        body: { upstream: definition("openai", { base_url: url }) },
      });
      expect(body.error).toMatchObject({ code: "upstream", outcome });
      expect(body.error.message).not.toContain("within 10 s");
      const test = { upstream: definition("openai", { base_url: url }) };
      expect((await call("POST /upstreams/test", { body: test })).body.error).toMatchObject({
        code: "upstream",
        outcome,
      });
    }
    await page.stop(true);
    expect((await call("GET /upstreams/none/models")).status).toBe(404);
  });
});

describe("a key", () => {
  test("is shown for the password, and that is written down", async () => {
    const [first] = (await call("GET /upstreams")).body.upstreams[0].keys;
    const target = `POST /upstreams/anthropic/keys/${first.id}/reveal`;
    for (const password of ["", "wrong"])
      expect((await call(target, { body: { password } })).body.error.code).toBe("unauthenticated");
    expect((await call(target, { body: { password: ADMIN_PASSWORD } })).body).toEqual({ key: KEYS[0] });
    const { rows } = (await call("GET /audit")).body;
    expect(rows[0]).toMatchObject({ action: "key-revealed" });
    expect(JSON.stringify(rows)).not.toContain(KEYS[0]);
    const unknown = "POST /upstreams/anthropic/keys/000000000000/reveal";
    expect((await call(unknown, { body: { password: ADMIN_PASSWORD } })).status).toBe(404);
  });
});

test("test calls are bounded, at once and per minute", async () => {
  const atOnce = await Promise.all(Array.from({ length: 20 }, () => call("GET /upstreams/anthropic/models")));
  expect(atOnce.map(({ status }) => status)).toContain(429);
  const asked = () => upstream.requests.length;
  const before = asked();
  let answer = await call("GET /upstreams/anthropic/models");
  while (answer.status === 200) answer = await call("GET /upstreams/anthropic/models");
  expect(asked() - before).toBeLessThan(60);
  expect(answer.body.error.code).toBe("throttled");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});
