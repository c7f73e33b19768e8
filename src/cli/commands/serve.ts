// `apirouter`: serves until it is told to stop.

import { type App, startApp } from "../compose.ts";
import { resetAdmin } from "../compose-access.ts";
import { createLineWriter } from "../line-writer.ts";
import type { ServeOptions, Writable } from "../options.ts";
import { VERSION } from "../version.ts";

/** Starts the server. Resolves with an exit code only when it could not start; else the process goes on. */
export async function serve(options: ServeOptions, out: Writable, err: Writable): Promise<number | undefined> {
  if (options.resetAdmin) return await forgetPassword(options, out, err);
  let app: App;
  const lines = createLineWriter((text) => void out.write(text));
  process.on("exit", () => lines.flush());
  try {
    app = await startApp({
      ...options,
      version: VERSION,
      env: process.env,
      writeLog: lines.write,
      isTerminal: process.stdout.isTTY === true,
    });
  } catch (error) {
    err.write(`error: ${messageOf(error)}\n`);
    return 1;
  }
  for (const line of banner(app, options)) app.log.info(line);
  stopOnSignals(app);
  surviveSurprises(app);
  return undefined;
}

async function forgetPassword({ dataDir }: ServeOptions, out: Writable, err: Writable): Promise<number> {
  try {
    await resetAdmin(dataDir, process.env);
  } catch (error) {
    err.write(`error: ${messageOf(error)}\n`);
    return 1;
  }
  out.write(
    "The administrator's password and all sessions are forgotten. Until a new one is chosen, `admin` works on this machine only; other machines need the one-time token that the gateway prints.\n",
  );
  return 0;
}

/** First signal: finish what runs, then leave. Second one: leave at once. */
function stopOnSignals(app: App): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    const graceMs = app.config().drainMs;
    // The log's thread alone does not keep the program up, and may still have rows to write.
    setInterval(() => undefined, 1000);
    app.log.info("stopping: running answers may finish, new requests are refused", { graceMs });
    void app.stop(graceMs).finally(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/** A bug in one request must not end all others: it is told loudly, and serving goes on. */
function surviveSurprises(app: App): void {
  process.on("uncaughtException", (error) => app.log.error("unexpected exception", { error }));
  process.on("unhandledRejection", (error) => app.log.error("unhandled rejection", { error }));
}

function banner(app: App, options: ServeOptions): string[] {
  const isOpenHost = options.host === "0.0.0.0" || options.host === "::";
  const scheme = options.tlsCert === undefined ? "http" : "https";
  const lines = [
    `APIRouter ${VERSION} listening on ${options.host}:${app.port}`,
    `API      ${scheme}://localhost:${app.port}/v1`,
    `console  ${app.adminUrl === app.url ? `${scheme}://localhost:${app.port}` : app.adminUrl}/admin-ui`,
  ];
  if (process.getuid?.() === 0)
    lines.push("running as root, which is not needed: an ordinary user, or a service account, is safer");
  if (isOpenHost) {
    lines.push(
      "reachable from other machines; they need a client key, and the password of a fresh installation works on this machine only",
    );
  }
  return lines;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
