// The playground in the browser: a streamed answer with thinking, raw events and timing, errors, stopping, a whole body
// by hand, and the explained route. Real gateway, simulated upstreams.

import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { upstreamEntry } from "../e2e/support/upstreams.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { sendMessage, startConsole, type TestConsole } from "./support/test-console.ts";

const ANSWER = {
  thinking: "They want a greeting.",
  text: "Hello <b>there</b>, 世界!",
  toolCalls: [{ name: "read_file", arguments: { path: "README.md" } }],
  chunkSize: 5,
};

let alpha: Simulator;
let beta: Simulator;
let view: TestConsole;

beforeAll(async () => {
  if (!hasBrowser) return;
  alpha = startSimulator();
  beta = startSimulator();
  view = await startConsole({
    upstreams: [
      upstreamEntry("alpha", "anthropic", alpha.url, { model_map: { big: "large-model" } }),
      upstreamEntry("beta", "openai-chat", beta.url),
      upstreamEntry("gamma", "anthropic", beta.url, { enabled: false }),
    ],
    config: { debug_mode: true, breaker: { failure_threshold: 1000 } },
  });
});
afterEach(() => {
  alpha?.setPlan({});
  beta?.setPlan({});
});
afterAll(async () => {
  await view?.stop();
  alpha?.stop();
  beta?.stop();
});

test.if(hasBrowser)("an answer streams in with its thinking, tool calls, raw events and times", async () => {
  alpha.setPlan({ answer: ANSWER, eventDelayMs: 15 });
  const { page, faults } = await view.open("/playground");
  await page.getByLabel("Model", { exact: true }).fill("big");
  await page.getByRole("button", { name: "Send" }).click();
  const answer = page.getByRole("region", { name: "Answer" });
  await answer.getByText("Hello <b>there</b>, 世界!").waitFor();
  await page.getByText("Done").waitFor();
  await page.getByText(/read_file/).waitFor();
  await page.getByText("alpha (1 attempt)").waitFor();
  await page.getByText("Thinking", { exact: true }).click();
  await page.getByText(ANSWER.thinking).waitFor();
  expect(await page.locator("b").count()).toBe(0);
  await page.getByRole("radio", { name: /^Raw/ }).click();
  await page.getByText("event: message_start").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("link", { name: "Open in the log" }).click();
  await page.getByRole("dialog").getByText("alpha answered at the first try.").waitFor();
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a running answer can be stopped, and a failure says why", async () => {
  alpha.setPlan({ answer: ANSWER, stallAfterEvents: "in-text" });
  const { page } = await view.open("/playground?upstream=alpha&model=big");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("region", { name: "Answer" }).getByText("Hello").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped").waitFor();

  alpha.setPlan({ error: "invalid", errorMessage: "this field is unknown" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Failed").waitFor();
  await page
    .getByText(/this field is unknown/)
    .first()
    .waitFor();
  await page.getByText("Last asked").waitFor();
  await page.getByText("The upstream refused the request itself").waitFor();
});

test.if(hasBrowser)("a whole body by hand is checked as it is typed, and sent as it is", async () => {
  const { page, faults } = await view.open("/playground?model=big");
  await page.getByRole("radio", { name: "Whole body (JSON)" }).click();
  const body = page.getByLabel("Request body");
  await body.fill('{"messages": [}');
  await page.getByText("Not valid JSON: line 1, column 15.").waitFor();
  expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  const marker = { role: "user", content: "typed by hand" };
  await body.fill(JSON.stringify({ max_tokens: 7, messages: [marker] }));
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Done").waitFor();
  const sent = JSON.parse(alpha.requests.at(-1)?.body.toString() ?? "{}");
  expect(sent).toMatchObject({ model: "large-model", max_tokens: 7, messages: [marker] });
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("the route is explained before anything is sent", async () => {
  const { page, faults } = await view.open("/playground?model=big");
  const before = alpha.requestCount;
  const way = page.locator("section").filter({ hasText: "Which way would it go?" });
  await way.getByText("large-model").first().waitFor();
  const told = await way.getByRole("listitem").allTextContents();
  expect(told[0]).toMatch(/alpha.*unchanged.*its turn by priority.*large-model.*big/s);
  expect(told[1]).toMatch(/beta.*converted/s);
  expect(told.find((step) => step.includes("gamma"))).toContain("switched off");
  expect(alpha.requestCount).toBe(before);
  expect(await seriousFindings(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test.if(hasBrowser)("a logged request is sent again to another upstream", async () => {
  await sendMessage(view.gateway.url, { model: "big" });
  beta.setPlan({ answer: { text: "the other one says hi" } });
  const { page, faults } = await view.open("/logs?model=big");
  await page.getByRole("row").nth(1).getByRole("link").click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("To", { exact: true }).selectOption("beta");
  await sheet.getByRole("button", { name: "Send" }).click();
  await sheet.getByText("the other one says hi").waitFor();
  expect(faults).toEqual([]);
});
