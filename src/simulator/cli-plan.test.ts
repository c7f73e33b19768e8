import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSimulate, SCENARIOS, type SimulateOptions } from "./cli-plan.ts";

async function run(
  options: SimulateOptions,
  work: (url: string, lines: readonly string[]) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  const simulator = await runSimulate(options, (line) => lines.push(line));
  try {
    await work(simulator.url, lines);
  } finally {
    simulator.stop();
  }
}

const ask = (url: string, path = "/v1/messages", body = "{}"): Promise<Response> =>
  fetch(url + path, { method: "POST", body });

test("reports its URL and every request", async () => {
  await run({ scenario: "text" }, async (url, lines) => {
    await ask(url, "/v1/messages", '{"model":"m","stream":true}');
    expect(lines[0]).toContain(url);
    expect(lines[1]).toContain("POST /v1/messages anthropic generate stream model=m 27 bytes");
  });
});

test("an unknown scenario is refused with the known names", async () => {
  expect(runSimulate({ scenario: "nope" }, () => undefined)).rejects.toThrow("expected one of agent, text");
});

test("a format serves no other", async () => {
  await run({ scenario: "text", format: "anthropic" }, async (url) => {
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, "/v1/chat/completions")).status).toBe(404);
  });
});

test("failing goes through its failures", async () => {
  await run({ scenario: "failing" }, async (url) => {
    const statuses: (number | string)[] = [];
    for (let i = 0; i < 6; i++) {
      statuses.push(
        await ask(url).then(
          (response) => response.status,
          () => "reset",
        ),
      );
    }
    expect(statuses).toEqual([529, 500, 429, 401, "reset", 502]);
  });
});

test("a replay file answers every request", async () => {
  const folder = mkdtempSync(join(tmpdir(), "simulate-"));
  const file = join(folder, "exchange.json");
  writeFileSync(file, JSON.stringify({ request: {}, response: { status: 418, headers: {}, body: { tea: true } } }));
  await run({ replay: file }, async (url) => {
    const response = await ask(url);
    expect(response.status).toBe(418);
    expect(await response.json()).toEqual({ tea: true });
  });
  rmSync(folder, { recursive: true });
});

test.each(Object.keys(SCENARIOS).filter((name) => !["slow", "stalling", "cut", "drip"].includes(name)))(
  "scenario %s answers a stream request",
  async (name) => {
    await run({ scenario: name }, async (url) => {
      const response = await ask(url, "/v1/chat/completions", '{"model":"m","stream":true}');
      expect((await response.text()).length).toBeGreaterThan(0);
    });
  },
);
