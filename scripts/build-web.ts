// Builds the console: web/ becomes dist/web/console.pack, all files compressed in one, which the server reads
// at start and the binary carries. The old pack stays until the new one is whole. Needs web/node_modules.

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { encodeConsolePack } from "../src/admin/console-pack.ts";
import { bundleConsole } from "./web/bundle.ts";
import { compressFile } from "./web/compress.ts";

const root = join(import.meta.dir, "..");
const target = join(root, "dist/web/console.pack");
const draft = `${target}.${process.pid}`;

const started = performance.now();
try {
  const files = (await bundleConsole(join(root, "web"))).map(compressFile);
  mkdirSync(join(root, "dist/web"), { recursive: true });
  await Bun.write(draft, encodeConsolePack(files));
  renameSync(draft, target);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`dist/web/console.pack: ${files.length} files, built in ${seconds} s`);
} catch (error) {
  rmSync(draft, { force: true });
  const details = error instanceof AggregateError ? error.errors : [error];
  for (const detail of details)
    console.error(`build-web: ${detail instanceof Error ? detail.message : String(detail)}`);
  process.exitCode = 1;
}
