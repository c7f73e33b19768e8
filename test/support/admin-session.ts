// A browser's side of the console: keeps the cookie, sends what our own page sends.

import { type AdminAnswer, callAdmin } from "./admin-client.ts";

export interface BrowserOptions {
  readonly body?: unknown;
  /** A value of undefined leaves a header out that is sent otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface AdminBrowser {
  /** Sends a request below /admin/api, e.g. `GET /session`. Remembers the cookie that comes back. */
  call(target: string, options?: BrowserOptions): Promise<AdminAnswer>;
  /** `name=value` as a browser would send it; "" when there is none. */
  cookie: string;
}

/** A browser with our page open at this gateway; not logged in yet. `headers` go with every request. */
export function openBrowser(url: string, headers: Readonly<Record<string, string>> = {}): AdminBrowser {
  const browser: AdminBrowser = {
    cookie: "",
    async call(target, options = {}) {
      const wanted: Record<string, string | undefined> = {
        "sec-fetch-site": "same-origin",
        "x-apirouter-csrf": "1",
        cookie: browser.cookie === "" ? undefined : browser.cookie,
        ...headers,
        ...options.headers,
      };
      const sent: Record<string, string> = {};
      for (const [name, value] of Object.entries(wanted)) if (value !== undefined) sent[name] = value;
      const answer = await callAdmin(url, target, { password: null, headers: sent, body: options.body });
      const pair = answer.headers.get("set-cookie")?.split(";")[0];
      if (pair !== undefined) browser.cookie = pair.endsWith("=") ? "" : pair;
      return answer;
    },
  };
  return browser;
}
