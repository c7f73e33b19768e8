// What is learned of a request that is passed on unread: the model it asks for, for the log, prices and limits.

import { asBuffer } from "../lib/as-buffer.ts";
import { scanTopLevel, stringAt, valueAt } from "../lib/json-scan.ts";
import type { InboundRequest } from "./inbound.ts";
import type { BodyFacts } from "./read-body.ts";

export interface RawFacts extends BodyFacts {
  /** The body is a JSON object. */
  readonly isJson: boolean;
}

/** Part of a form, at either end, in which its field `model` is looked for: files of any size may stand between. */
const FORM_BYTES = 64 * 1024;
const MAX_MODEL_LENGTH = 200;
const FORM_FIELD = Buffer.from('name="model"');
const FORM_VALUE = /^name="model"[^\r\n]{0,200}(?:\r\n[^\r\n]{1,200}){0,4}\r\n\r\n([^\r\n]+)\r\n/;

/** Model and stream flag of a JSON body or a form, or the model of the path; `""` where none is named. Never throws. */
export function readRawFacts({ body, headers }: Pick<InboundRequest, "body" | "headers">, path: string): RawFacts {
  const common = { modelSpan: undefined, sessionId: undefined };
  const fromPath = modelOfPath(path);
  const scan = body.length > 0 && body[0] !== DASH ? scanTopLevel(body, ["model", "stream"]) : null;
  if (scan) {
    const model = stringAt(body, scan.spans.get("model"))?.replace(/^models\//, "");
    const stream = valueAt(body, scan.spans.get("stream")) === true;
    return { ...common, model: shortened(model ?? fromPath ?? ""), stream, isJson: true };
  }
  const isForm = headers.get("content-type")?.startsWith("multipart/form-data") === true;
  const model = (isForm ? modelOfForm(asBuffer(body)) : undefined) ?? fromPath ?? "";
  return { ...common, model: shortened(model), stream: false, isJson: false };
}

const DASH = 0x2d;

/** The model that a path like `/v1beta/models/x:embedContent` names, decoded. */
export function modelOfPath(path: string): string | undefined {
  const text = /^\/v1(?:beta)?\/models\/([^/:]+)/.exec(path)?.[1];
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign is part of the name then
  }
}

function modelOfForm(body: Buffer): string | undefined {
  const ends = body.length <= 2 * FORM_BYTES ? [body] : [body.subarray(0, FORM_BYTES), body.subarray(-FORM_BYTES)];
  for (const end of ends) {
    const at = end.indexOf(FORM_FIELD);
    if (at < 0) continue;
    const found = FORM_VALUE.exec(end.toString("utf8", at, at + 4 * 1024));
    if (found) return found[1];
  }
  return undefined;
}

function shortened(model: string): string {
  return model.slice(0, MAX_MODEL_LENGTH);
}
