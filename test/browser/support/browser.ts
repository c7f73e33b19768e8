// Starts Chromium and opens pages of the console in it; remembers what went wrong on them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM =
  process.env["APIROUTER_CHROMIUM"] ?? Bun.which("chromium") ?? Bun.which("chromium-browser") ?? undefined;

/** Whether there is a browser; without one the tests say that they skip. */
export const hasBrowser = CHROMIUM !== undefined;
if (!hasBrowser) console.warn("skipped: the browser tests need chromium");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface PageOptions {
  /** Default English. */
  readonly language?: "en" | "zh";
  readonly theme?: "light" | "dark";
  /** Default 1280 wide. */
  readonly size?: "desktop" | "phone";
  /** Set before the page is opened. */
  readonly cookies?: Parameters<BrowserContext["addCookies"]>[0];
  /** Cookies and storage of another page's context are shared when it is given. */
  readonly context?: BrowserContext;
}

/** A page and what went wrong on it. */
export interface ConsolePage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Policy violations, errors of scripts and of the console, requests to other hosts. Empty on a page that is well. */
  readonly faults: readonly string[];
}

export interface TestBrowser {
  /** An empty profile: no cookies, nothing stored. */
  newContext(options?: PageOptions): Promise<BrowserContext>;
  open(url: string, options?: PageOptions): Promise<ConsolePage>;
  close(): Promise<void>;
}

/** Starts the browser with a fresh profile. */
export async function startBrowser(): Promise<TestBrowser> {
  if (CHROMIUM === undefined) throw new Error("there is no chromium");
  const profile = mkdtempSync(join(tmpdir(), "apirouter-chromium-"));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, `--disk-cache-dir=${profile}`] });
  const newContext = (options: PageOptions = {}) => browser.newContext(contextOptions(options));
  return {
    newContext,
    async open(url, options = {}) {
      const context = options.context ?? (await newContext(options));
      if (options.cookies) await context.addCookies(options.cookies);
      const page = await context.newPage();
      page.setDefaultTimeout(12_000);
      const faults = watchFaults(page, new URL(url).origin);
      await page.goto(url);
      return { page, context, faults };
    },
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function contextOptions({ language = "en", theme = "light", size = "desktop" }: PageOptions) {
  return {
    locale: language === "zh" ? "zh-CN" : "en-GB",
    colorScheme: theme,
    viewport: size === "phone" ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    hasTouch: size === "phone",
    isMobile: size === "phone",
    reducedMotion: "reduce" as const,
  };
}

// What Chromium says of refusals is no fault of the page: wrong passwords and failing upstreams are part of the tests. Over plain http
// from another machine it ignores one of our headers and says so.
const EXPECTED =
  /Failed to load resource: the server responded with a status of (4\d\d|502)|Cross-Origin-Opener-Policy header has been ignored/;

function watchFaults(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:"))
      faults.push(`foreign: ${request.url()}`);
  });
  return faults;
}
