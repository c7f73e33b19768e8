import { describe, expect, test } from "bun:test";
import { readModelList } from "./read-model-list.ts";
import { PROTOCOLS } from "./registry.ts";

const entry = (id: string, displayName = id, createdAt = 0, ownedBy = "") => ({ id, displayName, createdAt, ownedBy });

describe("readModelList", () => {
  const cases: [string, unknown, ReturnType<typeof entry>[]][] = [
    [
      "OpenAI's list",
      { object: "list", data: [{ id: "gpt-5", object: "model", created: 1_754_000_000, owned_by: "openai" }] },
      [entry("gpt-5", "gpt-5", 1_754_000_000, "openai")],
    ],
    [
      "Anthropic's list",
      {
        data: [
          { type: "model", id: "claude-opus-4-6", display_name: "Claude Opus 4.6", created_at: "2026-02-05T00:00:00Z" },
        ],
        has_more: false,
      },
      [entry("claude-opus-4-6", "Claude Opus 4.6", 1_770_249_600)],
    ],
    [
      "Gemini's list, without what cannot generate",
      {
        models: [
          {
            name: "models/gemini-2.5-pro",
            displayName: "Gemini 2.5 Pro",
            supportedGenerationMethods: ["generateContent", "countTokens"],
          },
          { name: "models/embedding-001", supportedGenerationMethods: ["embedContent"] },
          { name: "models/gemini-live", displayName: "models/gemini-live" },
        ],
      },
      [entry("gemini-2.5-pro", "Gemini 2.5 Pro"), entry("gemini-live")],
    ],
    ["Codex's list", { models: [{ slug: "gpt-5.3-codex", display_name: "Codex" }] }, [entry("gpt-5.3-codex", "Codex")]],
    [
      "a bare array with milliseconds",
      [{ id: "meta/llama", organization: "Meta", created: 1_754_000_000_000 }],
      [entry("meta/llama", "meta/llama", 1_754_000_000, "Meta")],
    ],
    ["bare ids, once each", { data: ["a", "b", "a", "", 7, null] }, [entry("a"), entry("b")]],
    ["Vertex publishers", { publisherModels: [{ name: "publishers/google/models/gemini-3" }] }, [entry("gemini-3")]],
    [
      "odd dates",
      [
        { id: "x", created: -1 },
        { id: "y", created_at: "soon" },
        { id: "z", created: 1e300 },
      ],
      [entry("x"), entry("y"), entry("z")],
    ],
    ["ids of absurd length", [{ id: "x".repeat(1_000) }], []],
  ];
  for (const [name, body, expected] of cases) {
    test(`reads ${name}`, () => expect(readModelList(body)).toEqual(expected));
  }

  for (const body of [
    undefined,
    null,
    "html",
    7,
    {},
    { data: null },
    { data: {} },
    { error: { message: "no" } },
    [null, 1, []],
  ]) {
    test(`finds nothing in ${JSON.stringify(body)}`, () => expect(readModelList(body)).toEqual([]));
  }

  test("is bounded", () => {
    expect(readModelList(Array.from({ length: 20_000 }, (_, n) => `m${n}`))).toHaveLength(5_000);
  });

  test("reads what every protocol writes", () => {
    const models = [entry("anthropic/claude-x", "Claude X", 1_754_000_000, "someone"), entry("b")];
    for (const protocol of Object.values(PROTOCOLS)) {
      const body: unknown = JSON.parse(JSON.stringify(protocol.encodeModelList(models)));
      expect(protocol.decodeModelList(body).map(({ id, displayName }) => ({ id, displayName }))).toEqual(
        models.map(({ id, displayName }) => ({ id, displayName })),
      );
    }
  });
});
