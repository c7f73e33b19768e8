// Makes an upstream's spans children of our attempt's.

import { formatTraceparent, type TraceContext } from "../core/trace-context.ts";
import type { Random } from "../lib/random.ts";
import { randomHex } from "../lib/random.ts";

/** Adds the trace's headers to a call's, where requests are traced; returns the id of the attempt's span. */
export function beginSpan(
  trace: TraceContext | undefined,
  random: Random,
  headers: Record<string, string>,
): string | undefined {
  if (!trace) return undefined;
  const spanId = randomHex(random, 16);
  headers["traceparent"] = formatTraceparent(trace, spanId);
  if (trace.state !== undefined) headers["tracestate"] = trace.state;
  return spanId;
}
