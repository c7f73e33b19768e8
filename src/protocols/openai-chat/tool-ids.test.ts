import { expect, test } from "bun:test";
import { letters, safeName, sha256Hex } from "./digest.ts";
import { clientToolId, upstreamToolId } from "./tool-ids.ts";

test("trap 21: ids stay where they are accepted and change the same way everywhere else", () => {
  expect(upstreamToolId("toolu_01ABC", "openai")).toBe("toolu_01ABC");
  expect(upstreamToolId("functions.x:0", "any")).toBe("functions.x:0");
  expect(upstreamToolId("functions.x:0", "openai")).toBe(upstreamToolId("functions.x:0", "openai"));
  expect(upstreamToolId("functions.x:0", "openai")).not.toBe(upstreamToolId("functions.x.0", "openai"));
  expect(upstreamToolId("a".repeat(41), "openai")).toHaveLength(40);
  expect(upstreamToolId("EscTeQY62", "mistral")).toBe("EscTeQY62");
  expect(upstreamToolId("call_1", "mistral")).toMatch(/^[a-zA-Z0-9]{9}$/);
  expect(clientToolId("functions.x:0")).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  expect(clientToolId("x".repeat(200))).toHaveLength(64);
});

test("digests depend on the text alone", () => {
  expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(letters("a", 9)).toBe(letters("a", 9));
  expect(letters("a", 9)).not.toBe(letters("b", 9));
  expect(safeName("", 64)).toMatch(/^_[0-9a-f]{8}$/);
});
