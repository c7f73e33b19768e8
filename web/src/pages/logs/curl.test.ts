import { describe, expect, test } from "bun:test";
import { curlCommand } from "./curl.ts";
import { sampleAttempt } from "./sample-log.ts";

/** What a POSIX shell makes of a command, with curl replaced by a program that prints its arguments. */
function argumentsOf(command: string, env: Record<string, string> = {}): string[] {
  const script = `curl() { for a in "$@"; do printf '%s\\0' "$a"; done; }\n${command}`;
  const { stdout } = Bun.spawnSync(["sh", "-c", script], { env });
  return stdout.toString().split("\0").slice(0, -1);
}

describe("curl command", () => {
  test("keeps body and headers through the shell and leaves the key to a variable", () => {
    const body = `{"text":"it's $HOME \`id\` \\n \\"quoted\\" 你好"}`;
    const { text, bodyIsIncomplete } = curlCommand(
      sampleAttempt({
        request_headers: {
          authorization: "Bearer sk-secret-1234567890",
          "anthropic-beta": "a,b",
          "content-length": "9",
          host: "x",
        },
        request_body: body,
      }),
    );
    expect(text).not.toContain("sk-secret");
    expect(argumentsOf(text, { UPSTREAM_KEY: "filled in" })).toEqual([
      "-gN",
      "https://alpha.example/v1/messages",
      "-H",
      "authorization: Bearer filled in",
      "-H",
      "anthropic-beta: a,b",
      "--data-raw",
      body,
    ]);
    expect(bodyIsIncomplete).toBe(false);
  });

  test.each([
    { protocol: "anthropic", header: "x-api-key: K" },
    { protocol: "gemini", header: "x-goog-api-key: K" },
    { protocol: "openai-chat", header: "authorization: Bearer K" },
  ] as const)("names the key's header of $protocol when none was recorded", ({ protocol, header }) => {
    const { text, bodyIsIncomplete } = curlCommand(sampleAttempt({ protocol }));
    expect(argumentsOf(text, { UPSTREAM_KEY: "K" })).toContain(header);
    expect(bodyIsIncomplete).toBe(true);
  });

  test("masked values of other headers become a variable too", () => {
    const { text } = curlCommand(sampleAttempt({ request_headers: { "x-team-token": "abcd…wxyz" } }));
    expect(argumentsOf(text, { SECRET: "S" })).toContain("x-team-token: S");
  });

  test("a key in the address is left out", () => {
    const { text } = curlCommand(sampleAttempt({ url: "https://g.example/v1?alt=sse&key=AIza123&x=1" }));
    expect(text).not.toContain("AIza");
    expect(text).toContain("alt=sse&key=***&x=1");
  });

  test("says when only the beginning of the body was recorded", () => {
    const cut = curlCommand(sampleAttempt({ request_body: '{"a":"… (20000 bytes)' }));
    expect(cut.bodyIsIncomplete).toBe(true);
  });
});
