// The console while the gateway is away, and when it is back.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { type App, startApp } from "../../src/cli/compose.ts";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { startConsole, type TestConsole } from "./support/test-console.ts";

let view: TestConsole;
let again: App | undefined;

beforeAll(async () => {
  if (hasBrowser) view = await startConsole({ upstreams: [] });
});
afterAll(async () => {
  await again?.stop(0);
  await view?.stop();
});

test.if(hasBrowser)("says that the gateway is away, and loads by itself what it missed", async () => {
  const { app, url, dataDir } = view.gateway;
  const { page } = await view.open("/keys");
  await page.getByText("Live", { exact: true }).first().waitFor();
  await app.stop(0);
  const away = page.getByText("The gateway does not answer. What you see may be old");
  await away.waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("link", { name: "Upstreams" }).first().click();
  // The page's own script may not have been there yet.
  const failure = page.getByText(/This could not be loaded|This page has a problem/);
  await failure.waitFor();

  again = await startApp({
    host: "127.0.0.1",
    port: Number(new URL(url).port),
    dataDir,
    logFormat: "text",
    version: "test",
    env: {},
    writeLog: () => undefined,
    isTerminal: false,
  });
  await page.getByRole("heading", { name: "No upstream yet" }).waitFor();
  await away.waitFor({ state: "hidden" });
  expect(await failure.isVisible()).toBe(false);
});
