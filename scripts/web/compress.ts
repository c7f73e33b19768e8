// Compresses a file of the console, once, so that the server never has to.

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { ConsoleFile } from "../../src/admin/console-pack.ts";
import type { BuiltFile } from "./bundle.ts";

/** Adds hash and compressed forms; a form that saves less than a tenth is left out. */
export function compressFile({ path, contentType, bytes }: BuiltFile): ConsoleFile {
  const worth = (packed: Uint8Array) => (packed.length < bytes.length * 0.9 ? packed : undefined);
  return {
    path,
    contentType,
    hash: new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 16),
    isImmutable: /-[a-z0-9]{8}\.[a-z0-9]+$/.test(path),
    identity: bytes,
    gzip: worth(gzipSync(bytes, { level: 9 })),
    br: worth(
      brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      }),
    ),
  };
}
