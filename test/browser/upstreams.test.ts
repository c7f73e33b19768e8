// Upstreams in the console: adding, ordering, switching, testing, and two people at once.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Locator } from "playwright-core";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { until } from "../e2e/support/waiting.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { CONSOLE_PASSWORD, startConsole, type TestConsole } from "./support/test-console.ts";

interface Definition {
  readonly id: string;
  readonly base_url: string;
  readonly keys: readonly string[];
  readonly priority?: number;
  readonly enabled?: boolean;
  readonly model_map?: Readonly<Record<string, string>>;
}

/** Whether it is on the page within a quarter of a second. */
function isAttached(locator: Locator): Promise<boolean> {
  return locator.waitFor({ state: "attached", timeout: 250 }).then(
    () => true,
    () => false,
  );
}

describe.skipIf(!hasBrowser)("upstreams", () => {
  const first = startSimulator({ plan: { answer: { text: "Hello from the first" } }, models: ["model-a", "model-b"] });
  const second = startSimulator({ plan: { error: "overloaded" } });
  let console: TestConsole;

  const saved = async (): Promise<readonly Definition[]> => {
    const file: { upstreams: Definition[] } = await Bun.file(`${console.gateway.dataDir}/config.json`).json();
    return file.upstreams.toSorted((a, b) => (a.priority ?? 999) - (b.priority ?? 999));
  };
  const savedAs = async (name: string) => (await saved()).find(({ id }) => id === name);

  beforeAll(async () => {
    console = await startConsole({ upstreams: [], env: { KEY_OF_THIS_MACHINE: "sk-third-key-of-the-machine" } });
  });
  afterAll(async () => {
    await console?.stop();
    first.stop();
    second.stop();
  });

  test("the first is added by hand, the second from a preset; wrong input is told beside the field", async () => {
    const { page, faults } = await console.open("/upstreams");
    await page.getByRole("heading", { name: "No upstream yet" }).waitFor();
    await page.getByRole("button", { name: "Add upstream" }).first().click();
    await page.getByRole("button", { name: /^Other/ }).click();
    await page.getByLabel("Name", { exact: true }).fill("first");
    await page.getByLabel("Address").fill("not an address");
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByText("This must be an address that begins with").waitFor();
    await page.getByLabel("Address").fill(`${first.url}/v1`);
    await page.getByLabel("Format").selectOption("openai");
    await page.getByLabel("Add keys, one per line").fill("sk-first-key-0001\nsk-first-key-0002");
    await page.getByRole("button", { name: "Add a name" }).click();
    await page.getByLabel("Client asks for").fill("claude-*");
    await page.getByRole("combobox", { name: "Upstream gets" }).fill("model-a");
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByText("“first” is saved").waitFor();

    await page.getByRole("button", { name: "Add upstream" }).click();
    const dialog = page.getByRole("dialog", { name: "Add an upstream" });
    await dialog.getByLabel("Search providers").fill("deepseek");
    await dialog
      .getByRole("button", { name: /DeepSeek/ })
      .first()
      .click();
    const choice = dialog.getByText("Which format?");
    if (await choice.isVisible())
      await dialog
        .getByRole("button", { name: /OpenAI Chat/ })
        .first()
        .click();
    await page.getByLabel("Address").fill(`${second.url}/v1`);
    await page.getByLabel("Add keys, one per line").fill("sk-second-key-0001");
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByText("“deepseek” is saved").waitFor();

    const [one, two] = await saved();
    expect(one).toMatchObject({
      id: "first",
      keys: ["sk-first-key-0001", "sk-first-key-0002"],
      model_map: { "claude-*": "model-a" },
    });
    expect(two).toMatchObject({ id: "deepseek", keys: ["sk-second-key-0001"] });
    expect(faults).toEqual([]);
  });

  test("a key of the gateway's machine goes to a new address only with the password", async () => {
    const { page, faults } = await console.open("/upstreams");
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByRole("button", { name: /^Other/ }).click();
    await page.getByLabel("Name", { exact: true }).fill("third");
    await page.getByLabel("Address").fill(`${first.url}/v1`);
    await page.getByLabel("Format").selectOption("openai");
    await page.getByLabel("Add keys, one per line").fill("env:KEY_OF_THIS_MACHINE");
    await page.getByRole("button", { name: "Add upstream" }).click();
    const question = page.getByRole("dialog", { name: "Your password, please" });
    await question.getByText(`env:KEY_OF_THIS_MACHINE to ${first.url}`).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await question.getByLabel("Password", { exact: true }).fill("not this one");
    await question.getByRole("button", { name: "Go on" }).click();
    await question.getByText("This password is not right.").waitFor();
    await question.getByLabel("Password", { exact: true }).fill(CONSOLE_PASSWORD);
    await question.getByRole("button", { name: "Go on" }).click();
    await page.getByText("“third” is saved").waitFor();
    expect(await savedAs("third")).toMatchObject({ keys: ["env:KEY_OF_THIS_MACHINE"] });
    expect(faults.filter((fault) => !fault.includes("403"))).toEqual([]);
    const removed = await fetch(`${console.gateway.url}/admin/api/upstreams/third`, {
      method: "DELETE",
      headers: { "x-admin-password": CONSOLE_PASSWORD },
    });
    expect(removed.status).toBe(200);
  });

  test("dragging changes the order at once, with the mouse and with the keyboard, and it stays", async () => {
    const { page, faults } = await console.open("/upstreams");
    const names = () => page.getByRole("listitem").getByRole("link").allTextContents();
    await page.getByRole("link", { name: "first", exact: true }).waitFor();
    expect(await names()).toEqual(["first", "deepseek"]);

    const handle = await page.getByRole("button", { name: "Drag to change the order of deepseek" }).boundingBox();
    const target = await page.getByRole("button", { name: "Drag to change the order of first" }).boundingBox();
    if (!handle || !target) throw new Error("the handles are not on the page");
    await page.mouse.move(handle.x + 10, handle.y + handle.height / 2);
    await page.mouse.down();
    await page.mouse.move(handle.x + 10, handle.y - 20, { steps: 4 });
    await page.mouse.move(target.x + 10, target.y + 10, { steps: 6 });
    await page.getByText("deepseek is now at position 1 of 2.").waitFor({ state: "attached" });
    await page.mouse.up();
    await page.getByText("Order saved").waitFor();
    expect(await names()).toEqual(["deepseek", "first"]);
    expect((await saved()).map(({ id, priority }) => [id, priority])).toEqual([
      ["deepseek", 1],
      ["first", 2],
    ]);

    await page.reload();
    await page.getByRole("link", { name: "first", exact: true }).waitFor();
    expect(await names()).toEqual(["deepseek", "first"]);
    await page.getByRole("button", { name: "Drag to change the order of first" }).focus();
    await page.keyboard.press("Space");
    await page.getByText("first is now at position 2 of 2.").waitFor({ state: "attached" });
    // The list listens to arrows a moment after it says that it was picked up.
    const isFirst = page.getByText("first is now at position 1 of 2.");
    do await page.keyboard.press("ArrowUp");
    while (!(await isAttached(isFirst)));
    await page.keyboard.press("Space");
    await page.getByText("Order saved").waitFor();
    expect((await saved()).map(({ id }) => id)).toEqual(["first", "deepseek"]);
    expect(faults).toEqual([]);
  });

  test("a test shows what the model said, or why it did not work", async () => {
    const { page, faults } = await console.open("/upstreams");
    await page.getByRole("button", { name: "More for first" }).click();
    await page.getByRole("menuitem", { name: "Send a test" }).click();
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("Hello from the first").waitFor();
    await page.getByLabel("Key", { exact: true }).selectOption("sk-first…0002");
    await page.getByRole("button", { name: "Send test" }).click();
    await until("the second key is tried", () =>
      JSON.stringify(first.requests.at(-1)?.headers).includes("sk-first-key-0002"),
    );
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "More for deepseek" }).click();
    await page.getByRole("menuitem", { name: "Send a test" }).click();
    await page.getByRole("combobox", { name: /^Model/ }).fill("some-model");
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("It does not work").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("address and key are taken as they were copied, and a test of what is not saved says what to do", async () => {
    // As relays do it: a page at the root, the API below /v1.
    const relay = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => {
        const { pathname } = new URL(request.url);
        if (!pathname.startsWith("/v1/"))
          return new Response("<html>Welcome", { headers: { "content-type": "text/html" } });
        return fetch(`${first.url}${pathname}`, request);
      },
    });
    const { page, faults } = await console.open("/upstreams?new=custom");
    const address = page.getByLabel("Address");
    const keys = page.getByLabel("Add keys, one per line");
    const sendTest = async () => {
      await page.getByRole("button", { name: "Send a test" }).click();
      await page.getByRole("button", { name: "Send test" }).click();
    };
    await page.getByLabel("Name", { exact: true }).fill("relay");
    await page.getByLabel("Format").selectOption("openai");
    await address.fill(`"127.0.0.1:${relay.port}"`);
    await keys.fill("two words");
    expect(await address.inputValue()).toBe(`http://127.0.0.1:${relay.port}`);
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText("A key has no blanks").waitFor();
    expect(await keys.evaluate((field) => field === document.activeElement)).toBe(true);
    await keys.fill("export RELAY_KEY='sk-relay-key-0001'");

    await sendTest();
    const dialog = page.getByRole("dialog", { name: "Test “relay”" });
    await dialog.getByText("often without the version at its end (/v1)").waitFor();
    await dialog.getByRole("combobox", { name: /^Model/ }).fill("model-b");
    await dialog.getByRole("button", { name: "Send test" }).click();
    await dialog.getByText("Page instead of an answer").waitFor();
    await dialog.getByText("often without the version at its end (/v1)").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press("Escape");

    await address.fill(`http://127.0.0.1:${relay.port}/v1/chat/completions`);
    await page.getByRole("button", { name: "Ask for its models" }).click();
    await page.getByText("The upstream offers 2 models").waitFor();
    await page.getByRole("button", { name: "Add a name" }).click();
    await page.getByLabel("Client asks for").fill("claude-*");
    await page.getByRole("combobox", { name: "Upstream gets" }).fill("model");
    await page.getByRole("option", { name: "model-b" }).click();
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByText("“relay” is saved").waitFor();
    expect(await savedAs("relay")).toMatchObject({ keys: ["sk-relay-key-0001"], model_map: { "claude-*": "model-b" } });

    await page.getByRole("link", { name: "relay", exact: true }).click();
    await address.fill(`http://127.0.0.1:${relay.port}/wrong`);
    await sendTest();
    await dialog.getByText("It does not work").waitFor();
    await dialog.getByText("a wrong base URL").waitFor();
    await page.keyboard.press("Escape");
    await address.fill(`http://127.0.0.1:${relay.port}/v1`);
    await sendTest();
    await dialog.getByText("Hello from the first").waitFor();
    expect(faults).toEqual([]);
    await relay.stop(true);
    const removed = await fetch(`${console.gateway.url}/admin/api/upstreams/relay`, {
      method: "DELETE",
      headers: { "x-admin-password": CONSOLE_PASSWORD },
    });
    expect(removed.status).toBe(200);
  });

  test("keys stay masked and unchanged, can be replaced, and must be typed again for another host", async () => {
    const { page, faults } = await console.open("/upstreams/first");
    await page.getByText("sk-first…0001").waitFor();
    expect(await page.content()).not.toContain("sk-first-key-0001");
    await page.getByRole("button", { name: "Replace" }).nth(1).click();
    await page.getByLabel("New value of key 2").fill("sk-replaced-0002");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("“first” is saved").waitFor();
    expect((await savedAs("first"))?.keys).toEqual(["sk-first-key-0001", "sk-replaced-0002"]);

    await page.getByRole("link", { name: "first", exact: true }).click();
    await page.getByLabel("Address").fill("https://elsewhere.example/v1");
    await page.getByText("they have to be typed again").waitFor();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    expect((await savedAs("first"))?.base_url).toBe(`${first.url}/v1`);
    await page.getByRole("button", { name: "Discard" }).click();
    expect(faults).toEqual([]);
  });

  test("leaving with unsaved changes asks first, also by the browser's back", async () => {
    const { page } = await console.open("/upstreams");
    await page.getByRole("link", { name: "first", exact: true }).click();
    await page.getByLabel("Name", { exact: true }).fill("renamed");
    await page.getByRole("link", { name: "Models" }).click();
    const question = page.getByRole("alertdialog", { name: "Leave without saving?" });
    await question.getByRole("button", { name: "Stay here" }).click();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("renamed");
    await page.goBack();
    await question.waitFor();
    expect(new URL(page.url()).pathname).toBe("/admin-ui/upstreams/first");
    await question.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("heading", { name: "Upstreams" }).waitFor();
  });

  test("two tabs cannot overwrite each other: the second sees what the first changed and decides", async () => {
    const one = await console.open("/upstreams/first");
    const two = await console.open("/upstreams/first", { context: one.context });
    await two.page.getByLabel("Name", { exact: true }).waitFor();
    // A tab in the background is drawn rarely, and clicks wait for that.
    await one.page.bringToFront();
    await one.page.getByRole("button", { name: "Add a name" }).click();
    await one.page.getByLabel("Client asks for").last().fill("gpt-*");
    await one.page.getByRole("combobox", { name: "Upstream gets" }).last().fill("model-b");
    await one.page.getByRole("button", { name: "Save", exact: true }).click();
    await one.page.getByText("“first” is saved").waitFor();
    await two.page.bringToFront();

    await two.page.getByRole("button", { name: "More settings" }).click();
    await two.page.getByLabel("Until the answer begins").fill("7");
    await two.page.getByRole("button", { name: "Save", exact: true }).click();
    const dialog = two.page.getByRole("dialog", { name: "The configuration has changed meanwhile" });
    await dialog.getByText("model_map.gpt-*").waitFor();
    expect(await seriousFindings(two.page)).toEqual([]);
    await dialog.getByRole("button", { name: "Save mine on top" }).click();
    await two.page.getByText("“first” is saved").waitFor();
    expect(await savedAs("first")).toMatchObject({
      model_map: { "claude-*": "model-a", "gpt-*": "model-b" },
      timeouts: { first_byte_ms: 7000 },
    });
    expect([...one.faults, ...two.faults]).toEqual([]);
  });

  test("a paused upstream says why and for how long, and can be used again at once", async () => {
    const { page, faults } = await console.open("/upstreams");
    await page.getByRole("switch", { name: "Use first" }).click();
    await page.getByText("“first” is switched off").waitFor();
    second.setPlan({ error: "api_error" });
    for (let request = 0; request < 4; request++) {
      await fetch(`${console.gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }),
      }).then((response) => response.text());
    }
    await page.getByText("Last error:").first().waitFor();
    await page.getByText("Not available").waitFor();
    await page.getByRole("button", { name: "Use again now" }).first().click();
    await page.getByText("It is used again from now on").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("switch", { name: "Use first" }).click();
    await page.getByText("“first” is used again").waitFor();
    expect(faults).toEqual([]);
  });

  test("deleting asks first", async () => {
    const { page, faults } = await console.open("/upstreams");
    await page.getByRole("button", { name: "More for deepseek" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const question = page.getByRole("alertdialog", { name: "Delete “deepseek”?" });
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await saved()).toHaveLength(2);
    await page.getByRole("button", { name: "More for deepseek" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await question.getByRole("button", { name: "Delete upstream" }).click();
    await page.getByText("“deepseek” is deleted").waitFor();
    expect((await saved()).map(({ id }) => id)).toEqual(["first"]);
    expect(faults).toEqual([]);
  });
});
