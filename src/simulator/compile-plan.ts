// Turns a plan and a request into the exact writes, waits and ending that a connection performs.
// No sockets and no clock here: the same plan and request always give the same acts.

import { type ContentOptions, contentOf, type SimContent } from "./content.ts";
import { cutBytes, toBytes } from "./cut-bytes.ts";
import type { SimEnding, SimPlan } from "./script.ts";
import { shapeStream } from "./shape-stream.ts";
import type { SimRequest } from "./sim-request.ts";

/** One step of a connection. */
export type Act =
  /** `events` whole stream events are complete with these bytes. */
  | { readonly type: "write"; readonly bytes: Uint8Array; readonly events: number }
  /** 0 yields to the event loop, `Infinity` waits until the client leaves. */
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "end"; readonly how: "keep-alive" | "fin" | "rst" };

/** The acts that answer one request. */
export interface CompiledPlan {
  readonly status: number | undefined;
  readonly acts: readonly Act[];
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly waitMs: number | undefined;
}

/** A reset may overtake data that the client has not read yet; this gives it time to read. */
const SETTLE_MS = 20;
const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** Compiles a plan. */
export function compilePlan(plan: SimPlan, request: SimRequest, options: ContentOptions): CompiledPlan {
  const acts: Act[] = [];
  if (plan.stallBeforeHeadMs !== undefined) acts.push({ type: "wait", ms: plan.stallBeforeHeadMs });
  if (plan.cutBeforeHead) return { status: undefined, acts: [...acts, { type: "end", how: plan.cutBeforeHead }] };
  if (plan.garbage !== undefined) {
    acts.push({ type: "write", bytes: toBytes(plan.garbage), events: 0 }, { type: "end", how: "fin" });
    return { status: undefined, acts };
  }
  const content = contentOf(plan, request, options);
  const { pieces, ending } = content.frames ? streamPieces(plan, content, request) : bodyPieces(plan, content, request);
  const framing = plan.framing ?? (content.frames ? "chunked" : "length");
  const announced = pieces.announced + (plan.shortBody ? 64 : 0);
  acts.push({ type: "write", bytes: headBytes(content, framing, announced, plan.closeAfter === true), events: 0 });
  if (plan.firstByteDelayMs !== undefined) acts.push({ type: "wait", ms: plan.firstByteDelayMs });
  for (const piece of pieces.list) {
    if (piece.waitMs !== undefined) acts.push({ type: "wait", ms: piece.waitMs });
    const bytes = framing === "chunked" ? chunk(piece.bytes) : piece.bytes;
    acts.push({ type: "write", bytes, events: piece.events });
  }
  const isOpenEnded = framing === "close" || plan.closeAfter === true || plan.shortBody === true;
  acts.push(...endingActs(ending, framing === "chunked", isOpenEnded));
  return { status: content.status, acts: joinWrites(acts) };
}

interface Pieces {
  readonly list: readonly Piece[];
  /** Value of `content-length` under that framing. */
  readonly announced: number;
}

type Ending = SimEnding | "stall" | undefined;

function streamPieces(plan: SimPlan, content: SimContent, request: SimRequest): { pieces: Pieces; ending: Ending } {
  const frames = content.frames ?? [];
  const shaped = shapeStream(plan, frames, request.route);
  const full = frames.reduce((total, frame) => total + Buffer.byteLength(frame.text), 0);
  const list = isRecut(plan)
    ? recut(plan, Buffer.concat(shaped.frames))
    : shaped.frames.map((bytes) => ({
        bytes,
        events: 1,
        waitMs: plan.eventDelayMs ?? (plan.cut === "events" ? 0 : undefined),
      }));
  const sent = list.reduce((total, piece) => total + piece.bytes.length, 0);
  return {
    pieces: { list, announced: shaped.ending === "clean" || !shaped.ending ? sent : Math.max(full, sent + 1) },
    ending: shaped.ending,
  };
}

/** A whole body; a cut or a stall comes in its middle. */
function bodyPieces(plan: SimPlan, content: SimContent, request: SimRequest): { pieces: Pieces; ending: Ending } {
  const whole = content.body ?? Buffer.alloc(0);
  const ending = plan.cutAfterEvents?.how ?? (plan.stallAfterEvents !== undefined ? "stall" : undefined);
  const isHalf = plan.truncateJson === true || ending !== undefined;
  const sent = isHalf ? whole.subarray(0, Math.floor(whole.length / 2)) : whole;
  const announced = ending === undefined || ending === "clean" ? sent.length : whole.length;
  if (request.method === "HEAD" || sent.length === 0) return { pieces: { list: [], announced }, ending };
  const list = isRecut(plan) ? recut(plan, sent) : [{ bytes: sent, events: 0, waitMs: undefined }];
  return { pieces: { list, announced }, ending };
}

function isRecut(plan: SimPlan): boolean {
  return plan.drip !== undefined || (plan.cut !== undefined && plan.cut !== "events");
}

function recut(plan: SimPlan, bytes: Uint8Array): Piece[] {
  const waitMs = plan.drip?.everyMs ?? 0;
  return cutBytes(bytes, plan.drip?.bytes ?? plan.cut ?? "bytes").map((piece) => ({ bytes: piece, events: 0, waitMs }));
}

function endingActs(ending: Ending, isChunked: boolean, isOpenEnded: boolean): Act[] {
  if (ending === "stall") return [{ type: "wait", ms: Number.POSITIVE_INFINITY }];
  if (ending === "rst") {
    return [
      { type: "wait", ms: SETTLE_MS },
      { type: "end", how: "rst" },
    ];
  }
  if (ending === "fin") return [{ type: "end", how: "fin" }];
  const acts: Act[] = isChunked ? [{ type: "write", bytes: LAST_CHUNK, events: 0 }] : [];
  return [...acts, { type: "end", how: isOpenEnded ? "fin" : "keep-alive" }];
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

function headBytes(
  content: SimContent,
  framing: "chunked" | "length" | "close",
  length: number,
  closes: boolean,
): Buffer {
  let head = `HTTP/1.1 ${content.status} ${REASONS[content.status] ?? "Status"}\r\n`;
  for (const [name, value] of Object.entries(content.headers)) head += `${name}: ${value}\r\n`;
  if (framing === "chunked") head += "transfer-encoding: chunked\r\n";
  else if (framing === "length") head += `content-length: ${length}\r\n`;
  head += closes || framing === "close" ? "connection: close\r\n" : "connection: keep-alive\r\n";
  return Buffer.from(`${head}\r\n`, "latin1");
}

function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]);
}

/** Writes with nothing between them become one. */
function joinWrites(acts: readonly Act[]): Act[] {
  const joined: Act[] = [];
  let run: Uint8Array[] = [];
  let events = 0;
  for (const act of acts) {
    if (act.type === "write") {
      run.push(act.bytes);
      events += act.events;
      continue;
    }
    if (run.length > 0) joined.push({ type: "write", bytes: Buffer.concat(run), events });
    run = [];
    events = 0;
    joined.push(act);
  }
  return joined;
}
