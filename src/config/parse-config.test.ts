import { describe, expect, test } from "bun:test";
import { hashClientKey } from "./client-key.ts";
import type { Config } from "./config.ts";
import { defaultConfigText, SEED_PASSWORD_HASH } from "./defaults.ts";
import { type ParseOptions, parseConfig } from "./parse-config.ts";
import { formatProblem } from "./problem-list.ts";

const UPSTREAM = {
  id: "a",
  base_url: "https://api.example.com/v1",
  api_format: "anthropic",
  keys: ["sk-ant-0123456789abcdef"],
};

function parse(document: unknown, options: Partial<ParseOptions> = {}) {
  return parseConfig(JSON.stringify(document, null, 2), { version: 1, ...options });
}

function accepted(document: unknown, options: Partial<ParseOptions> = {}): Config {
  const result = parse(document, options);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

function problems(document: unknown, options: Partial<ParseOptions> = {}): string[] {
  const result = parse(document, options);
  return result.ok ? [] : result.problems.map((problem) => `${problem.path}: ${problem.message}`);
}

function warnings(document: unknown, options: Partial<ParseOptions> = {}): string[] {
  return parse(document, options).warnings.map((problem) => `${problem.path}: ${problem.message}`);
}

describe("a file of the seed", () => {
  const seed = {
    upstreams: [
      {
        id: "upstream-anthropic",
        base_url: "https://api.anthropic.com/v1/",
        api_format: "anthropic",
        keys: ["sk-ant-xxx"],
        model_map: { "claude-opus-4-6": "claude-opus-4-20250514" },
        priority: 1,
        enabled: true,
      },
      { id: "b", base_url: "https://openrouter.ai/api/v1", api_format: "openai", keys: [] },
      { id: "c", base_url: "http://127.0.0.1:8000", api_format: "openai_response", keys: ["k"], enabled: false },
      { id: "d", base_url: "https://generativelanguage.googleapis.com/v1beta", api_format: "gemini", keys: ["x", "y"] },
    ],
    debug_mode: true,
    admin_password_hash: SEED_PASSWORD_HASH,
    client_keys: [
      { key: "sk-client-0123456789abcd", name: "laptop", enabled: true, created_at: "2025-11-02T10:00:00Z" },
    ],
    access_control_enabled: true,
  };

  test("works unchanged", () => {
    const config = accepted(seed);
    expect(
      config.upstreams.map((upstream) => [upstream.id, upstream.protocol, upstream.priority, upstream.enabled]),
    ).toEqual([
      ["upstream-anthropic", "anthropic", 1, true],
      ["b", "openai-chat", 999, true],
      ["c", "openai-responses", 999, false],
      ["d", "gemini", 999, true],
    ]);
    expect(config.upstreams[0]?.baseUrl).toBe("https://api.anthropic.com/v1");
    expect(config.upstreams[0]?.modelMap.get("claude-opus-4-6")).toBe("claude-opus-4-20250514");
    expect(config.upstreams[3]?.keys.map((key) => key.secret.reveal())).toEqual(["x", "y"]);
    expect(config.clientKeys).toEqual([
      {
        hash: hashClientKey("sk-client-0123456789abcd"),
        label: "sk-clien…abcd",
        name: "laptop",
        enabled: true,
        createdAt: "2025-11-02T10:00:00Z",
      },
    ]);
    expect([config.debugMode, config.accessControlEnabled, config.allowAnonymousLan]).toEqual([true, true, false]);
  });

  test("gets the documented defaults for everything the seed did not have", () => {
    const config = accepted({ upstreams: [UPSTREAM] });
    expect(config.breaker).toEqual({
      failureThreshold: 3,
      openMs: 60_000,
      openMultiplier: 1,
      maxOpenMs: 300_000,
      windowMs: 60_000,
      windowMinRequests: 10,
      windowFailureRate: 0.5,
    });
    expect(config.upstreams[0]?.breaker).toEqual(config.breaker);
    expect([config.upstreams[0]?.maxInflight, config.limits.maxInflightPerClient]).toEqual([0, 0]);
    expect([config.failover.retryRatio, config.failover.retryPerSecond]).toEqual([0.2, 10]);
    expect([config.clientStallMs, config.drainMs]).toEqual([120_000, 30_000]);
    expect(config.failover.maxAttempts).toBe(16);
    expect(config.failover.allOpen).toBe("probe");
    expect([...config.failover.statuses].toSorted()).toEqual([
      ...[401, 402, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504],
      ...[520, 521, 522, 523, 524, 525, 526, 527, 529, 530],
    ]);
    expect(config.upstreams[0]?.timeouts).toEqual({
      connectMs: 10_000,
      firstByteMs: 120_000,
      firstContentMs: 300_000,
      idleMs: 300_000,
      requestMs: 600_000,
      streamMs: 3_600_000,
    });
    expect([config.commitHoldMs, config.keepAliveMs]).toEqual([10_000, 10_000]);
    expect(config.limits.maxRequestBytes).toBe(33 * 1024 * 1024);
    expect(config.logRetention).toEqual({ days: 30, rows: 1_000_000 });
    expect(config.remoteMedia).toEqual({ inline: false, maxBytes: 10_485_760, timeoutMs: 5000, maxItems: 20 });
    expect(config.upstreams[0]?.quirks.fetchesUrls).toBeUndefined();
  });
});

test("the file of a first start is valid, has no warnings and carries the hash of the seed's password", () => {
  const result = parseConfig(defaultConfigText(), { version: 7 });
  expect(result.ok && result.config.version).toBe(7);
  expect(result.warnings).toEqual([]);
  expect(result.ok && result.config.adminPasswordHash).toBe(hashClientKey("admin"));
});

test("upstream timeouts override the file's, which override the defaults", () => {
  const config = accepted({
    timeouts: { connect_ms: 5000, stream_ms: 0 },
    upstreams: [{ ...UPSTREAM, timeouts: { connect_ms: 1000 } }],
  });
  expect(config.upstreams[0]?.timeouts).toMatchObject({ connectMs: 1000, streamMs: 0, idleMs: 300_000 });
});

test("every setting of the file reaches the configuration", () => {
  const config = accepted({
    upstreams: [
      {
        ...UPSTREAM,
        auth: "x-api-key",
        headers: { "X-Team": " blue " },
        loss_policy: "strict",
        breaker: { open_ms: 7 },
        max_inflight: 2,
        mid_stream: "continue",
        quirks: {
          max_tokens_field: "max_completion_tokens",
          reasoning_passback: true,
          think_tags: false,
          tool_images: true,
          extra_sampling: true,
          explicit_cache: true,
          developer_role: false,
          stream_options: false,
          anthropic_version: "2023-06-01",
          mixed_tools: true,
          open_api_schema: true,
          fetches_urls: false,
          prefill: true,
        },
      },
    ],
    client_keys: [{ key: "sk-client", mid_stream: "error" }],
    allow_anonymous_lan: true,
    breaker: {
      failure_threshold: 5,
      open_ms: 1000,
      open_multiplier: 1.5,
      max_open_ms: 2000,
      window_ms: 3000,
      window_min_requests: 4,
      window_failure_rate: 0.25,
    },
    failover: {
      statuses: [500],
      max_attempts: 2,
      window_ms: 10,
      all_open: "fail_fast",
      pass_upstream_auth_errors: true,
      context_length: true,
      content_filter: true,
      conversion_suspect: true,
      rules: [
        { status: 400, contains: "Try Elsewhere", action: "continue", cooldown_ms: 9 },
        { status: 418, action: "stop" },
      ],
      retry_ratio: 0.5,
      retry_per_second: 3,
      retry_after_cap_ms: 59_000,
      agent_rounds: 1,
      agent_wait_ms: 0,
    },
    limits: {
      max_request_bytes: 2048,
      max_event_bytes: 4096,
      max_response_bytes: 8192,
      max_inflight: 3,
      max_inflight_per_upstream: 4,
      max_inflight_per_client: 2,
      max_loop_delay_ms: 5,
      max_memory_bytes: 6,
      body_idle_ms: 1000,
    },
    commit_hold_ms: 0,
    keep_alive_ms: 50,
    client_stall_ms: 1000,
    drain_ms: 0,
    mid_stream: "restart",
    log_retention: { days: 1, rows: 10 },
    remote_media: { inline: true, max_bytes: 2048, timeout_ms: 100, max_items: 3 },
  });
  const upstream = config.upstreams[0];
  expect(upstream?.auth).toBe("x-api-key");
  expect([...(upstream?.headers ?? [])]).toEqual([["x-team", "blue"]]);
  expect(upstream?.lossPolicy).toBe("strict");
  expect(upstream?.quirks).toEqual({
    maxTokensField: "max_completion_tokens",
    reasoningPassback: true,
    thinkTags: false,
    toolImages: true,
    extraSampling: true,
    explicitCache: true,
    developerRole: false,
    streamOptions: false,
    anthropicVersion: "2023-06-01",
    mixedTools: true,
    openApiSchema: true,
    fetchesUrls: false,
    prefill: true,
  });
  expect([upstream?.maxInflight, upstream?.midStream, config.clientKeys[0]?.midStream]).toEqual([
    2,
    "continue",
    "error",
  ]);
  expect(config.allowAnonymousLan).toBe(true);
  const breaker = {
    failureThreshold: 5,
    openMs: 1000,
    openMultiplier: 1.5,
    maxOpenMs: 2000,
    windowMs: 3000,
    windowMinRequests: 4,
    windowFailureRate: 0.25,
  };
  expect(config.breaker).toEqual(breaker);
  expect(upstream?.breaker).toEqual({ ...breaker, openMs: 7 });
  expect(config.failover).toEqual({
    statuses: new Set([500]),
    maxAttempts: 2,
    windowMs: 10,
    allOpen: "fail_fast",
    passUpstreamAuthErrors: true,
    contextLength: true,
    contentFilter: true,
    conversionSuspect: true,
    rules: [
      { status: 400, contains: "try elsewhere", action: "continue", cooldownMs: 9 },
      { status: 418, contains: undefined, action: "stop", cooldownMs: 0 },
    ],
    retryRatio: 0.5,
    retryPerSecond: 3,
    retryAfterCapMs: 59_000,
    agentRounds: 1,
    agentWaitMs: 0,
  });
  expect(config.limits).toEqual({
    maxRequestBytes: 2048,
    maxEventBytes: 4096,
    maxResponseBytes: 8192,
    maxInflight: 3,
    maxInflightPerUpstream: 4,
    maxInflightPerClient: 2,
    maxLoopDelayMs: 5,
    maxMemoryBytes: 6,
    bodyIdleMs: 1000,
  });
  expect([config.clientStallMs, config.drainMs]).toEqual([1000, 0]);
  expect(config.midStream).toBe("restart");
  expect([config.commitHoldMs, config.keepAliveMs, config.logRetention]).toEqual([0, 50, { days: 1, rows: 10 }]);
  expect(config.remoteMedia).toEqual({ inline: true, maxBytes: 2048, timeoutMs: 100, maxItems: 3 });
});

test("proxies are named by addresses and networks of both families", () => {
  const trusted_proxies = ["127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "::ffff:1.2.3.4"];
  const parsed = parseConfig(JSON.stringify({ trusted_proxies }), { version: 1 });
  expect(parsed.ok && parsed.config.trustedProxies).toEqual(trusted_proxies);
});

describe("wrong values are refused, told with place, expectation and finding", () => {
  const cases: { name: string; document: unknown; expected: string }[] = [
    {
      name: "flag as text",
      document: { debug_mode: "yes" },
      expected: "debug_mode: expected true or false, found a string of 3 characters",
    },
    ...[
      "0.0.0.0/0",
      "::/0",
      "10.0.0.0/33",
      "fd00::/129",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3",
      "1.2.3.4.",
      "1::2::3",
      "proxy.lan",
    ].map((network) => ({
      name: `${network} as a proxy`,
      document: { trusted_proxies: ["10.0.0.0/8", network] },
      expected: `trusted_proxies[1]: expected an IP address, or a network such as 10.0.0.0/8, found a string of ${network.length} characters`,
    })),
    {
      name: "missing id",
      document: { upstreams: [{ ...UPSTREAM, id: undefined }] },
      expected: "upstreams[0].id: expected a string of 1 to 256 characters, found nothing",
    },
    {
      name: "empty id",
      document: { upstreams: [{ ...UPSTREAM, id: "" }] },
      expected: 'upstreams[0].id: expected a string of 1 to 256 characters, found ""',
    },
    {
      name: "same id twice",
      document: { upstreams: [UPSTREAM, UPSTREAM] },
      expected: 'upstreams[1].id: expected an id that upstreams[0] does not have, found "a"',
    },
    {
      name: "unknown format",
      document: { upstreams: [{ ...UPSTREAM, api_format: "cohere" }] },
      expected:
        'upstreams[0].api_format: expected "anthropic" or "openai" or "openai_response" or "gemini", found "cohere"',
    },
    {
      name: "fraction",
      document: { upstreams: [{ ...UPSTREAM, priority: 1.5 }] },
      expected: "upstreams[0].priority: expected a whole number from -1000000 to 4294967295, found 1.5",
    },
    { name: "null", document: { breaker: null }, expected: "breaker: expected an object, found null" },
    {
      name: "too many attempts",
      document: { failover: { max_attempts: 101 } },
      expected: "failover.max_attempts: expected a whole number from 1 to 100, found 101",
    },
    {
      name: "remote media switched by a number",
      document: { remote_media: { inline: 1 } },
      expected: "remote_media.inline: expected true or false, found 1",
    },
    {
      name: "too large remote media",
      document: { remote_media: { max_bytes: 67_108_865 } },
      expected: "remote_media.max_bytes: expected a whole number from 1024 to 67108864, found 67108865",
    },
    {
      name: "keys as text",
      document: { upstreams: [{ ...UPSTREAM, keys: "sk-ant-0123456789abcdef" }] },
      expected: 'upstreams[0].keys: expected a list of at most 1000 entries, found "sk-ant-0…cdef" (23 characters)',
    },
    {
      name: "key with a space",
      document: { upstreams: [{ ...UPSTREAM, keys: ["Bearer sk-secret-secret"] }] },
      expected:
        "upstreams[0].keys[0]: expected a key of 1 to 4096 printable ASCII characters without spaces, found one of 23 characters with others",
    },
    {
      name: "key with a line break",
      document: { upstreams: [{ ...UPSTREAM, keys: ["sk-a\nb"] }] },
      expected:
        "upstreams[0].keys[0]: expected a key of 1 to 4096 printable ASCII characters without spaces, found one of 6 characters with others",
    },
    {
      name: "model map to a number",
      document: { upstreams: [{ ...UPSTREAM, model_map: { "gpt-4.1": 3 } }] },
      expected: 'upstreams[0].model_map["gpt-4.1"]: expected a string, found 3',
    },
    {
      name: "odd password hash",
      document: { admin_password_hash: "admin" },
      expected:
        'admin_password_hash: expected a SHA-256 (64 hex digits), an argon2id string or "", found a string of 5 characters',
    },
    {
      name: "client key without key",
      document: { client_keys: [{ name: "x" }] },
      expected: "client_keys[0]: expected a key, or the hash of one; found neither, or a hash that is not the key's",
    },
    {
      name: "authentication header",
      document: { upstreams: [{ ...UPSTREAM, headers: { Authorization: "Bearer secret-secret" } }] },
      expected:
        "upstreams[0].headers.Authorization: expected a header that the gateway does not set itself, found a string of 20 characters",
    },
    {
      name: "header with a line break",
      document: { upstreams: [{ ...UPSTREAM, headers: { "x-a": "1\r\nx-b: 2" } }] },
      expected:
        'upstreams[0].headers["x-a"]: expected up to 4096 printable ASCII characters on one line, found a string of 9 characters',
    },
    { name: "a list at the top", document: [], expected: ": expected a JSON object, found another JSON value" },
  ];
  for (const { name, document, expected } of cases) {
    test(name, () => expect(problems(document)).toEqual([expected]));
  }

  test("all problems are told at once, in file order, with line and column", () => {
    const text =
      '{\n  "upstreams": [\n    { "id": "a", "base_url": "ftp://x", "api_format": "openai" }\n  ],\n  "debug_mode": 1\n}';
    const first = parseConfig(text, { version: 1 });
    expect(first.ok ? [] : first.problems.map(formatProblem)).toEqual([
      "line 3, column 30: upstreams[0].base_url: expected an http:// or https:// URL, found a string of 7 characters",
      "line 5, column 17: debug_mode: expected true or false, found 1",
    ]);
    const second = parseConfig(text.replace("1\n}", "true\n}").replace('"a"', '"a", "keys": ["b c"]'), { version: 1 });
    expect(second.ok ? [] : second.problems.map(formatProblem)).toEqual([
      "line 3, column 27: upstreams[0].keys[0]: expected a key of 1 to 4096 printable ASCII characters without spaces, found one of 3 characters with others",
      "line 3, column 47: upstreams[0].base_url: expected an http:// or https:// URL, found a string of 7 characters",
    ]);
  });

  test("no message holds a secret", () => {
    const secret = "sk-verysecret-0123456789-verysecret";
    const documents: unknown[] = [
      { upstreams: [{ ...UPSTREAM, base_url: `https://user:${secret}@example.com` }] },
      { upstreams: [{ ...UPSTREAM, base_url: `https://example.com/?key=${secret}` }] },
      { upstreams: [{ ...UPSTREAM, base_url: secret }] },
      { upstreams: [{ ...UPSTREAM, keys: [`${secret} `, 4, `${secret} ${secret}`] }] },
      { upstreams: [{ ...UPSTREAM, keys: { a: secret } }] },
      { upstreams: secret },
      { upstreams: [secret] },
      { client_keys: [{ key: `${secret} x` }] },
      { client_keys: [{ key: secret, hash: "0".repeat(64) }] },
      { admin_password_hash: secret },
      { upstreams: [{ ...UPSTREAM, headers: { "x-token": `${secret}\n`, cookie: secret } }] },
      { upstreams: [{ ...UPSTREAM, keys: ["env:KEY"] }] },
      { upstreams: [{ ...UPSTREAM, keys: ["file:/run/key"] }] },
    ];
    for (const document of documents) {
      const found = problems(document, {
        env: { KEY: `${secret} ${secret}` },
        readKeyFile: () => `${secret}\n${secret}`,
      });
      expect(found.length).toBeGreaterThan(0);
      expect(found.join("\n")).not.toContain("verysecret-0123456789");
    }
  });
});

describe("base URLs", () => {
  const table: { input: string; output: string | null }[] = [
    { input: "https://api.example.com/v1///", output: "https://api.example.com/v1" },
    { input: " HTTPS://API.example.com ", output: "https://api.example.com" },
    { input: "http://localhost:11434/v1", output: "http://localhost:11434/v1" },
    { input: "http://[::1]:8080", output: "http://[::1]:8080" },
    { input: "https://", output: null },
    { input: "api.example.com", output: null },
    { input: "ftp://example.com", output: null },
    { input: "https://exa\tmple.com", output: null },
    { input: "https:\\\\example.com", output: null },
    { input: "https://user@example.com", output: null },
    { input: "https://example.com/#", output: null },
    { input: "https://example.com/v1?", output: null },
    { input: "http://169.254.169.254/latest", output: null },
    { input: "http://2852039166/", output: null },
    { input: "http://0xa9.0xfe.0xa9.0xfe", output: null },
    { input: "http://[::ffff:169.254.169.254]", output: null },
    { input: "http://[64:ff9b::a9fe:a9fe]", output: null },
    { input: "http://[fd00:ec2::254]", output: null },
    { input: "http://METADATA.google.internal./computeMetadata", output: null },
  ];
  for (const { input, output } of table) {
    test(`${JSON.stringify(input)} is ${output === null ? "refused" : `taken as ${output}`}`, () => {
      const result = parse({ upstreams: [{ ...UPSTREAM, base_url: input }] });
      expect(result.ok ? result.config.upstreams[0]?.baseUrl : null).toBe(output);
    });
  }

  test("plain http warns for public hosts only", () => {
    const warned = ["http://api.example.com", "http://8.8.8.8", "http://[2001:db8::1]", "http://172.32.0.1"];
    const quiet = [
      "http://10.1.2.3",
      "http://nas",
      "http://box.local",
      "http://100.64.0.1",
      "http://[fd12::1]",
      "https://x.org",
    ];
    for (const url of warned) expect(warnings({ upstreams: [{ ...UPSTREAM, base_url: url }] })).toHaveLength(1);
    for (const url of quiet) expect(warnings({ upstreams: [{ ...UPSTREAM, base_url: url }] })).toEqual([]);
  });
});

describe("keys", () => {
  test("come from the environment and from files, trimmed", () => {
    const config = accepted(
      { upstreams: [{ ...UPSTREAM, keys: ["env:MY_KEY", "file:keys/one", " plain "] }] },
      { env: { MY_KEY: "from-env" }, readKeyFile: (path) => `from-${path}\n` },
    );
    expect(config.upstreams[0]?.keys.map((key) => key.secret.reveal())).toEqual(["from-env", "from-keys/one", "plain"]);
    expect(config.upstreams[0]?.keys[2]?.id).toBe(hashClientKey("plain").slice(0, 12));
  });

  test("that lead nowhere refuse the file, but only warn in a disabled upstream", () => {
    const readKeyFile = (): string => {
      throw new Error("no such file");
    };
    const upstream = { ...UPSTREAM, keys: ["env:GONE", "file:gone"] };
    expect(problems({ upstreams: [upstream] }, { readKeyFile })).toEqual([
      "upstreams[0].keys[0]: expected a key in environment variable GONE, found it not set",
      'upstreams[0].keys[1]: expected a key in file "gone", which cannot be read: no such file',
    ]);
    expect(warnings({ upstreams: [{ ...upstream, enabled: false }] }, { readKeyFile })).toHaveLength(2);
  });

  test("of the environment are own properties only", () => {
    expect(problems({ upstreams: [{ ...UPSTREAM, keys: ["env:constructor"] }] }, { env: {} })).toHaveLength(1);
  });

  test("that come twice or are empty are left out with a warning", () => {
    const document = { upstreams: [{ ...UPSTREAM, keys: ["one", "", " one", "two"] }] };
    expect(accepted(document).upstreams[0]?.keys).toHaveLength(2);
    expect(warnings(document)).toEqual([
      "upstreams[0].keys[1]: empty key is left out",
      "upstreams[0].keys[2]: key comes twice in this upstream; the second is left out",
    ]);
  });

  test("do not print themselves", () => {
    const config = accepted({ upstreams: [UPSTREAM] });
    expect(Bun.inspect(config) + JSON.stringify(config)).not.toContain("0123456789abcdef");
  });
});

describe("client keys", () => {
  test("given by hash work like those given in clear", () => {
    const hash = hashClientKey("sk-1234567890123456");
    const config = accepted({
      client_keys: [{ hash: hash.toUpperCase(), label: "sk-12345…3456", name: "n", enabled: false }],
    });
    expect(config.clientKeys).toEqual([
      { hash, label: "sk-12345…3456", name: "n", enabled: false, createdAt: undefined },
    ]);
  });

  test("that come twice are one key, disabled if either entry is", () => {
    const document = { client_keys: [{ key: "same" }, { key: "same", enabled: false }] };
    expect(accepted(document).clientKeys.map((key) => key.enabled)).toEqual([false]);
    expect(warnings(document)).toHaveLength(1);
  });
});

describe("unknown fields", () => {
  test("are kept in the raw document without a word", () => {
    const document = { upstreams: [{ ...UPSTREAM, comment: "mine", weight: 3 }], future_setting: { a: [1] } };
    const result = parse(document);
    expect(result.warnings).toEqual([]);
    expect(result.ok && result.raw).toEqual(document);
  });

  test("that look misspelt are told", () => {
    const document = {
      debugMode: true,
      acess_control_enabled: true,
      failover: { max_attempt: 3 },
      remote_media: { inlined: true },
      upstreams: [
        { ...UPSTREAM, baseUrl: "x", api_key: "sk-1", timeouts: { connectMs: 1 }, quirks: { think_tag: true } },
      ],
      client_keys: [{ key: "k", nmae: "x" }],
    };
    expect(warnings(document).toSorted()).toEqual([
      "acess_control_enabled: unknown field has no effect; did you mean access_control_enabled?",
      "client_keys[0].nmae: unknown field has no effect; did you mean name?",
      "debugMode: unknown field has no effect; did you mean debug_mode?",
      "failover.max_attempt: unknown field has no effect; did you mean max_attempts?",
      "remote_media.inlined: unknown field has no effect; did you mean inline?",
      "upstreams[0].api_key: unknown field has no effect; did you mean keys?",
      "upstreams[0].baseUrl: unknown field has no effect; did you mean base_url?",
      "upstreams[0].quirks.think_tag: unknown field has no effect; did you mean think_tags?",
      "upstreams[0].timeouts.connectMs: unknown field has no effect; did you mean connect_ms?",
    ]);
  });

  test("named like parts of a prototype stay inert", () => {
    const text = `{"__proto__":{"debug_mode":true},"constructor":{"prototype":{"polluted":1}},
      "upstreams":[{"id":"__proto__","base_url":"https://x.org","api_format":"openai",
      "model_map":{"__proto__":"m","constructor":"n","toString":"o"},"__proto__":{"enabled":false}}]}`;
    const result = parseConfig(text, { version: 1 });
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join());
    expect(result.config.debugMode).toBe(false);
    expect(result.config.upstreams[0]?.enabled).toBe(true);
    expect([...(result.config.upstreams[0]?.modelMap ?? [])]).toEqual([
      ["__proto__", "m"],
      ["constructor", "n"],
      ["toString", "o"],
    ]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

test("a byte order mark is ignored and a doubled field refused", () => {
  expect(parseConfig(`\ufeff${defaultConfigText()}`, { version: 1 }).ok).toBe(true);
  const doubled = parseConfig('{"access_control_enabled":true,\n"access_control_enabled":false}', { version: 1 });
  expect(doubled.ok ? [] : doubled.problems.map(formatProblem)).toEqual([
    "line 2, column 26: access_control_enabled: expected each field once, found it twice in the same object",
  ]);
});

test("more upstreams and keys than the limits are refused", () => {
  const many = Array.from({ length: 1001 }, (_, index) => ({ ...UPSTREAM, id: `u${index}` }));
  expect(problems({ upstreams: many })).toEqual([
    "upstreams: expected a list of at most 1000 entries, found a list of 1001",
  ]);
  expect(accepted({ upstreams: many.slice(1) }).upstreams).toHaveLength(1000);
  expect(problems({ upstreams: [{ ...UPSTREAM, keys: many.map((upstream) => upstream.id) }] })).toHaveLength(1);
});

test("the configuration cannot be changed", () => {
  const config = accepted({ upstreams: [UPSTREAM] });
  expect(Object.isFrozen(config) && Object.isFrozen(config.upstreams) && Object.isFrozen(config.upstreams[0])).toBe(
    true,
  );
  expect(Object.isFrozen(config.upstreams[0]?.timeouts) && Object.isFrozen(config.upstreams[0]?.keys)).toBe(true);
});
