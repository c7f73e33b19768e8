import { expect, test } from "bun:test";
import type { KeyView } from "../../../../src/admin/contract/keys.ts";
import { toKeyDraft, toKeyValue } from "./key-draft.ts";

const view: KeyView = {
  id: "0123456789abcdef",
  label: "sk-abc…wxyz",
  name: "laptop",
  enabled: true,
  created_at: null,
  expires_at: "2026-12-31T10:11:12.000Z",
  is_expired: false,
  limits: { models: ["claude-*"], requests_per_minute: 10, budget: { period: "day", usd: 5 } },
  mid_stream: null,
  usage: {
    requests_today: 0,
    tokens_today: 0,
    cost_today_usd: null,
    requests_month: 0,
    tokens_month: 0,
    cost_month_usd: null,
    unpriced_month: 0,
    running: 0,
    last_used_at: null,
  },
};

test("a key goes through the form unchanged, its end included", () => {
  const value = toKeyValue(toKeyDraft(view), view);
  expect(value.expires_at).toBe("2026-12-31T10:11:12.000Z");
  expect(value.limits).toMatchObject({
    models: ["claude-*"],
    requests_per_minute: 10,
    budget: { period: "day", tokens: null, usd: 5 },
  });
});

test("a new end is the last second of that day, and none is none", () => {
  const value = toKeyValue({ ...toKeyDraft(), name: "x", expires: "2027-01-05" });
  expect(new Date(value.expires_at ?? "").getHours()).toBe(23);
  expect(new Date(value.expires_at ?? "").getDate()).toBe(5);
  expect(toKeyValue(toKeyDraft()).expires_at).toBeNull();
});

test("an empty form has no limits, and a budget without an amount is none", () => {
  expect(toKeyValue({ ...toKeyDraft(), name: " a ", period: "day", models: "\n  \n" })).toEqual({
    name: "a",
    expires_at: null,
    limits: {
      models: null,
      upstreams: null,
      requests_per_minute: null,
      tokens_per_minute: null,
      concurrent_requests: null,
      budget: null,
    },
  });
});
