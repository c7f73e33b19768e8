// The log in the browser: the story of a fail-over and of a broken answer, filters, columns, live tail, replayable
// commands, clearing. Real gateway, simulated upstreams.

import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { upstreamEntry } from "../e2e/support/upstreams.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { sendMessage, startConsole, type TestConsole } from "./support/test-console.ts";

const BREAKS_OFF: SimPlan = {
  answer: { text: "a text that breaks off somewhere here", chunkSize: 6 },
  cutAfterEvents: { at: "in-text", how: "rst" },
};

let alpha: Simulator;
let beta: Simulator;
let view: TestConsole;
let sent = 0;

beforeAll(async () => {
  if (!hasBrowser) return;
  alpha = startSimulator();
  beta = startSimulator();
  view = await startConsole({
    upstreams: [upstreamEntry("alpha", "anthropic", alpha.url), upstreamEntry("beta", "anthropic", beta.url)],
    config: { debug_mode: true, mid_stream: "restart", breaker: { failure_threshold: 1000 } },
  });
  await send({ model: "answered-at-once" });
  alpha.setPlan({ error: "overloaded" });
  await send({ model: "rescued-model" });
  alpha.setPlan(BREAKS_OFF);
  await send({ model: "continued-model", session: "session-of-the-broken-one" });
  alpha.setPlan({ error: "invalid", errorMessage: "<img src=x onerror=alert(1)> is no role" });
  await send({ model: "refused-model" });
});
afterEach(() => {
  alpha?.setPlan({});
});
afterAll(async () => {
  await view?.stop();
  alpha?.stop();
  beta?.stop();
});

/** Sends a request and waits until it is in the log. */
async function send(options: Parameters<typeof sendMessage>[1]): Promise<void> {
  await sendMessage(view.gateway.url, options);
  sent += 1;
  await view.gateway.record(sent);
}

const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
const openRow = (page: Page, text: string) => row(page, text).getByRole("link").click();

test.if(hasBrowser)("a fail-over reads as a story, with the attempts as a timeline", async () => {
  const { page, faults } = await view.open("/logs");
  await openRow(page, "rescued-model");
  const sheet = page.getByRole("dialog");
  await sheet.getByText("alpha failed (Overloaded), beta answered. The client noticed nothing.").waitFor();
  const story = await sheet.getByRole("listitem").allInnerTexts();
  const told = story.join("\n");
  expect(told).toContain("alpha refused with status 529: Overloaded. The client had seen nothing yet.");
  expect(told).toContain("It went on to beta.");
  expect(told).toContain("beta completed the answer.");
  await sheet.getByRole("list", { name: /Attempts as bars/ }).waitFor();
  await sheet.getByText("Attempt 2", { exact: true }).click();
  await sheet.getByText("Request headers (keys masked)").waitFor();
  expect(await sheet.textContent()).not.toContain("sk-upstream-beta");
  expect(page.url()).toMatch(/\/logs\/req_/);
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  expect(page.url()).toEndWith("/admin-ui/logs");
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a broken answer says what the client had seen and who finished it", async () => {
  const { page, faults } = await view.open("/logs");
  await openRow(page, "continued-model");
  const sheet = page.getByRole("dialog");
  await sheet
    .getByText(/alpha failed in the middle of its answer .* beta finished it inside the same message/)
    .waitFor();
  await sheet.getByText(/The client had already seen a part of the answer/).waitFor();
  await sheet.getByText("beta was asked to carry on inside the same message.").waitFor();
  await sheet.getByText("beta finished the answer.").waitFor();
  await sheet.getByText("may be on the bill").first().waitFor();
  await sheet.getByRole("link", { name: "session-of-the-broken-one" }).click();
  await page.getByText("Session: session-of-the-broken-one").waitFor();
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("what an upstream says is text, whatever it looks like", async () => {
  const { page, faults } = await view.open("/logs?model=refused-model");
  await openRow(page, "refused-model");
  const sheet = page.getByRole("dialog");
  await sheet.getByText("<img src=x onerror=alert(1)> is no role").first().waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("filters are kept in the address and an address brings them back", async () => {
  const { page, context } = await view.open("/logs");
  await row(page, "rescued-model").waitFor();
  await page.getByLabel("Result").selectOption("Failed");
  await row(page, "rescued-model").waitFor({ state: "detached" });
  await row(page, "refused-model").waitFor();
  expect(page.url()).toContain("status=error");

  await page.getByLabel("Result").selectOption("Any result");
  await page.getByRole("button", { name: /^Filters/ }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByLabel("Only with fail-over").click();
  await page.keyboard.press("Escape");
  await row(page, "answered-at-once").waitFor({ state: "detached" });
  await row(page, "continued-model").waitFor();

  const address = page.url();
  const { page: other } = await view.open(address.split("/admin-ui")[1] ?? "", { context });
  await row(other, "rescued-model").waitFor();
  expect(await row(other, "answered-at-once").count()).toBe(0);
  await other.getByRole("button", { name: "Remove filter Only with fail-over" }).click();
  await row(other, "answered-at-once").waitFor();

  await other.getByLabel("Search").fill("nothing has this name");
  await other.getByText("Nothing matches these filters").waitFor();
  await other.getByRole("button", { name: "Clear filters" }).click();
  await row(other, "answered-at-once").waitFor();
});

test.if(hasBrowser)("chosen columns stay, and rows open with the keyboard", async () => {
  const { page, context } = await view.open("/logs");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByLabel("Program").click();
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "Program" }).waitFor();
  const { page: again } = await view.open("/logs", { context });
  await again.getByRole("columnheader", { name: "Program" }).waitFor();
  await row(again, "rescued-model").getByRole("link").focus();
  await again.keyboard.press("Enter");
  await again.getByRole("dialog").getByText("What happened").waitFor();
});

test.if(hasBrowser)("new requests appear by themselves, and wait for a click when that is off", async () => {
  const { page } = await view.open("/logs");
  await row(page, "rescued-model").waitFor();
  await send({ model: "arrived-live" });
  await row(page, "arrived-live").waitFor();
  await page.getByRole("switch", { name: "Live" }).click();
  await send({ model: "arrived-later" });
  await page.getByRole("button", { name: "1 new request" }).click();
  await row(page, "arrived-later").waitFor();
});

test.if(hasBrowser)("a phone gets cards, in Chinese and dark, that open on the whole screen", async () => {
  const { page, faults } = await view.open("/logs", { language: "zh", theme: "dark", size: "phone" });
  await page.getByRole("link", { name: /rescued-model/ }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByText("alpha 失败（过载），由 beta 给出回答，客户端毫无察觉。").waitFor();
  expect((await sheet.boundingBox())?.width).toBe(390);
  expect(await seriousFindings(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a long log is loaded as one scrolls, with only the rows in sight in the page", async () => {
  await send({ model: "far-down" });
  for (let count = 0; count < 130; count++) await send({ model: "one-of-many" });
  const { page, faults } = await view.open("/logs");
  await row(page, "one-of-many").first().waitFor();
  expect(await row(page, "far-down").count()).toBe(0);
  const list = page.getByRole("region", { name: "Requests, newest first" });
  await list.focus();
  for (let count = 0; count < 40 && (await row(page, "far-down").count()) === 0; count++) {
    await page.keyboard.press("PageDown");
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
  }
  await row(page, "far-down").waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("the log downloads as CSV and is cleared only after a question", async () => {
  const { page } = await view.open("/logs");
  await page.getByRole("row").nth(1).waitFor();
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: /CSV/ }).click();
  expect((await waiting).suggestedFilename()).toEndWith(".csv");
  await page.getByRole("button", { name: "Clear log" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("row").nth(1).waitFor();
  await page.getByRole("button", { name: "Clear log" }).click();
  await page.getByRole("button", { name: "Delete all requests" }).click();
  await page.getByText("No requests yet").waitFor();
});
