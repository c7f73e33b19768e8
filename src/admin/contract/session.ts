// Who is logged in, first set-up, password, sessions, audit.
//
// GET    /session                 SessionInfo; needs no login
// POST   /session                 LoginInput -> SessionInfo and the cookie; 401, 429
// DELETE /session                 logs out
// POST   /session/setup           SetupInput -> SessionInfo and the cookie: claims a fresh installation from another machine
// POST   /session/password        PasswordInput -> SessionInfo; other sessions end
// GET    /sessions                SessionList
// DELETE /sessions/{id}           ends one
// DELETE /sessions                ends all others
// GET    /audit?cursor&limit      AuditPage

import { z } from "zod";
import { isoTime } from "./common.ts";

export const sessionInfo = z.object({
  authenticated: z.boolean(),
  /** `setup`: nobody has chosen a password yet. */
  state: z.enum(["setup", "ready"]),
  /** The caller is on this machine. */
  local: z.boolean(),
  /** The caller has to claim the installation with the one-time token from the console output. */
  needs_setup_token: z.boolean(),
  /** Logged in with the default password: choose another. */
  password_is_default: z.boolean(),
  expires_at: isoTime.nullable(),
  server_version: z.string().nullable(),
  password_rules: z.object({ min_length: z.number(), max_length: z.number() }),
});
export type SessionInfo = z.infer<typeof sessionInfo>;

export const loginInput = z.strictObject({ password: z.string().max(256), remember: z.boolean().default(false) });
export type LoginInput = z.input<typeof loginInput>;

export const setupInput = z.strictObject({ token: z.string().max(128), new_password: z.string().max(256) });
export type SetupInput = z.infer<typeof setupInput>;

export const passwordInput = z.strictObject({
  current_password: z.string().max(256),
  new_password: z.string().max(256),
});
export type PasswordInput = z.infer<typeof passwordInput>;

export const sessionRow = z.object({
  /** Not the cookie's value. */
  id: z.string(),
  is_current: z.boolean(),
  created_at: isoTime,
  last_used_at: isoTime,
  expires_at: isoTime,
  peer: z.string(),
  user_agent: z.string(),
});
export const sessionList = z.object({ sessions: z.array(sessionRow) });
export type SessionRow = z.infer<typeof sessionRow>;

export const auditRow = z.object({
  id: z.string(),
  at: isoTime,
  /** `login`, `login-failed`, `password-changed`, `upstream-changed`, `key-revealed`, … */
  action: z.string(),
  peer: z.string(),
  author: z.string(),
  /** One sentence, secrets masked. */
  detail: z.string(),
});
export const auditPage = z.object({ rows: z.array(auditRow), next_cursor: z.string().nullable() });
export type AuditRow = z.infer<typeof auditRow>;
/** `cursor` is the `next_cursor` of the page before. */
export const auditQuery = z.strictObject({
  cursor: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
