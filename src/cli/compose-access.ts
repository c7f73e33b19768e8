// Builds the administrator's access control, and sets or resets the password where the command line or the environment
// asks for it.

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type AdminAccess, createAdminAccess } from "../admin/access/admin-access.ts";
import { hashPassword, isFreshHash } from "../admin/access/password-hash.ts";
import { passwordFault } from "../admin/access/password-rules.ts";
import { SEED_PASSWORD_HASH } from "../config/defaults.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { openAdminDatabase } from "../store/admin-database.ts";
import { type AuditLog, createAuditLog } from "../store/audit-log.ts";
import { type ConfigFile, openConfigFile } from "../store/config-file.ts";
import { prepareDataDir } from "../store/data-dir.ts";
import { createSessionStore } from "../store/session-store.ts";
import type { Logger } from "../telemetry/logger.ts";

/** How often an installation without a password says so. */
const WARN_EVERY_MS = 86_400_000;

export interface AccessParts {
  readonly access: AdminAccess;
  readonly auditLog: AuditLog;
  close(): void;
}

export interface AccessOptions {
  /** Absolute. */
  readonly dataDir: string;
  readonly configFile: ConfigFile;
  readonly log: Logger;
  readonly allowedHosts: readonly string[];
  /** `http://…:1999`, for the line that shows the one-time token; known once the program listens. */
  readonly port: () => number;
}

/** Opens data/admin.db and creates the access control. Throws what SQLite throws when the disk refuses. */
export function composeAccess(options: AccessOptions): AccessParts {
  const { dataDir, configFile, log } = options;
  const onProblem = (line: string) => log.warn(line);
  const database = openAdminDatabase(dataDir, systemClock.wallMs(), onProblem);
  const auditLog = createAuditLog({ database, wallMs: systemClock.wallMs, redact: log.redact, onProblem });
  const access = createAdminAccess({
    configFile,
    sessionStore: createSessionStore(database),
    auditLog,
    clock: systemClock,
    random: systemRandom,
    allowedHosts: [...options.allowedHosts, ...machineNames()],
    machineNames: machineNames(),
    log,
    printToken: (token) =>
      log.warn(
        `one-time setup token: ${token} (for choosing the password from another machine, at http://THIS-MACHINE:${options.port()}/admin-ui; 30 minutes, 5 tries)`,
      ),
  });
  const timer = setInterval(() => access.announce(), WARN_EVERY_MS);
  timer.unref();
  return {
    access,
    auditLog,
    close() {
      clearInterval(timer);
      database.close();
    },
  };
}

/** This machine's own names, lower case: as the system says it, without domain, and as neighbours may look it up. */
function machineNames(): string[] {
  const name = hostname().toLowerCase();
  const [short = name] = name.split(".");
  return [...new Set([name, short, `${short}.local`])].filter((each) => each !== "");
}

/**
 * Sets the password of a fresh installation from `APIROUTER_ADMIN_PASSWORD` or a file; does nothing when neither is
 * given. Throws an Error when the password may not be chosen or the file cannot be read.
 */
export async function setFirstPassword(
  configFile: ConfigFile,
  log: Logger,
  source: { readonly env: Readonly<Record<string, string | undefined>>; readonly file: string | undefined },
): Promise<void> {
  const fromEnv = source.env["APIROUTER_ADMIN_PASSWORD"];
  const name = source.file === undefined ? "APIROUTER_ADMIN_PASSWORD" : "--admin-password-file";
  const password = source.file === undefined ? fromEnv : readFileSync(source.file, "utf8").replace(/\r?\n$/, "");
  if (password === undefined || (password === "" && source.file === undefined)) return;
  const fault = passwordFault(password, machineNames());
  if (fault) throw new Error(`${name}: ${fault}`);
  if (!isFreshHash(configFile.current().adminPasswordHash)) {
    log.info(`${name} is not used, because a password has been chosen already (--reset-admin forgets it)`);
    return;
  }
  const hash = await hashPassword(password);
  await configFile.save((document) => ({ ...document, admin_password_hash: hash }));
  log.info(`the administrator's password was set from ${name}`);
}

/**
 * Forgets password and sessions of the installation in a data folder, whether it runs or not: a running one takes up the
 * changed file by itself. Throws an Error when the folder or its files cannot be used.
 */
export async function resetAdmin(dataDir: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { path } = await prepareDataDir(dataDir);
  const configFile = await openConfigFile({
    dataDir: path,
    clock: systemClock,
    env,
    watch: false,
    onChange: () => undefined,
    onProblems: () => undefined,
  });
  try {
    await configFile.save((document) => ({ ...document, admin_password_hash: SEED_PASSWORD_HASH }));
  } finally {
    await configFile.close();
  }
  const problems: string[] = [];
  const onProblem = (line: string) => void problems.push(line);
  const database = openAdminDatabase(path, systemClock.wallMs(), onProblem);
  createSessionStore(database).removeAll();
  createAuditLog({ database, wallMs: systemClock.wallMs, redact: (text) => text, onProblem }).record({
    action: "password-reset",
    peer: "",
    author: "--reset-admin",
    detail: "password and sessions forgotten on the machine itself",
  });
  database.close();
  if (problems.length > 0) throw new Error(problems.join("; "));
}
