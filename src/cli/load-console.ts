// Finds the built console: inside the compiled program, or below dist/ of a checkout.

import { existsSync } from "node:fs";
import { join } from "node:path";

const PACK_NAME = "console.pack";

/** The console's files, as scripts/build-web.ts packed them; undefined when it was not built. Throws when they cannot be read. */
export async function loadConsole(): Promise<Uint8Array | undefined> {
  const embedded = Bun.embeddedFiles.find((file) => "name" in file && String(file.name).endsWith(PACK_NAME));
  if (embedded) return new Uint8Array(await embedded.arrayBuffer());
  const path = join(import.meta.dir, "../../dist/web", PACK_NAME);
  return existsSync(path) ? await Bun.file(path).bytes() : undefined;
}
