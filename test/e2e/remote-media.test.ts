// Remote pictures: passed on by default, fetched only when the operator says so, and never from inside the network.

import { expect, test } from "bun:test";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway } from "../support/gateway.ts";
import { clientCall, send } from "./support/client-calls.ts";
import { upstreamEntry } from "./support/upstreams.ts";

for (const inline of [false, true]) {
  test(`gemini trap 59: a private picture address is never asked for, remote_media.inline ${inline}`, async () => {
    let asked = 0;
    const inside = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch() {
        asked += 1;
        return new Response("secret", { headers: { "content-type": "image/png" } });
      },
    });
    const upstream = startSimulator({ plan: {} });
    const gateway = await startGateway({
      upstreams: [upstreamEntry("up", "gemini", upstream.url)],
      config: { remote_media: { inline } },
    });
    const url = `https://127.0.0.1:${inside.port}/a.png`;
    const base = clientCall("anthropic", { stream: false });
    const content = [
      { type: "image", source: { type: "url", url } },
      { type: "text", text: "what is this?" },
    ];
    const answer = await send(gateway.url, { ...base, body: { ...base.body, messages: [{ role: "user", content }] } });
    await gateway.stop();
    upstream.stop();
    await inside.stop(true);
    expect(answer.status).toBe(200);
    expect(asked).toBe(0);
    expect(Buffer.from(upstream.requests[0]?.body ?? []).toString()).toContain(url);
    const losses = gateway.records[0]?.losses.map((loss) => loss.feature) ?? [];
    expect(losses.includes("remote-media")).toBe(inline);
  });
}
