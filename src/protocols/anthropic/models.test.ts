import { describe, expect, test } from "bun:test";
import { decodeCount, encodeCount, encodeModel, encodeModelList } from "./models.ts";

const entry = (id: string) => ({ id, displayName: id.toUpperCase(), createdAt: 1_790_000_000, ownedBy: "me" });

describe("models", () => {
  test("a model carries the keys of Anthropic and OpenAI clients", () => {
    expect(encodeModel(entry("a/b"))).toMatchObject({
      type: "model",
      id: "a/b",
      display_name: "A/B",
      created_at: "2026-09-21T14:13:20Z",
      object: "model",
      created: 1_790_000_000,
      owned_by: "me",
    });
  });

  test("the list is one page with first and last id", () => {
    expect(encodeModelList([entry("a"), entry("b")])).toMatchObject({
      has_more: false,
      first_id: "a",
      last_id: "b",
      object: "list",
    });
    expect(encodeModelList([])).toMatchObject({ data: [], first_id: null, last_id: null });
  });

  test("counts are read where there is one", () => {
    expect(decodeCount({ input_tokens: 671 })).toBe(671);
    expect(decodeCount(encodeCount(5))).toBe(5);
    for (const body of [null, {}, { input_tokens: "5" }, [], { input_tokens: -1 }])
      expect(decodeCount(body)).toBeNull();
  });
});
