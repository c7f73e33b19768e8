// Takes configured secrets out of log lines, in the spellings in which they turn up: plain, inside JSON, URL-encoded,
// and in the base64 of anything around them. The search (Wu and Manber's) skips most of a line, however many there are.

/** Shortest secret that is looked for: shorter ones cannot be told from ordinary text (`none`, `test`, `1234567`). */
export const MIN_SECRET_LENGTH = 8;

/** Returns a line with `***` in place of every secret. */
export type LineRedactor = (line: string) => string;

/** Characters at the start of a secret by which it is found; no needle is shorter. */
const WINDOW = 8;
/** Characters that decide how far the window may move. */
const BLOCK = 3;
const MAX_SHIFT = WINDOW - BLOCK + 1;
const TABLE_MASK = 0xffff;

/** Prepares the search; `secrets` may hold doubles and short texts, which are left out. */
export function createLineRedactor(secrets: readonly string[]): LineRedactor {
  const needles = new Map<string, string[]>();
  const shifts = new Uint8Array(TABLE_MASK + 1).fill(MAX_SHIFT);
  for (const needle of new Set(secrets.filter(isLongEnough).flatMap(spellings))) {
    if (needle.length < WINDOW) continue;
    const start = needle.slice(0, WINDOW);
    const bucket = needles.get(start);
    if (bucket) bucket.push(needle);
    else needles.set(start, [needle]);
    for (let at = 0; at <= WINDOW - BLOCK; at += 1) {
      const block = hashBlock(needle, at);
      shifts[block] = Math.min(shifts[block] ?? 0, WINDOW - BLOCK - at);
    }
  }
  // The longest first: one key may be the beginning of another.
  for (const bucket of needles.values()) bucket.sort((a, b) => b.length - a.length);
  if (needles.size === 0) return (line) => line;

  return (line) => {
    const last = line.length - WINDOW;
    let result = "";
    let kept = 0;
    for (let at = 0; at <= last; ) {
      const shift = shifts[hashBlock(line, at + WINDOW - BLOCK)] ?? 1;
      if (shift > 0) {
        at += shift;
        continue;
      }
      const length = matchAt(line, at, needles.get(line.slice(at, at + WINDOW)));
      if (length > 0) {
        result += `${line.slice(kept, at)}***`;
        kept = at + length;
      }
      at += Math.max(length, 1);
    }
    return kept === 0 ? line : result + line.slice(kept);
  };
}

function hashBlock(text: string, at: number): number {
  return ((text.charCodeAt(at) << 10) ^ (text.charCodeAt(at + 1) << 5) ^ text.charCodeAt(at + 2)) & TABLE_MASK;
}

function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_SECRET_LENGTH;
}

function matchAt(line: string, at: number, bucket: readonly string[] | undefined): number {
  if (bucket) for (const needle of bucket) if (line.startsWith(needle, at)) return needle.length;
  return 0;
}

function spellings(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const lower = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  // JSON inside JSON inside a quoted field: keys may hold quotes and backslashes.
  const once = escapeForJson(secret);
  const twice = escapeForJson(once);
  return [secret, once, twice, escapeForJson(twice), encoded, lower, ...base64Spellings(secret)];
}

function escapeForJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * The part of the base64 text that depends on the secret alone, for each of the three ways in which its bytes may
 * fall on the groups of three; both alphabets.
 */
function base64Spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const isCut = (offset + bytes.length) % 3 !== 0;
    const inner = text.slice(offset === 0 ? 0 : offset + 1, isCut ? -1 : undefined);
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
