// W3C trace context: which trace a request belongs to.
// @source W3C Trace Context Level 1, https://www.w3.org/TR/trace-context/, seen 2026-11

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** Of our own span for the request, 16 hex digits. */
  readonly spanId: string;
  /** Of the caller's span; undefined when the trace begins here. */
  readonly parentSpanId: string | undefined;
  /** Whether the trace is recorded; the caller decides. */
  readonly isSampled: boolean;
  /** Vendors' part, passed on as it came. */
  readonly state: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_STATE = 512;

/**
 * Continues the trace of the caller's headers, or begins one. `randomHex` gives so many random hex digits. What is not
 * a valid `traceparent` is ignored, as the standard says.
 */
export function beginTrace(
  traceparent: string | null,
  tracestate: string | null,
  randomHex: (digits: number) => string,
): TraceContext {
  const spanId = randomHex(16);
  const match = TRACEPARENT.exec(traceparent?.trim() ?? "");
  const [, version, traceId = "", parentSpanId = "", flags = "", more] = match ?? [];
  const isValid =
    match !== null &&
    version !== "ff" &&
    (version !== "00" || more === undefined) &&
    !/^0+$/.test(traceId) &&
    !/^0+$/.test(parentSpanId);
  if (!isValid) return { traceId: randomHex(32), spanId, parentSpanId: undefined, isSampled: true, state: undefined };
  const isState = tracestate !== null && tracestate.length <= MAX_STATE && /^[\x20-\x7e]+$/.test(tracestate);
  return {
    traceId,
    spanId,
    parentSpanId,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: isState ? tracestate : undefined,
  };
}

/** The header for a call made from span `spanId` of this trace. */
export function formatTraceparent(trace: TraceContext, spanId: string): string {
  return `00-${trace.traceId}-${spanId}-${trace.isSampled ? "01" : "00"}`;
}
