import { describe, expect, test } from "bun:test";
import { hashClientKey } from "./client-key.ts";
import { parseConfig } from "./parse-config.ts";
import { collectSecrets, maskConfig, unmaskUpstreams } from "./redact.ts";
import { patchConfig, sealClientKeys, serializeConfig } from "./serialize-config.ts";

const DOCUMENT = {
  note: "mine",
  upstreams: [
    {
      id: "a",
      base_url: "https://one.example/v1",
      api_format: "anthropic",
      keys: ["sk-ant-first-0123456789", "env:SECOND", "sk-ant-third-9876543210"],
      auth: "bearer",
      headers: { "x-session-token": "token-0123456789abcdef", "x-team": "blue" },
      timeouts: { connect_ms: 5 },
      color: "red",
      model_map: { x: "y" },
    },
  ],
  client_keys: [{ key: "sk-client-0123456789abcd", name: "n", owner: "me" }],
  admin_password_hash: "0".repeat(64),
  debug_mode: false,
};

describe("patching", () => {
  test("keeps unknown fields and settings that an old client does not send", () => {
    const patch = {
      debug_mode: true,
      upstreams: [
        {
          id: "a",
          base_url: "https://two.example",
          api_format: "openai",
          keys: ["k"],
          model_map: {},
          timeouts: { idle_ms: 7 },
        },
      ],
    };
    const result = patchConfig(DOCUMENT, patch);
    expect(result["note"]).toBe("mine");
    expect(result["debug_mode"]).toBe(true);
    expect(result["upstreams"]).toEqual([
      {
        id: "a",
        base_url: "https://two.example",
        api_format: "openai",
        keys: ["k"],
        auth: "bearer",
        headers: DOCUMENT.upstreams[0]?.headers,
        timeouts: { connect_ms: 5, idle_ms: 7 },
        color: "red",
        model_map: {},
      },
    ]);
    expect(DOCUMENT.upstreams[0]?.keys).toHaveLength(3);
  });

  test("drops list entries that the patch leaves out, and fields set to null", () => {
    expect(patchConfig(DOCUMENT, { upstreams: [], note: null })).toEqual({
      ...DOCUMENT,
      upstreams: [],
      note: undefined,
    });
  });

  test("changes the settings of remote media one by one", () => {
    const before = { remote_media: { inline: true, max_items: 3 } };
    expect(patchConfig(before, { remote_media: { inline: false } })).toEqual({
      remote_media: { inline: false, max_items: 3 },
    });
  });

  test("finds a client key by itself or by its hash", () => {
    const byHash = patchConfig(DOCUMENT, {
      client_keys: [{ hash: hashClientKey("sk-client-0123456789abcd"), enabled: false }],
    });
    expect(byHash["client_keys"]).toMatchObject([{ owner: "me", name: "n", enabled: false }]);
  });

  test("never merges into prototypes", () => {
    const patch = JSON.parse('{"__proto__": {"polluted": 1}, "breaker": {"__proto__": {"polluted": 2}}}');
    const result = patchConfig(DOCUMENT, patch);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(serializeConfig(result)).toContain('"__proto__"');
  });
});

test("sealing replaces client keys in clear by hash and label and keeps the rest", () => {
  expect(sealClientKeys(DOCUMENT)["client_keys"]).toEqual([
    { hash: hashClientKey("sk-client-0123456789abcd"), label: "sk-clien…abcd", name: "n", owner: "me" },
  ]);
});

describe("masking", () => {
  test("hides keys, secret headers and the password hash, not references and settings", () => {
    const text = JSON.stringify(
      maskConfig({ ...DOCUMENT, upstreams: [{ ...DOCUMENT.upstreams[0], api_key: "oops-0123456789-oops" }] }),
    );
    for (const secret of ["first-0123", "third-9876", "0123456789", "0000000"]) expect(text).not.toContain(secret);
    for (const shown of ["sk-ant-f…6789", "env:SECOND", '"auth":"bearer"', "blue", "token-01…cdef"])
      expect(text).toContain(shown);
  });

  test("is undone for values that come back unchanged, whatever their order", () => {
    const shown = maskConfig(DOCUMENT)["upstreams"] as { keys: string[] }[];
    const edited = shown.map((upstream) => ({ ...upstream, keys: [...upstream.keys.toReversed(), "new-key"] }));
    const { upstreams, problems } = unmaskUpstreams(edited, DOCUMENT);
    expect(problems).toEqual([]);
    expect((upstreams as { keys: string[] }[])[0]?.keys).toEqual([
      ...(DOCUMENT.upstreams[0]?.keys.toReversed() ?? []),
      "new-key",
    ]);
    expect((upstreams as { headers: unknown }[])[0]?.headers).toEqual(DOCUMENT.upstreams[0]?.headers);
  });

  test("is not undone for an upstream that now points at another host", () => {
    const shown = (maskConfig(DOCUMENT)["upstreams"] as object[]).map((upstream) => ({
      ...upstream,
      base_url: "https://evil.example/v1",
    }));
    const { upstreams, problems } = unmaskUpstreams(shown, DOCUMENT);
    expect(problems.map((problem) => problem.path)).toEqual(["upstreams[0].keys"]);
    expect(JSON.stringify(upstreams)).not.toContain("first-0123456789");
  });
});

test("the secrets of a configuration are its keys, secret headers and password hash", () => {
  const result = parseConfig(serializeConfig(DOCUMENT), { version: 1, env: { SECOND: "second-key" } });
  expect(result.ok && collectSecrets(result.config)).toEqual([
    "sk-ant-first-0123456789",
    "second-key",
    "sk-ant-third-9876543210",
    "token-0123456789abcdef",
    "0".repeat(64),
  ]);
});
