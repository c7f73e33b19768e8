// Shapes that several parts of the admin API share.

import { z } from "zod";

/** ISO 8601 in UTC: `2026-11-23T22:00:00.000Z`. */
export const isoTime = z.iso.datetime();
/** Non-negative count. */
export const count = z.number().int().min(0);
/** Milliseconds; fractions are allowed. */
export const milliseconds = z.number().min(0);
/** US dollars; null means that no price is known, which is not 0. */
export const money = z.number().min(0).nullable();

/** Opaque version of the configuration: changes with every save and edit. */
export const configVersion = z.string();

/** Where a field is wrong, as `upstreams[2].base_url`; "" for the whole. */
export const problem = z.object({ path: z.string(), message: z.string() });
export type Problem = z.infer<typeof problem>;

export const apiError = z.object({
  error: z.object({
    code: z.enum([
      "unauthenticated",
      "forbidden",
      "throttled",
      "not-found",
      "method-not-allowed",
      "invalid",
      /** The configuration has changed since the version that the request names. */
      "conflict",
      /** The file on disk is not valid: it has to be mended by hand first. */
      "file-invalid",
      /** The disk refused; nothing has changed. */
      "storage",
      /** An upstream did not give what was asked for. */
      "upstream",
      /** What was asked for was not recorded, for example a body. */
      "not-recorded",
      /** Takes the password again, percent-encoded in the header `x-apirouter-confirm`. */
      "password-needed",
      "internal",
    ]),
    message: z.string(),
    problems: z.array(problem).optional(),
    /** With `upstream`, where it is known: what happened there, an outcome of the log. */
    outcome: z.string().optional(),
    retry_after_ms: milliseconds.optional(),
    /** With `conflict`: the version that is there now. */
    current_version: configVersion.optional(),
  }),
});
export type ApiError = z.infer<typeof apiError>;

export const protocolId = z.enum(["anthropic", "openai-chat", "openai-responses", "gemini"]);
export type ProtocolName = z.infer<typeof protocolId>;

export const done = z.object({ ok: z.literal(true) });
/** Answer to a change of the configuration. */
export const saved = z.object({ ok: z.literal(true), version: configVersion });
export type Saved = z.infer<typeof saved>;
