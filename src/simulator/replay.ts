// Plays a recorded exchange back as an upstream: same status, headers and bytes, cut as wanted.

import type { SimCut, SimPlan } from "./script.ts";

/** A recorded exchange, as far as replaying and comparing need it. */
export interface Recording {
  readonly id: string;
  /** Folder name: `anthropic`, `openai_chat`, `openai_responses`, `gemini`. */
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly features: readonly string[];
  readonly quirks: readonly string[];
  readonly fidelity: string;
  /** The source held no request: its body is null and its headers are empty. */
  readonly responseOnly: boolean;
  /** `json_array` for Gemini streams asked for without `alt=sse`. */
  readonly framing: string | undefined;
  readonly request: {
    readonly method: string;
    /** With query, without keys. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly stream: boolean;
    /** The answer's bytes as text: stream, JSON or page. */
    readonly text: string;
    /** The JSON body where there is one. */
    readonly body: unknown;
  };
}

/** Reads a recording. Throws with what is missing when the value is none. */
export function parseRecording(value: unknown): Recording {
  const root = fields(value, "recording");
  const request = fields(root["request"], "recording.request");
  const response = fields(root["response"], "recording.response");
  const raw = response["raw"] ?? response["text"];
  return {
    id: text(root["id"]),
    protocol: text(root["protocol"]),
    provider: text(root["provider"]),
    model: text(root["model"]),
    features: texts(root["features"]),
    quirks: texts(root["quirks"]),
    fidelity: text(root["fidelity"]),
    responseOnly: root["response_only"] === true,
    framing: typeof root["framing"] === "string" ? root["framing"] : undefined,
    request: {
      method: text(request["method"]),
      path: text(request["path"]),
      headers: headers(request["headers"]),
      body: request["body"],
    },
    response: {
      status: typeof response["status"] === "number" ? response["status"] : 200,
      headers: headers(response["headers"]),
      stream: response["stream"] === true,
      text: typeof raw === "string" ? raw : JSON.stringify(response["body"]),
      body: response["body"],
    },
  };
}

/** Reads a recording from a file. Throws when the file is missing or no recording. */
export async function loadRecording(path: string): Promise<Recording> {
  return parseRecording(await Bun.file(path).json());
}

/**
 * The plan that answers any request with the recording. Streams go out chunked, cut as `cut` says (whole when absent);
 * other bodies have their length announced.
 */
export function replayPlan(recording: Recording, cut?: SimCut): SimPlan {
  const { status, stream } = recording.response;
  return {
    status,
    headers: replayHeaders(recording.response.headers),
    body: Buffer.from(recording.response.text),
    framing: stream ? "chunked" : "length",
    ...(cut === undefined ? {} : { cut }),
  };
}

/** Hop-by-hop and length headers are the simulator's own business. */
const DROPPED_HEADERS = new Set([
  "date",
  "server",
  "connection",
  "transfer-encoding",
  "content-length",
  "content-encoding",
  "keep-alive",
  "alt-svc",
]);

function replayHeaders(recorded: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(recorded).filter(([name]) => !DROPPED_HEADERS.has(name));
  return { "content-type": "application/json", ...Object.fromEntries(kept) };
}

function fields(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${where}: expected an object, found ${value === null ? "null" : typeof value}`);
}

function headers(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
