// First set-up, logging in and out, and sessions that end.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import type { Page } from "playwright-core";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser, startBrowser, type TestBrowser } from "./support/browser.ts";
import { buildConsole } from "./support/built-console.ts";
import { CONSOLE_PASSWORD, startConsole, type TestConsole } from "./support/test-console.ts";

const FIRST_PASSWORD = "admin";
const CHOSEN_PASSWORD = "four words for a lock";

describe.skipIf(!hasBrowser)("first set-up", () => {
  let browser: TestBrowser;
  let gateway: TestGateway;

  beforeAll(async () => {
    await buildConsole();
    browser = await startBrowser();
  });
  afterAll(async () => browser?.close());

  test("on this machine the default password leads to choosing one, with one way to put it off", async () => {
    gateway = await startGateway({ upstreams: [] });
    try {
      const { page, faults, context } = await browser.open(`${gateway.url}/admin-ui`);
      await page.getByLabel("Password", { exact: true }).fill(FIRST_PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
      const dialog = page.getByRole("dialog", { name: "Choose a password" });
      await dialog.waitFor();
      await page.keyboard.press("Escape");
      expect(await dialog.isVisible()).toBe(true);
      await dialog.getByRole("button", { name: "Later" }).click();
      await dialog.waitFor({ state: "hidden" });

      await page.getByRole("button", { name: "Choose a password" }).click();
      await dialog.getByLabel("New password", { exact: true }).fill("short");
      await dialog.getByRole("button", { name: "Set password" }).click();
      await dialog.getByText("characters are needed").waitFor();
      await dialog.getByLabel("New password", { exact: true }).fill(CHOSEN_PASSWORD);
      await dialog.getByLabel("New password again").fill("something else");
      await dialog.getByRole("button", { name: "Set password" }).click();
      await dialog.getByText("The two new passwords differ.").waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await dialog.getByLabel("New password again").fill(CHOSEN_PASSWORD);
      await dialog.getByRole("button", { name: "Set password" }).click();
      await page.getByText("The password is set.").waitFor();
      expect(await page.getByText("default password").isVisible()).toBe(false);
      expect(faults).toEqual([]);
      await context.close();
    } finally {
      await gateway.stop();
    }
  });

  const address = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === "IPv4" && !entry.internal)?.address;

  test.skipIf(address === undefined)(
    "from another machine the setup token is asked for, and a wrong one is told",
    async () => {
      gateway = await startGateway({ upstreams: [], app: { host: "0.0.0.0" } });
      try {
        const token = /setup token: (\S+)/.exec(gateway.lines.join("\n"))?.[1] ?? "";
        const { page, faults, context } = await browser.open(`http://${address}:${gateway.app.port}/admin-ui`, {
          language: "zh",
        });
        await page.getByRole("heading", { name: "初始化 APIRouter" }).waitFor();
        expect(await seriousFindings(page)).toEqual([]);
        await page.getByLabel("新密码", { exact: true }).fill(CHOSEN_PASSWORD);
        await page.getByLabel("再输入一次新密码").fill(CHOSEN_PASSWORD);
        await page.getByLabel("初始化令牌").fill("wrong");
        await page.getByRole("button", { name: "设置密码并登录" }).click();
        await page.getByText("令牌不对或已失效").waitFor();
        await page.getByLabel("初始化令牌").fill(token);
        await page.getByRole("button", { name: "设置密码并登录" }).click();
        await page.getByRole("navigation", { name: "页面" }).first().waitFor();
        expect(faults).toEqual([]);
        await context.close();
      } finally {
        await gateway.stop();
      }
    },
  );
});

describe.skipIf(!hasBrowser)("log-in", () => {
  let console: TestConsole;

  beforeAll(async () => {
    console = await startConsole({ upstreams: [] });
  });
  afterAll(async () => console?.stop());

  const openPage = (path: string) => console.browser.open(`${console.gateway.url}/admin-ui${path}`);
  const logIn = async (page: Page) => {
    await page.getByLabel("Password", { exact: true }).fill(CONSOLE_PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
  };

  test("a wrong password is told, the right one leads to where the user wanted to go", async () => {
    const { page, faults, context } = await openPage("/keys");
    const field = page.getByLabel("Password", { exact: true });
    await field.fill("not this one");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("This password is not right.").waitFor();
    await page.getByText("run --reset-admin").waitFor();
    expect(await field.getAttribute("autocomplete")).toBe("current-password");
    expect(await field.getAttribute("type")).toBe("password");
    await page.getByRole("button", { name: "Show password" }).click();
    expect(await field.getAttribute("type")).toBe("text");
    expect(await seriousFindings(page)).toEqual([]);
    await field.fill(CONSOLE_PASSWORD);
    await field.press("Enter");
    await page.getByRole("heading", { name: "Access keys" }).waitFor();
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(stored).not.toContain(CONSOLE_PASSWORD);
    expect(stored).not.toContain("apirouter_session");
    expect(faults).toEqual([]);
    await context.close();
  });

  test("a session that ends asks for the password above the page, and what was typed is still there", async () => {
    const { page, faults, context } = await openPage("/upstreams?new=custom");
    await logIn(page);
    await page.getByLabel("Name", { exact: true }).fill("half-finished");
    await page.getByLabel("Address").fill("https://api.example.com/v1");
    await context.clearCookies();
    await page.getByRole("button", { name: "Add upstream" }).click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByLabel("Password", { exact: true }).fill(CONSOLE_PASSWORD);
    await dialog.getByRole("button", { name: "Log in" }).click();
    await dialog.waitFor({ state: "hidden" });
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("half-finished");
    await page.getByRole("button", { name: "Add upstream" }).click();
    await page.getByText("“half-finished” is saved").waitFor();
    expect(faults).toEqual([]);
    await context.close();
  });

  test("logging out leads to the log-in, and back does not show the console again", async () => {
    const { page, context } = await openPage("/settings");
    await logIn(page);
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await context.close();
  });

  // Last: the wait it earns holds for this machine.
  test("after too many wrong tries it says how long to wait", async () => {
    const { page, faults, context } = await openPage("");
    const field = page.getByLabel("Password", { exact: true });
    const submit = page.getByRole("button", { name: "Log in" });
    const waiting = page.getByText("Too many wrong tries");
    for (let tries = 0; tries < 9 && !(await waiting.isVisible()); tries++) {
      await field.fill(`wrong ${tries}`);
      const answered = page.waitForResponse((response) => response.url().endsWith("/admin/api/session"));
      await submit.click();
      await answered;
      await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
    }
    await waiting.waitFor();
    expect(await submit.isDisabled()).toBe(true);
    expect(faults).toEqual([]);
    await context.close();
  });
});
