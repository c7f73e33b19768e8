// Applies the faults that have a place inside a stream: cuts, stalls, error events, junk, doubled ends.

import type { FramePart, SimFrame } from "./answer.ts";
import { toBytes } from "./cut-bytes.ts";
import { renderError, renderFailedResponse } from "./render-error.ts";
import type { SimRoute } from "./route.ts";
import type { SimEnding, SimErrorEvent, SimPlan, StreamPoint } from "./script.ts";

/** The bytes of every frame to send, and how the stream ends; undefined means properly. */
export interface ShapedStream {
  readonly frames: readonly Uint8Array[];
  readonly ending: SimEnding | "stall" | undefined;
}

/** Shapes a stream. Places count in the unharmed stream. */
export function shapeStream(plan: SimPlan, frames: readonly SimFrame[], route: SimRoute): ShapedStream {
  const extended = [...frames];
  const endAt = resolvePoint(frames, "before-end");
  if (plan.duplicateTerminal) extended.push(...frames.slice(endAt));
  const kept = keepFrames(plan, extended, frames, route);
  const list: Uint8Array[] = kept.frames.map((frame) => Buffer.from(frame.text));
  if (plan.oversizedEventBytes !== undefined && endAt <= list.length) {
    list.splice(endAt, 0, Buffer.from(oversizedFrame(route, plan.oversizedEventBytes)));
  }
  if (plan.garbageAt) {
    const at = resolvePoint(frames, plan.garbageAt.at);
    if (at <= list.length) list.splice(at, 0, toBytes(plan.garbageAt.bytes));
  }
  return { frames: list, ending: kept.ending };
}

function keepFrames(
  plan: SimPlan,
  extended: readonly SimFrame[],
  frames: readonly SimFrame[],
  route: SimRoute,
): { frames: readonly SimFrame[]; ending: ShapedStream["ending"] } {
  if (plan.errorEventAt) {
    const at = resolvePoint(frames, plan.errorEventAt.at);
    const texts = errorFrames(plan.errorEventAt, plan.errorMessage, frames, route);
    const errors = texts.map((text) => ({ part: "end" as const, text }));
    return { frames: [...frames.slice(0, at), ...errors], ending: plan.errorEventAt.then ?? "clean" };
  }
  if (plan.cutAfterEvents) {
    return { frames: frames.slice(0, resolvePoint(frames, plan.cutAfterEvents.at)), ending: plan.cutAfterEvents.how };
  }
  if (plan.stallAfterEvents !== undefined)
    return { frames: frames.slice(0, resolvePoint(frames, plan.stallAfterEvents)), ending: "stall" };
  return { frames: extended, ending: undefined };
}

/** Number of frames before a point. */
export function resolvePoint(frames: readonly SimFrame[], point: StreamPoint): number {
  if (typeof point === "number") return Math.max(0, Math.min(point, frames.length));
  const firstEnd = frames.findIndex((frame) => frame.part === "end");
  const beforeEnd = firstEnd < 0 ? frames.length : firstEnd;
  if (point === "before-end") return beforeEnd;
  if (point === "after-start") return frames.findLastIndex((frame) => frame.part === "start") + 1;
  const [place, part] = point.split("-") as ["in" | "after", "thinking" | "text" | "tool"];
  const end: FramePart = `${part}-end`;
  const endAt = frames.findIndex((frame) => frame.part === end);
  if (endAt < 0) return beforeEnd;
  if (place === "after") return endAt + 1;
  const first = frames.findIndex((frame) => frame.part === part);
  return first < 0 || first > endAt ? endAt : first + Math.ceil((endAt - first) / 2);
}

function errorFrames(
  error: SimErrorEvent,
  message: string | undefined,
  frames: readonly SimFrame[],
  route: SimRoute,
): string[] {
  const at = resolvePoint(frames, error.at);
  const reply = renderError(route.protocol, error.kind, message, at);
  if (route.framing === "json-array") return [`${at === 0 ? "[" : ",\r\n"}${JSON.stringify(reply.body)}\n]`];
  const form = route.protocol === "openai-responses" ? (error.form ?? "error") : "error";
  if (form === "error") return [reply.frame];
  const opening = (frames[0]?.text ?? "").replace(/^[^{]*/, "");
  return form === "failed"
    ? [renderFailedResponse(opening, reply.body, at)]
    : [reply.frame, renderFailedResponse(opening, reply.body, at + 1)];
}

function oversizedFrame(route: SimRoute, bytes: number): string {
  const padding = "a".repeat(Math.max(1, bytes));
  if (route.framing === "json-array") return `,\r\n{"padding":"${padding}"}\n`;
  if (route.protocol === "gemini" || route.protocol === "openai-chat")
    return `data: {"choices":[],"padding":"${padding}"}\n\n`;
  return `event: ping\ndata: {"type":"ping","padding":"${padding}"}\n\n`;
}
