// Reads whole answers: to convert them, or only to see what is in them while their bytes are passed on as they are.

import { parseMessage } from "../core/json-depth.ts";
import type { IrResponse } from "../core/response.ts";
import type { WireError } from "../core/wire-error.ts";
import { withoutByteOrderMark } from "../lib/byte-order-mark.ts";
import type { DecodeContext, Protocol } from "../protocols/protocol.ts";

type Decoded = IrResponse | { readonly error: WireError };

/** The answer, or the error that the body is. */
export function decodeAnswer(protocol: Protocol, decodeContext: DecodeContext, bytes: Buffer): Decoded {
  return decodeText(protocol, decodeContext, bytes.toString("utf8"), parseMessage);
}

/**
 * As `decodeAnswer`, but texts that are not ASCII may come out wrong; errors and counts do not. Each byte is taken for
 * a character, which makes strings of half the size that are read in half the time: all that makes JSON is ASCII, and
 * no part of another letter looks like it.
 */
export function lookIntoAnswer(protocol: Protocol, decodeContext: DecodeContext, bytes: Buffer): Decoded {
  const seen = decodeText(protocol, decodeContext, bytes.toString("latin1"), JSON.parse);
  const isExact = !("error" in seen) && !NOT_ASCII.test(seen.usage?.serviceTier ?? "");
  return isExact ? seen : decodeAnswer(protocol, decodeContext, bytes);
}

const NOT_ASCII = /[^\0-\x7f]/;

function decodeText(
  protocol: Protocol,
  decodeContext: DecodeContext,
  text: string,
  parse: (text: string) => unknown,
): Decoded {
  let body: unknown;
  try {
    body = parse(withoutByteOrderMark(text));
  } catch {
    return { error: { message: "upstream's answer is not valid JSON", malformed: true } };
  }
  return protocol.decodeResponse(body, decodeContext);
}
