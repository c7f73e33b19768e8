import { expect, test } from "bun:test";
import { generateProtocolDocs } from "./generate-protocol-docs.ts";
import { collectTraps, NOT_TESTED, TRAP_COUNT } from "./protocol-docs/traps.ts";

const ROOT = `${import.meta.dir}/..`;

test("the protocol tables are what the code does; run scripts/generate-protocol-docs.ts", async () => {
  for (const [path, content] of await generateProtocolDocs()) {
    const file = Bun.file(`${ROOT}/${path}`);
    expect((await file.exists()) ? await file.text() : `${path} is missing`).toBe(content);
  }
});

test("every numbered trap has a test that names it, or a reason", async () => {
  const found = await collectTraps(ROOT);
  for (const key of ["messages", "gemini"] as const) {
    const missing: number[] = [];
    for (let number = 1; number <= TRAP_COUNT; number++) {
      if (!found[key].has(number) && NOT_TESTED[key][number] === undefined) missing.push(number);
    }
    expect({ key, missing }).toEqual({ key, missing: [] });
  }
});
