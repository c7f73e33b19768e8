// Status and body of one raw request to any address, for tests of what sits below HTTP libraries.

import { rawExchangeAt, splitAnswer } from "./raw-client.ts";

export interface RawAsk {
  readonly address: string;
  readonly port: number;
  readonly method?: string;
  readonly target: string;
  /** Whole header lines. */
  readonly lines: readonly string[];
  readonly body?: string;
}

/** Sends the request with `connection: close`; status 0 when the connection was closed without an answer. */
export async function rawStatus(ask: RawAsk): Promise<{ status: number; head: string; body: string }> {
  const { address, port, method = "GET", target, lines, body = "" } = ask;
  const all = [...lines, "connection: close", ...(body === "" ? [] : [`content-length: ${Buffer.byteLength(body)}`])];
  const raw = `${method} ${target} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${body}`;
  return splitAnswer(await rawExchangeAt(address, port, raw));
}
