// A gateway with the console built from the sources, and pages of it with somebody logged in.

import { ADMIN_CONFIG, ADMIN_PASSWORD } from "../../support/admin-client.ts";
import { openBrowser } from "../../support/admin-session.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { type ConsolePage, type PageOptions, startBrowser, type TestBrowser } from "./browser.ts";
import { buildConsole } from "./built-console.ts";

/** Of the gateways that `startConsole` starts. */
export const CONSOLE_PASSWORD = "a password for browser tests";

export interface TestConsole {
  readonly gateway: TestGateway;
  /** For pages with nobody logged in. */
  readonly browser: TestBrowser;
  /** A page of the console, `/logs?x=1`, logged in. One without options takes the place of the one before. */
  open(path: string, options?: PageOptions): Promise<ConsolePage>;
  stop(): Promise<void>;
}

/** Builds the console, starts browser and gateway. `config` needs no password. */
export async function startConsole(options: TestGatewayOptions): Promise<TestConsole> {
  await buildConsole();
  const gateway = await startGateway({ ...options, config: { ...ADMIN_CONFIG, ...options.config } });
  const visitor = openBrowser(gateway.url);
  await visitor.call("POST /session", { body: { password: ADMIN_PASSWORD } });
  // With the default password the console would first ask for another one.
  await visitor.call("POST /session/password", {
    body: { current_password: ADMIN_PASSWORD, new_password: CONSOLE_PASSWORD },
  });
  const browser = await startBrowser();
  let plain: ConsolePage | undefined;
  return {
    gateway,
    browser,
    async open(path, pageOptions = {}) {
      const isPlain = Object.keys(pageOptions).length === 0;
      // Pages without wishes follow each other in one context, whose cache has the console already.
      if (isPlain) await plain?.page.close();
      const [name = "", value = ""] = visitor.cookie.split("=");
      const opened = await browser.open(`${gateway.url}/admin-ui${path}`, {
        cookies: [{ name, value, url: gateway.url }],
        ...(isPlain && plain ? { context: plain.context } : pageOptions),
      });
      if (isPlain) plain = opened;
      return opened;
    },
    async stop() {
      await browser.close();
      await gateway.stop();
    },
  };
}

export interface MessageOptions {
  readonly model: string;
  readonly session?: string;
  readonly signal?: AbortSignal;
}

/** A streamed Anthropic request to a gateway, read to its end. */
export async function sendMessage(url: string, { model, session, signal }: MessageOptions): Promise<string> {
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "claude-cli/2.1.129 (external, cli)",
      ...(session !== undefined && { "x-session-id": session }),
    },
    body: JSON.stringify({ model, max_tokens: 100, stream: true, messages: [{ role: "user", content: "hello" }] }),
    ...(signal && { signal }),
  });
  return await response.text();
}
