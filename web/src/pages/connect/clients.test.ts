import { expect, test } from "bun:test";
import { CLIENTS, type ConnectValues } from "./clients.ts";

const VALUES: ConnectValues = { baseUrl: "http://10.0.0.5:1999", key: "sk-abc", model: "gpt-5", os: "unix" };
const guide = (id: string) => {
  const found = CLIENTS.find((client) => client.id === id);
  if (!found) throw new Error(`no client ${id}`);
  return found;
};

test("every client gets address and key filled in", () => {
  for (const client of CLIENTS) {
    const shown = JSON.stringify([client.snippets(VALUES), client.settings?.(VALUES)]);
    expect({ id: client.id, hasAddress: shown.includes("10.0.0.5:1999"), hasKey: shown.includes("sk-abc") }).toEqual({
      id: client.id,
      hasAddress: true,
      hasKey: true,
    });
    expect({ id: client.id, hasModel: shown.includes("gpt-5") }).toEqual({ id: client.id, hasModel: client.usesModel });
  }
});

test("the version segment is there where a client does not add it itself, and only there", () => {
  const shown = (id: string) => JSON.stringify([guide(id).snippets(VALUES), guide(id).settings?.(VALUES)]);
  for (const id of ["codex", "opencode", "qwen-code", "cline", "chatbox", "lobehub"])
    expect({ id, has: shown(id).includes("10.0.0.5:1999/v1") }).toEqual({ id, has: true });
  for (const id of ["claude-code", "gemini-cli", "cherry-studio", "nextchat"])
    expect({ id, has: shown(id).includes("/v1") }).toEqual({ id, has: false });
});

test("commands fit the system", () => {
  expect(guide("claude-code").snippets(VALUES)[0]?.text).toBe(
    "export ANTHROPIC_BASE_URL=http://10.0.0.5:1999\nexport ANTHROPIC_AUTH_TOKEN=sk-abc\nclaude",
  );
  expect(guide("claude-code").snippets({ ...VALUES, os: "windows" })[0]?.text).toBe(
    "$env:ANTHROPIC_BASE_URL = 'http://10.0.0.5:1999'\n$env:ANTHROPIC_AUTH_TOKEN = 'sk-abc'\nclaude",
  );
});

test("odd characters in a value cannot break out of the command", () => {
  const odd = { ...VALUES, key: "a'b; rm -rf $HOME" };
  expect(guide("claude-code").snippets(odd)[0]?.text).toContain(`export ANTHROPIC_AUTH_TOKEN='a'\\''b; rm -rf $HOME'`);
  expect(guide("claude-code").snippets({ ...odd, os: "windows" })[0]?.text).toContain("'a''b; rm -rf $HOME'");
});

test("files are valid JSON whatever the model is called", () => {
  const text = guide("opencode").snippets({ ...VALUES, model: 'we"ird\\' })[0]?.text ?? "";
  expect(JSON.parse(text)).toMatchObject({ model: 'apirouter/we"ird\\' });
});

test("the request for Windows needs no program that PowerShell's versions quote for differently", () => {
  const request = guide("sdk").snippets({ ...VALUES, key: "it's", os: "windows" })[0];
  expect(request?.title).toBe("PowerShell");
  expect(request?.text).toContain("@{ Authorization = 'Bearer it''s' }");
  expect(request?.text).toContain(`-Body '{"model":"gpt-5","messages":[{"role":"user","content":"Hello"}]}'`);
});
