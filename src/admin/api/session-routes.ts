// Log-in, log-out, first set-up, password, sessions and the audit log.

import type { AdminCaller, OpenedSession, Session } from "../access/admin-access.ts";
import { PASSWORD_RULES } from "../access/password-rules.ts";
import { done } from "../contract/common.ts";
import {
  auditPage,
  auditQuery,
  loginInput,
  passwordInput,
  type SessionInfo,
  sessionInfo,
  sessionList,
  setupInput,
} from "../contract/session.ts";
import { AdminError } from "./admin-error.ts";
import { unwrap } from "./gate.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, type RouteCall, route } from "./route.ts";

/** Nobody has logged in yet who could send more. */
const MAX_BODY_BYTES = 65_536;

type AnyCall = Pick<RouteCall<unknown, unknown, unknown>, "request" | "peer">;

export function sessionRoutes({ access, auditLog, about }: AdminParts): Route[] {
  function info({ peer }: AnyCall, session: Session | undefined): SessionInfo {
    const state = access.state();
    return {
      authenticated: session !== undefined,
      state,
      local: peer.isLocal,
      needs_setup_token: state === "setup" && !peer.isLocal,
      password_is_default: session !== undefined && state === "setup",
      expires_at: session ? new Date(session.expiresAt).toISOString() : null,
      server_version: session ? about.version : null,
      password_rules: PASSWORD_RULES,
    };
  }

  function opened(call: AnyCall, { session, cookie }: OpenedSession): Response {
    return Response.json(info(call, session), { headers: { "set-cookie": cookie } });
  }

  return [
    route({
      method: "GET",
      path: "/session",
      summary: "Whether the caller is logged in, and what a fresh installation needs",
      access: "open",
      answer: json(sessionInfo),
      handle: (call) => {
        const isIn = !(access.state() === "setup" && !call.peer.isLocal);
        return info(call, isIn ? access.sessionOf(call.request, call.peer) : undefined);
      },
    }),
    route({
      method: "POST",
      path: "/session",
      summary: "Log in",
      access: "open",
      body: loginInput,
      maxBodyBytes: MAX_BODY_BYTES,
      answer: json(sessionInfo),
      errors: ["unauthenticated", "throttled"],
      handle: async (call) => {
        const { password, remember } = call.body;
        return opened(call, unwrap(await access.login(call.request, call.peer, { password, isRemembered: remember })));
      },
    }),
    route({
      method: "DELETE",
      path: "/session",
      summary: "Log out",
      answer: json(done),
      handle: ({ request, peer }) =>
        Response.json({ ok: true }, { headers: { "set-cookie": access.logout(request, peer) } }),
    }),
    route({
      method: "POST",
      path: "/session/setup",
      summary: "Claim a fresh installation with the one-time token",
      access: "open",
      body: setupInput,
      maxBodyBytes: MAX_BODY_BYTES,
      answer: json(sessionInfo),
      errors: ["unauthenticated", "forbidden", "throttled"],
      handle: async (call) => {
        const input = { token: call.body.token, newPassword: call.body.new_password };
        return opened(call, unwrap(await access.claim(call.request, call.peer, input)));
      },
    }),
    route({
      method: "POST",
      path: "/session/password",
      summary: "Change the password; all other sessions end",
      body: passwordInput,
      maxBodyBytes: MAX_BODY_BYTES,
      answer: json(sessionInfo),
      errors: ["unauthenticated", "forbidden", "throttled"],
      handle: async (call) => {
        const input = { currentPassword: call.body.current_password, newPassword: call.body.new_password };
        return opened(call, unwrap(await access.changePassword(call.request, callerOf(call.identity.caller), input)));
      },
    }),
    route({
      method: "GET",
      path: "/sessions",
      summary: "All sessions",
      answer: json(sessionList),
      handle: ({ identity }) => ({
        sessions: access.sessions().map((session) => ({
          id: session.id,
          is_current: session.id === identity.caller?.session?.id,
          created_at: new Date(session.createdAt).toISOString(),
          last_used_at: new Date(session.lastUsedAt).toISOString(),
          expires_at: new Date(session.expiresAt).toISOString(),
          peer: session.peer,
          user_agent: session.userAgent,
        })),
      }),
    }),
    route({
      method: "DELETE",
      path: "/sessions",
      summary: "End all sessions but the caller's",
      answer: json(done),
      handle: ({ identity }) => {
        access.endOtherSessions(callerOf(identity.caller));
        return { ok: true as const };
      },
    }),
    route({
      method: "DELETE",
      path: "/sessions/{id}",
      summary: "End a session",
      answer: json(done),
      errors: ["not-found"],
      handle: ({ params, identity }) => {
        if (!access.endSession(callerOf(identity.caller), params.id))
          throw new AdminError("not-found", "there is no session of this id");
        return { ok: true as const };
      },
    }),
    route({
      method: "GET",
      path: "/audit",
      summary: "Who did what, newest first",
      query: auditQuery,
      answer: json(auditPage),
      handle: ({ query }) => {
        const rows = auditLog.page(query.limit, query.cursor);
        const last = rows.length === query.limit ? rows.at(-1) : undefined;
        return {
          rows: rows.map(({ seq, at, action, peer, author, detail }) => ({
            id: String(seq),
            at: new Date(at).toISOString(),
            action,
            peer,
            author,
            detail,
          })),
          next_cursor: last ? String(last.seq) : null,
        };
      },
    }),
  ];
}

function callerOf(caller: AdminCaller | undefined): AdminCaller {
  if (caller) return caller;
  throw new AdminError("unauthenticated", "expected a log-in");
}
