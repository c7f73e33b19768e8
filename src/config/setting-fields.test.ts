import { describe, expect, test } from "bun:test";
import { patchSettings, settingFields, settingsInForce } from "./setting-fields.ts";

describe("settings as a list", () => {
  const fields = settingFields();
  const field = (path: string) => fields.find((entry) => entry.path.join(".") === path);

  test("describe numbers with range, unit and default", () => {
    expect(field("timeouts.first_byte_ms")).toEqual({
      path: ["timeouts", "first_byte_ms"],
      type: "integer",
      unit: "ms",
      minimum: 1,
      maximum: 86_400_000,
      options: null,
      default: 120_000,
    });
    expect(field("limits.max_request_bytes")).toMatchObject({ unit: "bytes", default: 34_603_008 });
    expect(field("log_retention.days")).toMatchObject({ unit: "days", default: 30 });
  });

  test("describe choices, switches and lists", () => {
    expect(field("mid_stream")).toMatchObject({
      type: "enum",
      options: ["auto", "restart", "continue", "error"],
      default: "auto",
    });
    expect(field("debug_mode")).toMatchObject({ type: "boolean", default: false });
    expect(field("failover.statuses")).toMatchObject({ type: "list", default: expect.arrayContaining([401, 529]) });
  });

  test("leave out what has a form of its own", () => {
    for (const { path } of fields) expect(["upstreams", "client_keys", "admin_password_hash"]).not.toContain(path[0]);
  });

  test("have a default each, for numbers within their range", () => {
    for (const { path, type, minimum, maximum, default: value } of fields) {
      if (type !== "integer" && type !== "boolean" && type !== "enum") continue;
      expect({ path, value }).not.toEqual({ path, value: null });
      if (typeof value !== "number") continue;
      expect(value).toBeGreaterThanOrEqual(minimum ?? Number.NEGATIVE_INFINITY);
      expect(value).toBeLessThanOrEqual(maximum ?? Number.POSITIVE_INFINITY);
    }
  });

  test("in force are the file's, then the defaults", () => {
    const settings = settingsInForce({ breaker: { open_ms: 5 }, unknown: 1 }, fields);
    expect(settings).toMatchObject({ breaker: { open_ms: 5, failure_threshold: 3 }, debug_mode: false });
    expect(settings).not.toHaveProperty("unknown");
  });
});

describe("patchSettings", () => {
  test("changes fields one by one and keeps unknown ones", () => {
    const before = { breaker: { open_ms: 5, note: "x" }, other: true };
    expect(patchSettings(before, { breaker: { failure_threshold: 9 }, debug_mode: true })).toEqual({
      document: { breaker: { open_ms: 5, note: "x", failure_threshold: 9 }, other: true, debug_mode: true },
      unknown: [],
    });
  });

  test("puts fields and whole sections back to their defaults", () => {
    const before = { breaker: { open_ms: 5 }, timeouts: { idle_ms: 5, connect_ms: 5 }, mid_stream: "error" };
    const patch = { breaker: { open_ms: null }, timeouts: { idle_ms: null }, mid_stream: null };
    expect(patchSettings(before, patch).document).toEqual({ timeouts: { connect_ms: 5 } });
    expect(patchSettings(before, { timeouts: null }).document).not.toHaveProperty("timeouts");
  });

  test("names what is no setting", () => {
    const patch = { upstreams: [], breaker: { opens: 1 }, admin_password_hash: "", __proto__: { polluted: true } };
    expect(patchSettings({}, patch).unknown).toEqual([["upstreams"], ["breaker", "opens"], ["admin_password_hash"]]);
    expect(patchSettings({}, JSON.parse('{"__proto__":{"a":1},"constructor":1}')).unknown).toHaveLength(2);
  });
});
