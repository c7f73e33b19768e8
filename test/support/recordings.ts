// Finds and loads the recorded exchanges beside the repository; tests that need them skip visibly where they are absent.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { parseRecording, type Recording } from "../../src/simulator/replay.ts";

/** Where the recordings are: `../shared/recordings` from the repository's root. */
export const RECORDINGS_FOLDER = join(import.meta.dir, "..", "..", "..", "shared", "recordings");

/** Whether they are there. */
export const hasRecordings = existsSync(RECORDINGS_FOLDER);

/** Folder of each format. */
export const RECORDING_FOLDERS: Readonly<Record<ProtocolId, string>> = {
  anthropic: "anthropic",
  "openai-chat": "openai_chat",
  "openai-responses": "openai_responses",
  gemini: "gemini",
};

const loaded = new Map<string, Recording>();

/**
 * All recordings of a format, by name; `[]` where the folder is absent, with one line on the console. Use with
 * `describe.skipIf(!hasRecordings)`.
 */
export function listRecordings(protocol: ProtocolId): readonly Recording[] {
  const folder = join(RECORDINGS_FOLDER, RECORDING_FOLDERS[protocol]);
  if (!existsSync(folder)) {
    console.log(`skipping recordings of ${protocol}: ../shared/recordings is not there`);
    return [];
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => loadRecordingSync(join(folder, name)));
}

/** The streamed ones among them. */
export function listStreams(protocol: ProtocolId): readonly Recording[] {
  return listRecordings(protocol).filter((recording) => recording.response.stream);
}

/** One recording by its id, `anthropic/anthropic-refusal`; throws when it is not there. */
export function recordingById(id: string): Recording {
  return loadRecordingSync(join(RECORDINGS_FOLDER, `${id}.json`));
}

/** Reads each file once per process. */
function loadRecordingSync(path: string): Recording {
  let recording = loaded.get(path);
  if (!recording) {
    recording = parseRecording(JSON.parse(readFileSync(path, "utf8")));
    loaded.set(path, recording);
  }
  return recording;
}
