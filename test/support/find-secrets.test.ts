import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findSecrets, secretsOf } from "./find-secrets.ts";

const KEY = "sk-upstream-0123456789";

test("keys of upstreams and clients are secrets, references and short ones are not", () => {
  const document = {
    upstreams: [{ keys: [KEY, "env:NAME_OF_A_VARIABLE", "file:some/long/path.txt", "short"] }, {}],
    client_keys: [{ key: "sk-client-0123456789" }, { hash: "55799ba2" }],
  };
  expect(secretsOf(document)).toEqual([KEY, "sk-client-0123456789"]);
  expect(secretsOf({})).toEqual([]);
});

test("secrets are found in lines and files, and may stand in the configuration and its history", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "apirouter-secrets-"));
  try {
    await mkdir(join(dataDir, "history"));
    for (const name of ["config.json", "config.json.bak", "history/1.json"]) await writeFile(join(dataDir, name), KEY);
    expect(await findSecrets([KEY], dataDir, ["all is well"])).toEqual([]);
    await writeFile(join(dataDir, "apirouter.db"), Buffer.from(`\0\xff${KEY}\0`, "latin1"));
    expect(await findSecrets([KEY], dataDir, [`calling with ${KEY}`])).toEqual([
      `the console line "calling with ${KEY}" holds sk-ups…`,
      "apirouter.db holds sk-ups…",
    ]);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
