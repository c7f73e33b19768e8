// The Gemini generateContent protocol, in both roles.

import type { Protocol } from "../protocol.ts";
import { readModelList } from "../read-model-list.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeCount, decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder, keepAliveFrame } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { FORWARD_HEADERS, upstreamHeaders, upstreamPath } from "./headers.ts";
import { encodeCount, encodeModel, encodeModelList } from "./models.ts";
import { GEMINI_ROUTES, PASS_THROUGH } from "./routes.ts";
import { decodeUsage } from "./usage.ts";

/** Gemini generateContent. The path holds both the model and whether the answer streams. */
export const geminiProtocol: Protocol = {
  id: "gemini",
  routes: GEMINI_ROUTES,
  passThrough: PASS_THROUGH,
  closing: { frame: (framing) => (framing === "json-array" ? "\n]" : ""), isOptional: false },
  usage: { field: "usageMetadata", read: decodeUsage },
  seam: "none",
  brokenEnding: "reset",
  keepAlive: { frame: keepAliveFrame, needsStart: false },
  // @source @google/genai 3.1.0 processStreamResponse, gemini.md §C.4
  wantsBareFrames: true,
  forwardHeaders: FORWARD_HEADERS,
  upstreamPath,
  upstreamHeaders,
  decodeRequest,
  encodeRequest,
  encodeCountRequest,
  decodeResponse,
  encodeResponse,
  createStreamDecoder,
  createStreamEncoder,
  decodeError,
  encodeError,
  decodeCount,
  encodeCount,
  decodeModelList: readModelList,
  encodeModelList,
  encodeModel,
};
