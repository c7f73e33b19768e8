// Anthropic Messages: the public door of this folder.

import type { Protocol } from "../protocol.ts";
import { readModelList } from "../read-model-list.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { PING_FRAME } from "./frames.ts";
import { FORWARD_HEADERS, upstreamHeaders, upstreamPath } from "./headers.ts";
import { decodeCount, encodeCount, encodeModel, encodeModelList } from "./models.ts";
import { PASS_THROUGH, ROUTES } from "./routes.ts";
import { decodeUsage } from "./usage.ts";

/** The Anthropic Messages API in both roles. */
export const anthropicProtocol: Protocol = {
  id: "anthropic",
  routes: ROUTES,
  passThrough: PASS_THROUGH,
  closing: { frame: () => 'event: message_stop\ndata: {"type":"message_stop"}\n\n', isOptional: false },
  usage: { field: "usage", read: decodeUsage },
  seam: "marker",
  brokenEnding: "error",
  keepAlive: { frame: () => PING_FRAME, needsStart: true },
  forwardHeaders: FORWARD_HEADERS,
  upstreamPath,
  upstreamHeaders,
  decodeRequest: (body, _route, loss) => decodeRequest(body, loss),
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
