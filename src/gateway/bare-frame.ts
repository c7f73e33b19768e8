// Frames for clients that read nothing but one `data:` line per frame and drop a frame that begins with anything else.

import { sseData } from "../lib/sse.ts";

const LF = 0x0a;
const LETTER_D = 0x64;
/** Most bytes that may follow the first line: the blank line, as LF or CR LF. */
const BLANK_LINE = 2;

/** A frame with its data in one line and nothing else; the same bytes where it is so already. `data` is not empty. */
export function bareFrame(raw: Uint8Array, data: string): Uint8Array {
  const lineEnd = raw[0] === LETTER_D ? raw.indexOf(LF) : -1;
  if (lineEnd >= 0 && raw.length - lineEnd - 1 <= BLANK_LINE) return raw;
  // In JSON a line break outside of strings is white space, and there is none inside.
  return Buffer.from(sseData(data.replaceAll("\n", " ")));
}
