// The console's files in one: what scripts/build-web.ts writes, what the binary carries and what the server
// reads at start. Layout: four bytes with the length of the index (little-endian), the index as JSON, the
// files' bytes one after the other.

/** One file of the console. */
export interface ConsoleFile {
  /** Path below `/admin-ui/`: `index.html`, `assets/main-1a2b3c4d.js`. */
  readonly path: string;
  readonly contentType: string;
  /** First 16 hex digits of the content's SHA-256. */
  readonly hash: string;
  /** Its name holds a hash of the content, so that it may be kept for ever. */
  readonly isImmutable: boolean;
  readonly identity: Uint8Array;
  /** Absent where compressing gains nothing. */
  readonly gzip?: Uint8Array | undefined;
  readonly br?: Uint8Array | undefined;
}

interface IndexEntry {
  readonly path: string;
  readonly contentType: string;
  readonly hash: string;
  readonly isImmutable: boolean;
  /** Lengths, in the order in which the bytes follow; 0 for an encoding that is not there. */
  readonly lengths: readonly [identity: number, gzip: number, br: number];
}

/** Puts the files into one. */
export function encodeConsolePack(files: readonly ConsoleFile[]): Uint8Array<ArrayBuffer> {
  const index: IndexEntry[] = files.map(({ path, contentType, hash, isImmutable, identity, gzip, br }) => ({
    path,
    contentType,
    hash,
    isImmutable,
    lengths: [identity.length, gzip?.length ?? 0, br?.length ?? 0],
  }));
  const head = new TextEncoder().encode(JSON.stringify(index));
  const bodies = files.flatMap(({ identity, gzip, br }) => [identity, gzip, br]);
  const total = bodies.reduce((sum, body) => sum + (body?.length ?? 0), 4 + head.length);
  const pack = new Uint8Array(total);
  new DataView(pack.buffer).setUint32(0, head.length, true);
  pack.set(head, 4);
  let offset = 4 + head.length;
  for (const body of bodies) {
    if (!body) continue;
    pack.set(body, offset);
    offset += body.length;
  }
  return pack;
}

/** Takes them apart again; the files share the pack's memory. Throws when the bytes are not a whole pack. */
export function decodeConsolePack(pack: Uint8Array): ConsoleFile[] {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const headLength = view.getUint32(0, true);
  // Written by encodeConsolePack; damage shows as a parse error or a wrong total below.
  const index = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + headLength))) as IndexEntry[];
  let offset = 4 + headLength;
  const take = (length: number): Uint8Array => {
    const body = pack.subarray(offset, offset + length);
    offset += length;
    return body;
  };
  const files = index.map(({ lengths, ...entry }) => {
    const [identity, gzip, br] = lengths.map(take);
    return {
      ...entry,
      identity: identity as Uint8Array,
      gzip: gzip?.length ? gzip : undefined,
      br: br?.length ? br : undefined,
    };
  });
  if (offset !== pack.length) throw new Error(`console pack: expected ${offset} bytes, found ${pack.length}`);
  return files;
}
