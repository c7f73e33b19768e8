// Visitors behind a reverse proxy: told apart only where the operator has named the proxy, and never by what they write
// themselves.

import { describe, expect, test } from "bun:test";
import { openBrowser } from "../../support/admin-session.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { setStage } from "../../support/stage.ts";
import { clientCall, send } from "../support/client-calls.ts";
import { upstreamEntry } from "../support/upstreams.ts";
import { until } from "../support/waiting.ts";

const { gatewayFor, simulator } = setStage();

const PASSWORD = "correct horse battery";
const READY = { admin_password_hash: new Bun.CryptoHasher("sha256").update(PASSWORD).digest("hex") };
const THIS_MACHINE = ["127.0.0.1", "::1"];

/** The status of a log-in by a visitor whose request came with this `X-Forwarded-For`. */
async function logIn({ url }: TestGateway, forwardedFor: string, password: string): Promise<number> {
  const browser = openBrowser(url, { "x-forwarded-for": forwardedFor });
  return (await browser.call("POST /session", { body: { password } })).status;
}

/** Six wrong tries, each with another header; whether the seventh, a right one, has to wait. */
async function isHeldUp(gateway: TestGateway, forwardedFor: (n: number) => string): Promise<boolean> {
  for (let n = 0; n < 6; n++) expect(await logIn(gateway, forwardedFor(n), `wrong ${n}`)).toBe(401);
  return (await logIn(gateway, forwardedFor(6), PASSWORD)) === 429;
}

describe("wrong passwords", () => {
  test("behind a trusted proxy hold up their own visitor and nobody else", async () => {
    const gateway = await gatewayFor([], { ...READY, trusted_proxies: THIS_MACHINE });
    expect(await isHeldUp(gateway, () => "203.0.113.1")).toBe(true);
    expect(await logIn(gateway, "203.0.113.2", PASSWORD)).toBe(200);
    const browser = openBrowser(gateway.url, { "x-forwarded-for": "203.0.113.3" });
    await browser.call("POST /session", { body: { password: PASSWORD } });
    const { rows } = (await browser.call("GET /audit")).body;
    expect(rows.slice(0, 2).map(({ peer }: { peer: string }) => peer)).toEqual(["203.0.113.3", "203.0.113.2"]);
  });

  test("are not escaped by writing other addresses into the header", async () => {
    const forged = (n: number) => `203.0.113.${n}`;
    expect(await isHeldUp(await gatewayFor([], READY), forged)).toBe(true);
    const elsewhere = await gatewayFor([], { ...READY, trusted_proxies: ["10.0.0.0/8"] });
    expect(await isHeldUp(elsewhere, forged)).toBe(true);
    // What a client has written stands before what the proxy has seen.
    const behind = await gatewayFor([], { ...READY, trusted_proxies: THIS_MACHINE });
    expect(await isHeldUp(behind, (n) => `${forged(n)}, 198.51.100.7`)).toBe(true);
  });

  test("and nobody becomes local by the header, trusted or not", async () => {
    for (const trusted of [[], THIS_MACHINE]) {
      const gateway = await gatewayFor([], { ...READY, trusted_proxies: trusted });
      const browser = openBrowser(gateway.url, { "x-forwarded-for": "127.0.0.1" });
      expect((await browser.call("GET /session")).body.local).toBe(false);
    }
  });
});

test("each visitor behind a trusted proxy has a share of its own of what may be under way", async () => {
  const slow = simulator({ stallBeforeHeadMs: 300 });
  for (const trusted of [[], THIS_MACHINE]) {
    const before = slow.requestCount;
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", slow.url)], {
      allow_anonymous_lan: true,
      trusted_proxies: trusted,
      limits: { max_inflight_per_client: 1 },
    });
    const ask = (n: number) =>
      send(gateway.url, clientCall("anthropic", { stream: false }), { "x-forwarded-for": `203.0.113.${n}` });
    const first = ask(1);
    await until("the first is under way", () => slow.requestCount === before + 1);
    expect([(await ask(1)).status, (await ask(2)).status]).toEqual(trusted.length > 0 ? [429, 200] : [429, 429]);
    expect((await first).status).toBe(200);
  }
});
