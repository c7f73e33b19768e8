// Sorts the recorded exchanges: which are answers of a model, which are failures, which are something else.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { Recording } from "../../src/simulator/replay.ts";
import { listRecordings } from "../support/recordings.ts";
import { type ClientRequest, HEADERS } from "./client-requests.ts";
import { READERS } from "./expected/readers.ts";
import { fields, type Reading } from "./expected/reading.ts";

export const PROTOCOLS: readonly ProtocolId[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

/** What a recording is good for. */
export type RecordingKind = "answer" | "failure" | "count" | "other";

/** A recording with what its answer says. */
export interface ReadRecording {
  readonly recording: Recording;
  readonly protocol: ProtocolId;
  readonly kind: RecordingKind;
  /** Of answers and failures in a 200. */
  readonly reading: Reading | undefined;
}

/** Recordings of a format. */
export function readRecordings(protocol: ProtocolId): ReadRecording[] {
  return listRecordings(protocol).map((recording) => {
    const { status, text, stream } = recording.response;
    const isOther = recording.request.method === "GET" || recording.request.path.endsWith("/compact");
    const isCount = /count_tokens|input_tokens|countTokens/.test(recording.request.path);
    if (isOther || isCount) return { recording, protocol, kind: isOther ? "other" : "count", reading: undefined };
    if (status !== 200) return { recording, protocol, kind: "failure", reading: undefined };
    const reading = READERS[protocol]({ text, isStream: stream });
    return { recording, protocol, kind: isAnswer(reading) ? "answer" : "failure", reading };
  });
}

/** The recorded request as a client of the gateway sends it; undefined where none was recorded. */
export function ownRequest(protocol: ProtocolId, recording: Recording): ClientRequest | undefined {
  if (recording.responseOnly || recording.request.method === "GET") return undefined;
  const { path, body } = recording.request;
  // Azure's paths name the model, ours do not.
  const isModelInPath = protocol === "gemini" || fields(body)["model"] !== undefined;
  const whole = isModelInPath ? body : { model: recording.model, ...fields(body) };
  return { path: clientPath(path), headers: HEADERS[protocol], body: JSON.stringify(whole) };
}

/** Client paths have no provider's prefix; Vertex's project paths become the plain ones. */
function clientPath(path: string): string {
  return path
    .replace(/^.*(?=\/(?:messages|chat\/completions|responses)(?:[/?]|$))/, "/v1")
    .replace(/^.*(?=\/models\/)/, "/v1beta");
}

/** An end without any content, an error and an answer that is not there yet are failures under a good status. */
function isAnswer(reading: Reading): boolean {
  if (reading.error !== undefined || reading.ending === undefined) return false;
  const isEmpty = reading.text + reading.reasoning + reading.refusal === "" && reading.calls.length === 0;
  return !isEmpty || reading.ending !== "end";
}
