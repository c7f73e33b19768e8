import { expect, test } from "bun:test";
import { watchPresence } from "./presence.ts";

test("a page that nobody touches for a minute is alone, until somebody comes back", () => {
  let now = 1000;
  const page = new EventTarget();
  const presence = watchPresence(page, () => now);
  now += 60_000;
  expect(presence.isAway()).toBe(false);
  now += 1;
  expect(presence.isAway()).toBe(true);
  page.dispatchEvent(new Event("keydown"));
  expect(presence.isAway()).toBe(false);
});
