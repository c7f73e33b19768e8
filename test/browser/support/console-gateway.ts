// A gateway with the built console, and browsers that are logged in to it.

import type { BrowserContext } from "playwright-core";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { type ConsolePage, hasBrowser, type PageOptions, startBrowser, type TestBrowser } from "./browser.ts";
import { buildConsole } from "./built-console.ts";

export const PASSWORD = "a password for tests";

export interface ConsoleFixture {
  readonly gateway: TestGateway;
  readonly browser: TestBrowser;
  /** Opens a page of the console, `/keys`, with somebody logged in. */
  openLoggedIn(path: string, options?: PageOptions): Promise<ConsolePage>;
  close(): Promise<void>;
}

/** Starts gateway and browser. Only where `hasBrowser`. */
export async function startConsole(options: TestGatewayOptions): Promise<ConsoleFixture> {
  if (!hasBrowser) throw new Error("there is no chromium");
  await buildConsole();
  // Cheap parameters: what is tested here is not the hash.
  const hash = await Bun.password.hash(PASSWORD, { algorithm: "argon2id", memoryCost: 1024, timeCost: 1 });
  const gateway = await startGateway({ ...options, config: { admin_password_hash: hash, ...options.config } });
  const browser = await startBrowser();
  return {
    gateway,
    browser,
    async openLoggedIn(path, pageOptions) {
      const context = pageOptions?.context ?? (await browser.newContext(pageOptions));
      if (!pageOptions?.context) await logIn(context, gateway.url);
      return await browser.open(`${gateway.url}/admin-ui${path === "/" ? "" : path}`, { ...pageOptions, context });
    },
    async close() {
      await browser.close();
      await gateway.stop();
    },
  };
}

/** Logs a browser in without going through the page. */
export async function logIn(context: BrowserContext, url: string): Promise<void> {
  const answer = await context.request.post(`${url}/admin/api/session`, {
    data: { password: PASSWORD },
    headers: { "x-apirouter-csrf": "1" },
  });
  if (!answer.ok()) throw new Error(`login answered ${answer.status()}`);
}
