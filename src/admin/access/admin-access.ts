// Who may administrate: the one place that decides it, for the seed's routes, the typed API and the console alike.
// First run, host and browser rules, sessions, the password with its throttle; every decision of weight is audited.

import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { isAllowedHost } from "../../server/host-rules.ts";
import type { Peer } from "../../server/peer.ts";
import type { AuditEntry, AuditLog } from "../../store/audit-log.ts";
import type { ConfigFile } from "../../store/config-file.ts";
import type { SessionStore } from "../../store/session-store.ts";
import { changesSomething, hasCsrfProof, isForeignPage } from "./browser-rules.ts";
import { createLoginThrottle, peerKey } from "./login-throttle.ts";
import { createPasswordChecker, hashPassword, isFreshHash, isLegacyHash } from "./password-hash.ts";
import { passwordFault } from "./password-rules.ts";
import { readCookie, writeCookie } from "./session-cookie.ts";
import { ABSOLUTE_MS, createSessions, passwordMark, type Session } from "./sessions.ts";
import { createSetupToken } from "./setup-token.ts";

export type { Session } from "./sessions.ts";

/** Why a caller is not let in. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 421 | 429 | 503;
  readonly code: "invalid" | "unauthenticated" | "forbidden" | "throttled";
  /** For people; holds no secrets. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/** A caller who is let in. */
export interface AdminCaller {
  readonly peer: Peer;
  /** Undefined for callers with `x-admin-password`. */
  readonly session: Session | undefined;
  /** For history and audit: `console 1a2b3c4d`, `x-admin-password`. */
  readonly author: string;
  /** Of the password that let the caller in; see `passwordMark`. */
  readonly passwordMark: string;
}

export type AccessResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export interface OpenedSession {
  readonly session: Session;
  /** Value of the `set-cookie` header. */
  readonly cookie: string;
}

export interface AdminAccess {
  /** `setup` until somebody has chosen a password; then `ready` for good, or until `--reset-admin`. */
  state(): "setup" | "ready";
  /**
   * Host, first-run and browser rules, which hold for everybody. `isOpenInSetup` marks what other machines need for
   * claiming a fresh installation: the page, the session's state, the claim itself.
   */
  screen(request: Request, peer: Peer, options?: { readonly isOpenInSetup?: boolean }): Refusal | undefined;
  /** The host rule alone, for the console's own files: they hold nothing, and links of other sites may lead to them. */
  screenHost(request: Request): Refusal | undefined;
  /** Decides about a request below `/admin` by its headers, before its body is read. Never rejects. */
  authenticate(request: Request, peer: Peer): Promise<AccessResult<AdminCaller>>;
  /** Checks the password, throttled, for what must not follow from a stolen session. */
  confirm(password: string, peer: Peer): Promise<Refusal | undefined>;
  login(
    request: Request,
    peer: Peer,
    input: { password: string; isRemembered: boolean },
  ): Promise<AccessResult<OpenedSession>>;
  /** Ends the caller's session; returns the `set-cookie` value that removes the cookie. */
  logout(request: Request, peer: Peer): string;
  /** Takes a fresh installation with the one-time token. Rejects with what `ConfigFile.save` throws. */
  claim(
    request: Request,
    peer: Peer,
    input: { token: string; newPassword: string },
  ): Promise<AccessResult<OpenedSession>>;
  /** Replaces the password: all other sessions end, the caller gets a new one. Rejects as `claim` does. */
  changePassword(
    request: Request,
    caller: AdminCaller,
    input: { currentPassword: string; newPassword: string },
  ): Promise<AccessResult<OpenedSession>>;
  /** What is wrong with a new password, as `expected …`. */
  passwordFault(password: unknown): string | undefined;
  /** Stores a password for a caller who is let in already (the seed's route); all sessions but the caller's end. */
  setPassword(caller: AdminCaller, newPassword: unknown): Promise<Refusal | undefined>;
  /** The session of a request, without prolonging it. */
  sessionOf(request: Request, peer: Peer): Session | undefined;
  sessions(): Session[];
  endSession(caller: AdminCaller, id: string): boolean;
  endOtherSessions(caller: AdminCaller): void;
  /** Whether a caller is still let in: for streams, which outlive the check at their start. */
  isStillIn(caller: AdminCaller): boolean;
  audit(caller: AdminCaller, action: string, detail: string): void;
  /** Prints the token and the warning of a fresh installation; call at the start and whenever the password changed. */
  announce(): void;
}

export interface AdminAccessOptions {
  readonly configFile: ConfigFile;
  readonly sessionStore: SessionStore;
  readonly auditLog: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Names under which the administrator's routes answer besides those of the configuration. */
  readonly allowedHosts: readonly string[];
  /** Words that no password may be: the machine's name. */
  readonly machineNames: readonly string[];
  readonly log: {
    info(message: string, fields?: Readonly<Record<string, unknown>>): void;
    warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  };
  /** Shows a new one-time token where only the owner looks. */
  readonly printToken: (token: string) => void;
}

const SETUP_ELSEWHERE =
  "this installation has no password yet: set one on the machine itself, or claim it at /admin-ui with the one-time token from its console output";

/** Creates the access control; one per process. */
export function createAdminAccess(options: AdminAccessOptions): AdminAccess {
  const { configFile, auditLog, clock, log } = options;
  const sessions = createSessions(options.sessionStore, clock, options.random);
  const throttle = createLoginThrottle(clock);
  const checker = createPasswordChecker();
  const setupToken = createSetupToken({ clock, random: options.random, print: options.printToken });
  const proofs = createProofs(options.random);

  const storedHash = () => configFile.current().adminPasswordHash;
  const mark = () => passwordMark(storedHash());
  const state = () => (isFreshHash(storedHash()) ? "setup" : "ready");
  const allowedHosts = () => [...options.allowedHosts, ...configFile.current().admin.allowedHosts];

  function record(peer: Peer, author: string, action: string, detail: string): void {
    const entry: AuditEntry = { action, peer: peer.address, author, detail };
    auditLog.record(entry);
    const fields = { peer: peer.address, by: author === "" ? undefined : author };
    if (action.endsWith("-failed")) log.warn(`admin: ${detail}`, fields);
    else log.info(`admin: ${detail}`, fields);
  }

  function screenHost(request: Request): Refusal | undefined {
    if (isAllowedHost(request.headers.get("host"), allowedHosts())) return undefined;
    return refuse(
      421,
      "forbidden",
      "host: not a name of this gateway; add it with --allowed-hosts or admin.allowed_hosts",
    );
  }

  function screen(request: Request, peer: Peer, { isOpenInSetup = false } = {}): Refusal | undefined {
    const foreignHost = screenHost(request);
    if (foreignHost) return foreignHost;
    if (isForeignPage(request, allowedHosts()))
      return refuse(403, "forbidden", "pages of other sites may not use this");
    if (state() === "setup" && !peer.isLocal) {
      setupToken.ensure();
      if (!isOpenInSetup) return refuse(403, "forbidden", SETUP_ELSEWHERE);
    }
    return undefined;
  }

  /** Checks a password under the throttle. */
  async function checkPassword(password: string, peer: Peer): Promise<Refusal | undefined> {
    const waitMs = throttle.waitMs(peer);
    if (waitMs > 0) return tooMany(waitMs);
    const hash = storedHash();
    if (isFreshHash(hash) && !peer.isLocal) return refuse(403, "forbidden", SETUP_ELSEWHERE);
    if (proofs.knows(peerKey(peer), password, hash)) return undefined;
    const wrong = () => {
      throttle.failed(peer);
      record(peer, "", "login-failed", "log-in with a wrong password");
    };
    const lane = peer.isLocal ? "local" : "remote";
    const hooks = { isAllowed: () => throttle.waitMs(peer) === 0, wrong };
    const isPossible = password !== "" && password.length <= 256;
    if (!isPossible) wrong();
    const result = isPossible
      ? await proofs.once(peerKey(peer), password, hash, () => checker.check(password, hash, lane, hooks))
      : "wrong";
    if (result === "busy") return { ...refuse(503, "throttled", "too many log-ins at once"), retryAfterMs: 1000 };
    if (result === "blocked") return tooMany(throttle.waitMs(peer));
    if (result === "wrong") return refuse(401, "unauthenticated", "expected the administrator's password");
    throttle.succeeded(peer);
    await replaceLegacyHash(password, hash);
    proofs.remember(peerKey(peer), password, storedHash());
    return undefined;
  }

  /** The seed's hash is unsalted: it is replaced as soon as its password is known. */
  async function replaceLegacyHash(password: string, hash: string): Promise<void> {
    if (!isLegacyHash(hash) || isFreshHash(hash)) return;
    const better = await hashPassword(password);
    try {
      await configFile.save((document) =>
        document["admin_password_hash"] === hash ? { ...document, admin_password_hash: better } : document,
      );
      sessions.moveMark(passwordMark(hash), passwordMark(better));
      log.info("admin: the password is now stored as argon2id instead of SHA-256");
    } catch (error) {
      log.warn("admin: the password's hash could not be renewed", { error });
    }
  }

  /** Rejects with what `ConfigFile.save` throws; nothing has changed then. */
  async function storePassword(password: string, expectedHash: string): Promise<boolean> {
    const hash = await hashPassword(password);
    let isStored = false;
    await configFile.save((document) => {
      // Two people may claim an installation, or change the password, at the same moment: the first one wins.
      const current = document["admin_password_hash"] ?? "";
      isStored = current === expectedHash;
      return isStored ? { ...document, admin_password_hash: hash } : document;
    });
    if (isStored) {
      setupToken.discard();
      proofs.forget();
    }
    return isStored;
  }

  function open(request: Request, peer: Peer, isRemembered: boolean): OpenedSession {
    const { token, session } = sessions.open({
      passwordMark: mark(),
      isRemembered,
      peer: peer.address,
      userAgent: request.headers.get("user-agent") ?? "",
    });
    const maxAge = isRemembered ? ABSOLUTE_MS / 1000 : undefined;
    return { session, cookie: writeCookie(request, peer, token, maxAge) };
  }

  function findSession(request: Request, peer: Peer, isUse: boolean): Session | undefined {
    try {
      return sessions.find(readCookie(request, peer), mark(), isUse);
    } catch (error) {
      // Sessions that cannot be read let nobody in.
      log.warn("admin: sessions cannot be read", { error });
      return undefined;
    }
  }

  async function replacePassword(
    request: Request,
    peer: Peer,
    author: string,
    newPassword: string,
    expectedHash: string,
    action: string,
  ): Promise<AccessResult<OpenedSession>> {
    const fault = passwordFault(newPassword, options.machineNames);
    if (fault) return denied(refuse(400, "invalid", `new_password: ${fault}`));
    if (!(await storePassword(newPassword, expectedHash)))
      return denied(refuse(403, "forbidden", "the password has been changed by someone else in the meantime"));
    sessions.endAll();
    record(
      peer,
      author,
      action,
      action === "setup-claimed" ? "installation claimed with the one-time token" : "password changed",
    );
    throttle.succeeded(peer);
    return { ok: true, value: open(request, peer, false) };
  }

  return {
    state,
    screen,
    screenHost,
    async authenticate(request, peer) {
      const refusal = screen(request, peer);
      if (refusal) return denied(refusal);
      const password = request.headers.get("x-admin-password");
      if (password !== null && configFile.current().admin.passwordHeader) {
        const wrong = await checkPassword(password, peer);
        return wrong
          ? denied(wrong)
          : { ok: true, value: { peer, session: undefined, author: "x-admin-password", passwordMark: mark() } };
      }
      const session = findSession(request, peer, isUse(request));
      if (!session)
        return denied(refuse(401, "unauthenticated", "expected a session, or the password in x-admin-password"));
      if (changesSomething(request) && !hasCsrfProof(request))
        return denied(
          refuse(403, "forbidden", "expected the header x-apirouter-csrf with a request that changes something"),
        );
      return { ok: true, value: { peer, session, author: `console ${session.id.slice(0, 8)}`, passwordMark: mark() } };
    },
    confirm: checkPassword,
    async login(request, peer, { password, isRemembered }) {
      const refusal = screen(request, peer) ?? (await checkPassword(password, peer));
      if (refusal) return denied(refusal);
      // A cookie that was there before, set by whomever, is worth nothing after this.
      const earlier = findSession(request, peer, false);
      if (earlier) sessions.end(earlier.id);
      const opened = open(request, peer, isRemembered);
      record(peer, `console ${opened.session.id.slice(0, 8)}`, "login", "logged in");
      return { ok: true, value: opened };
    },
    logout(request, peer) {
      const session = findSession(request, peer, false);
      if (session) {
        sessions.end(session.id);
        record(peer, `console ${session.id.slice(0, 8)}`, "logout", "logged out");
      }
      return writeCookie(request, peer, "", undefined);
    },
    async claim(request, peer, { token, newPassword }) {
      const refusal = screen(request, peer, { isOpenInSetup: true });
      if (refusal) return denied(refusal);
      if (state() !== "setup") return denied(refuse(403, "forbidden", "this installation has a password already"));
      const waitMs = throttle.waitMs(peer);
      if (waitMs > 0) return denied(tooMany(waitMs));
      const before = storedHash();
      const check = setupToken.check(token);
      if (check !== "right") {
        throttle.failed(peer);
        record(peer, "", "setup-failed", `claim with ${check === "wrong" ? "a wrong" : "an expired"} one-time token`);
        const remedy = "the latest one is in the console output of the gateway";
        return denied(refuse(401, "unauthenticated", `token: ${check}; ${remedy}`));
      }
      return await replacePassword(request, peer, "", newPassword, before, "setup-claimed");
    },
    async changePassword(request, caller, { currentPassword, newPassword }) {
      const before = storedHash();
      const wrong = await checkPassword(currentPassword, caller.peer);
      if (wrong) return denied(wrong);
      // The check may have replaced a legacy hash.
      const expected = isLegacyHash(before) ? storedHash() : before;
      return await replacePassword(request, caller.peer, caller.author, newPassword, expected, "password-changed");
    },
    passwordFault: (password) => passwordFault(password, options.machineNames),
    async setPassword(caller, newPassword) {
      const fault = passwordFault(newPassword, options.machineNames);
      if (fault) return refuse(400, "invalid", `new_password: ${fault}`);
      const before = mark();
      if (!(await storePassword(newPassword as string, storedHash())))
        return refuse(403, "forbidden", "the password has been changed by someone else in the meantime");
      sessions.endAll(caller.session?.id);
      sessions.moveMark(before, mark());
      record(caller.peer, caller.author, "password-changed", "password changed");
      return undefined;
    },
    sessionOf: (request, peer) => findSession(request, peer, false),
    sessions: () => sessions.list(mark()),
    endSession(caller, id) {
      const isEnded = sessions.end(id);
      if (isEnded) record(caller.peer, caller.author, "session-ended", `session ${id.slice(0, 8)} ended`);
      return isEnded;
    },
    endOtherSessions(caller) {
      const count = sessions.endAll(caller.session?.id);
      record(caller.peer, caller.author, "session-ended", `${count} sessions ended`);
    },
    isStillIn(caller) {
      if (!caller.session) return caller.passwordMark === mark();
      try {
        return sessions.list(mark()).some(({ id }) => id === caller.session?.id);
      } catch (error) {
        log.warn("admin: sessions cannot be read", { error });
        return false;
      }
    },
    audit: (caller, action, detail) => record(caller.peer, caller.author, action, detail),
    announce() {
      if (state() === "ready") {
        setupToken.discard();
        return;
      }
      log.warn(
        "no administrator password has been chosen: `admin` works on this machine only, other machines are refused; choose one at /admin-ui",
      );
      setupToken.ensure();
    },
  };
}

/** Whether somebody asks, not a page by itself: an `EventSource`, which cannot send headers, or one that says so. */
function isUse({ headers }: Request): boolean {
  return headers.get("x-apirouter-background") === null && headers.get("accept") !== "text/event-stream";
}

function refuse(status: Refusal["status"], code: Refusal["code"], message: string): Refusal {
  return { status, code, message };
}

function tooMany(waitMs: number): Refusal {
  return { ...refuse(429, "throttled", "too many attempts"), retryAfterMs: waitMs };
}

function denied(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

/**
 * Remembers, per peer, that a password was right, so that scripts which send it with each request do not cost a hash
 * each. Kept as a hash with a key of this process; whoever guesses has to pass the throttle first.
 */
function createProofs(random: Random) {
  const key = Buffer.from(random.bytes(32));
  const known = new Map<string, Uint8Array>();
  const running = new Map<string, Promise<"right" | "wrong" | "busy" | "blocked">>();
  const proofOf = (password: string, hash: string): Uint8Array =>
    new Bun.CryptoHasher("sha256", key).update(`${hash}\0${password}`).digest();
  return {
    knows(peer: string, password: string, hash: string): boolean {
      const proof = known.get(peer);
      return proof !== undefined && timingSafeEqual(proof, proofOf(password, hash));
    },
    remember(peer: string, password: string, hash: string): void {
      if (known.size >= 100) known.clear();
      known.set(peer, proofOf(password, hash));
    },
    /** Requests of one peer that come at once with the same password share one check. */
    once(peer: string, password: string, hash: string, check: () => Promise<"right" | "wrong" | "busy" | "blocked">) {
      const proof = `${peer} ${Buffer.from(proofOf(password, hash)).toString("hex")}`;
      const result = running.get(proof) ?? check().finally(() => running.delete(proof));
      running.set(proof, result);
      return result;
    },
    forget: () => known.clear(),
  };
}
