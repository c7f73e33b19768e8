// The overview in the browser: first steps, running requests as they fail over and are interrupted, health, figures,
// charts as tables, recent problems. Real gateway, simulated upstreams.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { upstreamEntry } from "../e2e/support/upstreams.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { sendMessage, startConsole, type TestConsole } from "./support/test-console.ts";

const SLOW: SimPlan = { answer: { text: "one two three four five", chunkSize: 4 }, stallAfterEvents: "in-text" };
const BROKEN: SimPlan = { error: "overloaded" };

let alpha: Simulator;
let beta: Simulator;
let view: TestConsole;

beforeAll(async () => {
  if (!hasBrowser) return;
  alpha = startSimulator();
  beta = startSimulator();
  view = await startConsole({
    upstreams: [upstreamEntry("alpha", "anthropic", alpha.url), upstreamEntry("beta", "anthropic", beta.url)],
    config: { breaker: { failure_threshold: 1, open_ms: 600_000 } },
  });
});
afterAll(async () => {
  await view?.stop();
  alpha?.stop();
  beta?.stop();
});

test.if(hasBrowser)("a newcomer is led from the upstream to the first request, which appears by itself", async () => {
  const { page, faults } = await view.open("/");
  await page.getByRole("heading", { name: "Your first request in five minutes" }).waitFor();
  await page.getByRole("link", { name: "Create key" }).waitFor();
  expect(await page.getByRole("link", { name: "Add upstream" }).count()).toBe(0);
  await page.getByText("Waiting for the first request…").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await sendMessage(view.gateway.url, { model: "first-model" });
  await page.getByRole("heading", { name: "Your first request in five minutes" }).waitFor({ state: "detached" });
  await page.getByRole("region", { name: "By upstream" }).getByRole("rowheader", { name: "alpha" }).waitFor();
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a request that fails over is seen while it runs, and can be interrupted", async () => {
  const { page, faults } = await view.open("/");
  await page.getByText("Nothing is running.").waitFor();
  alpha.setPlan(BROKEN);
  beta.setPlan(SLOW);
  const answer = sendMessage(view.gateway.url, { model: "running-model" });
  const running = page.getByRole("listitem").filter({ hasText: "running-model" }).filter({ hasText: "Interrupt" });
  await running.getByText("answering").waitFor();
  expect(await running.textContent()).toContain("beta · attempt 2");
  await page.getByText(/tried again in/).waitFor();

  await running.getByRole("button", { name: "Interrupt: running-model" }).click();
  await page.getByRole("button", { name: "Interrupt", exact: true }).last().click();
  expect(await answer).toContain("event: error");
  await running.waitFor({ state: "detached" });
  await page.getByRole("link", { name: /running-model/ }).click();
  await page
    .getByRole("dialog")
    .getByText(/Interrupted here/)
    .first()
    .waitFor();
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("figures and charts of the time, also as tables, without findings of axe", async () => {
  beta.setPlan({});
  await sendMessage(view.gateway.url, { model: "counted-model" });
  const { page, faults } = await view.open("/?range=1h");
  await page.getByText("Rescued by fail-over").waitFor();
  await page.getByRole("img", { name: /^Requests: \d+ requests/ }).waitFor();
  await page.getByRole("button", { name: "Requests as a table" }).click();
  const table = page.getByRole("region", { name: "Requests", exact: true });
  await table.getByRole("columnheader", { name: "rescued" }).waitFor();
  await page.getByRole("radio", { name: "By model" }).click();
  await page.getByRole("region", { name: "By model" }).getByText("counted-model").waitFor();
  await page.getByRole("radio", { name: "7 days" }).click();
  await page.waitForURL(/range=7d/);
  expect(await seriousFindings(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a phone in Chinese and dark shows everything within its width", async () => {
  const { page, faults } = await view.open("/", { language: "zh", theme: "dark", size: "phone" });
  await page.getByRole("heading", { name: "网关状态" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFindings(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("usage shows cost honestly and takes a price for what has none", async () => {
  const { page, faults } = await view.open("/usage");
  await page.getByText("Used without a known price").waitFor();
  await page.getByRole("button", { name: /^counted-model/ }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Enter at least one price.").waitFor();
  await form.getByLabel("Input").fill("2.5");
  await form.getByLabel("Output").fill("10");
  expect(await seriousFindings(page)).toEqual([]);
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByLabel("Search models").fill("counted-model");
  await page
    .getByRole("row", { name: /counted-model.*yours/ })
    .getByText("$2.5")
    .waitFor();
  await page.getByRole("button", { name: "Remove your price: counted-model" }).click();
  await page.getByRole("button", { name: "Remove your price", exact: true }).click();
  await page.getByText("No model of this name has a price.").waitFor();
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("no column of the table of groups is cut off on an ordinary screen", async () => {
  for (const simulator of [alpha, beta]) simulator.setPlan({});
  await sendMessage(view.gateway.url, { model: "a-model-whose-name-is-rather-long-2026-11-28" });
  const { page } = await view.open("/");
  await page.getByRole("radio", { name: "By model" }).click();
  const table = page.getByRole("region", { name: "By model" });
  await table.getByRole("rowheader", { name: "a-model-whose-name" }).waitFor();
  expect(await table.evaluate((region) => region.scrollWidth - region.clientWidth)).toBeLessThanOrEqual(0);
});
