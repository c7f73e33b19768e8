// Access keys in the console, and a client that is set up with one.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/test-console.ts";

describe.skipIf(!hasBrowser)("access keys", () => {
  const simulator = startSimulator({ models: ["model-a"] });
  let console: TestConsole;
  let key = "";

  const ask = (headers: Record<string, string>, userAgent = "test") =>
    fetch(`${console.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": userAgent, ...headers },
      body: JSON.stringify({ model: "model-a", max_tokens: 10, messages: [{ role: "user", content: "hi" }] }),
    });

  beforeAll(async () => {
    const upstreams = [{ id: "only", base_url: `${simulator.url}/v1`, api_format: "anthropic", keys: ["sk-upstream"] }];
    console = await startConsole({ upstreams });
  });
  afterAll(async () => {
    await console?.stop();
    simulator.stop();
  });

  test("a new key is shown once, works, and is kept as a fingerprint only", async () => {
    const { page, faults } = await console.open("/keys");
    await page.getByRole("heading", { name: "No key yet" }).waitFor();
    await page.getByRole("button", { name: "Create key" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Create a key" });
    await dialog.getByRole("button", { name: "Create key" }).click();
    await dialog.getByText("A name is needed.").waitFor();
    await dialog.getByLabel("Name").fill("laptop");
    await dialog.getByLabel("Requests per minute").fill("500");
    await dialog.getByLabel("Allowed models").fill("model-*");
    expect(await seriousFindings(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Create key" }).click();

    const shown = page.getByRole("dialog", { name: "Your new key" });
    key = (await shown.getByText(/^sk-\w{40,}$/).textContent()) ?? "";
    await page.keyboard.press("Escape");
    expect(await shown.isVisible()).toBe(true);
    await shown.getByRole("button", { name: "I have copied it" }).click();
    await page.getByText("500 requests per minute · models: model-*").waitFor();
    expect(await page.content()).not.toContain(key);
    const file = await Bun.file(`${console.gateway.dataDir}/config.json`).text();
    expect(file).not.toContain(key);
    expect((await ask({ "x-api-key": key })).status).toBe(200);
    expect(faults).toEqual([]);
  });

  test("with access control on, only keys that are switched on get in", async () => {
    const { page, faults } = await console.open("/keys");
    await page.getByRole("switch", { name: "Every client needs a key" }).click();
    await page.getByText("Saved; it holds for the next request").waitFor();
    expect((await ask({})).status).toBe(401);
    expect((await ask({ "x-api-key": key })).status).toBe(200);
    await page.getByRole("switch", { name: "Allow laptop" }).click();
    await page.getByText("“laptop” is locked out").waitFor();
    expect((await ask({ "x-api-key": key })).status).toBe(401);
    await page.getByText("There is no key that works yet.").waitFor();
    await page.getByRole("switch", { name: "Allow laptop" }).click();
    await page.getByText("“laptop” may use the gateway again").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("opening the gateway to everybody asks first", async () => {
    const { page } = await console.open("/keys");
    await page.getByRole("switch", { name: "Every client needs a key" }).click();
    await page.getByRole("switch", { name: "Other machines may do without a key too" }).click();
    const question = page.getByRole("alertdialog", { name: "Open the gateway to everybody?" });
    await question.getByRole("button", { name: "Cancel" }).click();
    const file: { allow_anonymous_lan?: boolean } = await Bun.file(`${console.gateway.dataDir}/config.json`).json();
    expect(file.allow_anonymous_lan ?? false).toBe(false);
  });

  test("name and end can be changed, and leaving with changes asks", async () => {
    const { page, faults } = await console.open("/keys");
    await page.getByRole("button", { name: "More for laptop" }).click();
    await page.getByRole("menuitem", { name: "Name and limits" }).click();
    const dialog = page.getByRole("dialog", { name: "laptop" });
    await dialog.getByLabel("Name").fill("old laptop");
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog").getByRole("button", { name: "Stay here" }).click();
    await dialog.getByLabel("Valid until").fill("2099-12-31");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("“old laptop” is saved").waitFor();
    await page.getByText("until 31 December 2099").waitFor();
    expect(faults).toEqual([]);
  });

  test("the set-up of a client fills in the key and tells when its first request has arrived", async () => {
    const { page, faults } = await console.open("/connect?client=claude-code");
    await page.getByText("Waiting for the first request of Claude Code").waitFor();
    await page.getByRole("button", { name: "Create a key for Claude Code" }).click();
    await page.getByText("The key “claude-code” is filled in").waitFor();
    const code = (await page.locator("pre").first().textContent()) ?? "";
    expect(code).toContain(`export ANTHROPIC_BASE_URL=${console.gateway.url}`);
    const filled = /ANTHROPIC_AUTH_TOKEN=(\S+)/.exec(code)?.[1] ?? "";
    await page.getByRole("radio", { name: "Windows" }).click();
    await page.getByText(`$env:ANTHROPIC_AUTH_TOKEN = '${filled}'`).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect((await ask({ authorization: `Bearer ${filled}` }, "claude-cli/2.1.129 (external, cli)")).status).toBe(200);
    await page.getByText("It works: a request of Claude Code arrived").waitFor();
    expect(faults).toEqual([]);
  });

  test("deleting a key asks first", async () => {
    const { page, faults } = await console.open("/keys");
    await page.getByRole("button", { name: "More for old laptop" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete key" }).click();
    await page.getByText("“old laptop” is deleted").waitFor();
    const file: { client_keys: { name: string }[] } = await Bun.file(`${console.gateway.dataDir}/config.json`).json();
    expect(file.client_keys.map(({ name }) => name)).toEqual(["claude-code"]);
    expect(faults).toEqual([]);
  });
});
