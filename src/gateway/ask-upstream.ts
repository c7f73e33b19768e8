// Small questions to upstreams beside generation: one JSON answer, a strict time limit, no part in breakers or fail-over.

import type { ResponseHead, TransportFailure, TransportRequest } from "../upstream/transport.ts";
import type { GatewayDeps } from "./context.ts";
import { WholeBody } from "./whole-body.ts";

export interface UpstreamQuestion {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: TransportRequest["body"];
  /** For everything from connecting to the last byte. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Gives up as soon as this fires. */
  readonly signal?: AbortSignal | undefined;
}

export type UpstreamAnswer =
  /** `body` is the parsed JSON, undefined when it was none. */
  | { readonly type: "answer"; readonly status: number; readonly body: unknown }
  /** No whole answer in time: connection failure, else time-out, too many bytes, or given up. */
  | { readonly type: "none"; readonly failure?: TransportFailure };

const NONE: UpstreamAnswer = { type: "none" };

/** Asks. Never rejects; every exchange is over once it resolves. */
export function askUpstream(deps: Pick<GatewayDeps, "transport">, question: UpstreamQuestion): Promise<UpstreamAnswer> {
  const { method, url, headers, body, timeoutMs, signal } = question;
  return new Promise((resolve) => {
    const whole = new WholeBody(question.maxBytes);
    let head: ResponseHead | undefined;
    const timer = setTimeout(giveUp, timeoutMs);
    const exchange = deps.transport.send(
      { method, url, headers, body, connectTimeoutMs: timeoutMs },
      {
        onHead: (received) => {
          head = received;
        },
        onData: (chunk) => {
          if (!whole.push(chunk)) giveUp();
        },
        onEnd: () => done(head ? { type: "answer", status: head.status, body: parse(whole.bytes()) } : NONE),
        onFailure: (failure) => done({ type: "none", failure }),
      },
    );
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });

    function giveUp(): void {
      done(NONE);
    }

    function done(answer: UpstreamAnswer): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      exchange.abort();
      resolve(answer);
    }
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined; // callers look for fields in it and find none
  }
}
