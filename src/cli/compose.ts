// Builds the object graph: the only place that knows every part. Nothing here decides anything about a request.

import { readFileSync } from "node:fs";
import { networkInterfaces, totalmem } from "node:os";
import { breakerView } from "../admin/api/breaker-view.ts";
import { createAccessGate } from "../admin/api/gate.ts";
import { lazyAdminApi } from "../admin/api/load-admin-api.ts";
import { createConsoleAssets } from "../admin/console-assets.ts";
import { createLiveHub } from "../admin/live/live-hub.ts";
import { createSeenClients } from "../admin/live/seen-clients.ts";
import { toLogEntry, toLogRow } from "../admin/log-view.ts";
import { createSeedRoutes } from "../admin/seed-routes.ts";
import { createTestModel } from "../admin/test-model.ts";
import { keyUsage, upstreamStats } from "../admin/used.ts";
import type { Config } from "../config/config.ts";
import { formatProblem } from "../config/problem-list.ts";
import { collectSecrets } from "../config/redact.ts";
import type { RequestRecord } from "../core/request-record.ts";
import type { GatewayDeps } from "../gateway/context.ts";
import { InflightCounter } from "../gateway/inflight.ts";
import { createKeyLimiter } from "../gateway/key-limiter.ts";
import { LearntQuirks } from "../gateway/learnt-quirks.ts";
import { LoadGuard } from "../gateway/load-guard.ts";
import { ProbeGate } from "../gateway/probe-gate.ts";
import { createTicker } from "../gateway/ticker.ts";
import { UpstreamLoad } from "../gateway/upstream-load.ts";
import { systemClock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import { PROTOCOLS } from "../protocols/registry.ts";
import { createRetryBudget } from "../resilience/retry-budget.ts";
import { Affinity } from "../routing/affinity.ts";
import type { AdminHandler } from "../server/listener.ts";
import { isOwnAddress } from "../server/own-address.ts";
import { openConfigFile } from "../store/config-file.ts";
import { createConfigHistory } from "../store/config-history.ts";
import { prepareDataDir } from "../store/data-dir.ts";
import { toSeedLogEntry } from "../store/seed-log-shape.ts";
import { openSqliteRequestLog } from "../store/sqlite-request-log.ts";
import { createKeySpend } from "../telemetry/key-spend.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createPricer } from "../telemetry/prices/pricer.ts";
import { logRequest } from "../telemetry/request-line.ts";
import { createHttp1Transport } from "../upstream/http1/http1-transport.ts";
import { createProxyResolver } from "../upstream/http1/proxy.ts";
import { createCachingFetcher } from "../upstream/media/caching-fetcher.ts";
import { createGuardedFetcher } from "../upstream/media/guarded-fetch.ts";
import type { MediaFetcher } from "../upstream/media/media-fetcher.ts";
import { type AccessParts, composeAccess, setFirstPassword } from "./compose-access.ts";
import { composeBreakers } from "./compose-breakers.ts";
import { composeTelemetry } from "./compose-telemetry.ts";
import { DescriptorWatch } from "./descriptor-watch.ts";
import { listen } from "./listen.ts";
import { loadConsole } from "./load-console.ts";
import { openLog } from "./open-log.ts";

export interface AppOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly logFormat: "text" | "json";
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gets whole lines including their end. */
  readonly writeLog: (line: string) => void;
  /** Whether log lines may be coloured. */
  readonly isTerminal: boolean;
  /** Names under which the administrator's routes answer, besides addresses and this machine's names. */
  readonly allowedHosts?: readonly string[];
  /** File with the password of a fresh installation. */
  readonly adminPasswordFile?: string | undefined;
  /** Another address and port for the administrator's routes, which the main one then does not serve. */
  readonly adminHost?: string | undefined;
  readonly adminPort?: number | undefined;
  /** PEM files; both or none. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** Fetches remote media; default: from public https addresses only. */
  readonly mediaFetcher?: MediaFetcher;
  /** Hears of every finished request, before the log does. */
  readonly onRecord?: (record: RequestRecord) => void;
}

/** The running program. */
export interface App {
  readonly url: string;
  readonly port: number;
  /** Where the administrator's routes are. */
  readonly adminUrl: string;
  readonly log: Logger;
  config(): Config;
  /** Writes out what the request log holds back. */
  flush(): Promise<boolean>;
  /** Refuses new requests, waits up to `graceMs` for running ones, writes everything out, closes. */
  stop(graceMs: number): Promise<void>;
}

/** Starts everything. Throws before it listens when the data folder or the configuration cannot be used. */
export async function startApp(options: AppOptions): Promise<App> {
  const log = createLogger({
    format: options.logFormat,
    write: options.writeLog,
    clock: systemClock,
    level: "info",
    color: options.isTerminal,
  });
  const { path: dataDir, warnings } = await prepareDataDir(options.dataDir);
  for (const warning of warnings) log.warn(warning);

  const history = createConfigHistory({ dataDir, clock: systemClock, onProblem: (line) => log.warn(line) });
  const seenClients = createSeenClients();
  const inflight = new InflightCounter();
  const live = createLiveHub({
    running: () => inflight.running(),
    clock: systemClock,
    toLogRow: (record) => toLogRow(toLogEntry(record), nameOfKey(configFile.current(), record.clientKeyLabel)),
  });
  const breakerParts = composeBreakers({
    dataDir,
    clock: systemClock,
    log,
    currentConfig: () => configFile.current(),
    onChange: (change) => live.breaker(() => breakerView({ ...change, ...change.evidence }, configFile.current())),
  });
  const { breakers } = breakerParts;
  /** Where the API is; 0 as long as nobody listens. */
  let apiPort = 0;
  const configFile = await openConfigFile({
    dataDir,
    clock: systemClock,
    env: options.env,
    onChange: (config, change) => {
      log.setSecrets(collectSecrets(config));
      const isNewPassword = config.adminPasswordHash !== applied.adminPasswordHash;
      breakerParts.configChanged(applied, config);
      for (const warning of change.warnings) log.warn(formatProblem(warning));
      requestLog.setRetention(config.logRetention);
      pricer.setConfig(config);
      telemetry.setConfig(config);
      applied = config;
      warnOfCircles();
      if (isNewPassword) admin?.access.announce();
      const origin = change.origin ?? (change.reason === "save" ? BY_US : { source: "file", author: "config.json" });
      history.record(change.document, origin);
      live.config(() => configFile.revision(), origin.source);
      log.info(`configuration applied (${change.reason})`, { upstreams: config.upstreams.length });
    },
    onProblems: (lines) => {
      for (const line of lines) log.warn(line);
    },
  });
  let applied = configFile.current();
  history.record(configFile.document(), { source: "start", author: "config.json" });
  log.setSecrets(collectSecrets(applied));
  await breakerParts.restore();
  for (const warning of configFile.warnings()) log.warn(formatProblem(warning));
  // Undefined while the first password is being set, which nobody has to be told.
  let admin: AccessParts | undefined;

  const requestLog = openSqliteRequestLog({
    dataDir,
    retention: applied.logRetention,
    onProblem: (line) => log.warn(line),
  });
  const keySpend = createKeySpend();
  const pricer = createPricer(applied);
  const transport = createHttp1Transport({ proxyFor: createProxyResolver(options.env) });
  const ticker = createTicker(systemClock.monotonicMs, (error) => log.error("unexpected exception", { error }));
  const descriptors = new DescriptorWatch({
    onShortage: () => {
      transport.releaseIdle();
      log.warn("no file descriptor is left: new requests get 503 until some are free; raise the limit (ulimit -n)");
    },
  });
  const deps: GatewayDeps = {
    transport,
    protocols: PROTOCOLS,
    breakers,
    retryBudget: createRetryBudget(() => {
      const { retryRatio, retryPerSecond } = configFile.current().failover;
      return { ratio: retryRatio, perSecond: retryPerSecond };
    }),
    upstreamLoad: new UpstreamLoad(),
    ticker,
    media: createCachingFetcher(options.mediaFetcher ?? createGuardedFetcher(), systemClock),
    inflight,
    loadGuard: new LoadGuard({
      lagMs: ticker.lagMs,
      memoryBytes: () => process.memoryUsage.rss(),
      containerBytes: containerBytes(),
      collect: () => Bun.gc(true),
      isOutOfFiles: () => descriptors.isShort,
      isTightOfFiles: () => descriptors.isTight,
      monotonicMs: systemClock.monotonicMs,
    }),
    affinity: new Affinity({ maxSessions: 10_000, ttlMs: 3_600_000 }),
    learntQuirks: new LearntQuirks(),
    keyLimiter: createKeyLimiter(keySpend, systemClock),
    clock: systemClock,
    random: systemRandom,
    record: (ended) => {
      const record = pricer.price(ended);
      options.onRecord?.(record);
      seenClients.saw(record);
      live.ended(record);
      keySpend.add(record);
      telemetry.record(record);
      requestLog.append(record);
      logRequest(log, record);
    },
    background: (task) => {
      task.catch((error: unknown) => log.error("a request ended in an unexpected way", { error: String(error) }));
    },
  };
  const telemetry = composeTelemetry({
    currentConfig: () => configFile.current(),
    version: options.version,
    sources: {
      inFlight: () => inflight.count,
      streamsOpen: () => [...inflight.running()].filter(({ facts }) => facts.stream).length,
      breakers: () => breakers.rows(systemClock.monotonicMs()),
      logRowsDropped: () => requestLog.droppedCount,
      lagMs: ticker.lagMs,
    },
    warn: (line) => log.warn(line),
  });
  const probe = new ProbeGate();
  await setFirstPassword(configFile, log, { env: options.env, file: options.adminPasswordFile });
  const parts = composeAccess({
    dataDir,
    configFile,
    log,
    allowedHosts: options.allowedHosts ?? [],
    port: () => adminListener.port,
  });
  admin = parts;
  const { access, auditLog } = parts;
  const seedRoutes = createSeedRoutes({
    configFile,
    access,
    random: systemRandom,
    recentLogs: (limit) => requestLog.recent(limit),
    clearLogs: () => requestLog.clear(),
    toLogEntry: toSeedLogEntry,
    breakerRows: () => breakers.rows(systemClock.monotonicMs()),
    testModel: createTestModel(deps, probe, () => configFile.current()),
  });
  const adminApi = lazyAdminApi(
    {
      configFile,
      requestLog,
      gateway: deps,
      probe,
      gate: createAccessGate(access),
      access,
      auditLog,
      live,
      history,
      seenClients,
      usage: (filter) => requestLog.usage(filter),
      prices: pricer,
      upstreamStats: () => upstreamStats((filter) => requestLog.usage(filter), systemClock.wallMs()),
      keyUsage: () => Promise.resolve(keyUsage(configFile.current(), keySpend, systemClock.wallMs())),
      about: {
        version: options.version,
        dataDir,
        startedAt: systemClock.wallMs(),
        address: () => adminListener.url,
        apiAddress: () => listener.url,
      },
    },
    (error) => log.error("an admin request failed", { error: String(error) }),
  );
  const consoleAssets = createConsoleAssets(await loadConsole());
  const adminHandler: AdminHandler = (request, path, peer) =>
    metricsPage(request, path, peer) ??
    consoleFile(request, path) ??
    adminApi(request, path, peer) ??
    seedRoutes(request, path, peer);
  function metricsPage(...[request, path, peer]: Parameters<AdminHandler>): ReturnType<AdminHandler> {
    // With the token any host name will do: a page that rebinds names has no token.
    const isOpen = path === "/metrics" && configFile.current().metrics.token === undefined;
    const refusal = isOpen ? access.screenHost(request) : undefined;
    if (refusal) return new Response(`${refusal.message}\n`, { status: refusal.status });
    return telemetry.route(request, path, peer);
  }
  function consoleFile(request: Request, path: string): Promise<Response> | Response | undefined {
    const answer = consoleAssets(request, path);
    const refusal = answer && access.screenHost(request);
    return refusal ? Response.json({ error: refusal.message }, { status: refusal.status }) : answer;
  }
  const common = {
    deps,
    probe,
    currentConfig: () => configFile.current(),
    version: options.version,
    tls: readTls(options),
  };
  const hasOwnAdmin = options.adminPort !== undefined || options.adminHost !== undefined;
  const listener = await listen(
    {
      ...common,
      host: options.host,
      port: options.port,
      admin: hasOwnAdmin ? undefined : adminHandler,
      servesApi: true,
    },
    { host: "--host", port: "--port" },
  );
  descriptors.start();
  let adminListener = listener;
  if (hasOwnAdmin) {
    const host = options.adminHost ?? options.host;
    try {
      adminListener = await listen(
        { ...common, host, port: options.adminPort ?? 0, admin: adminHandler, servesApi: false },
        { host: "--admin-host", port: "--admin-port" },
      );
    } catch (error) {
      await listener.stop();
      throw error;
    }
  }
  access.announce();
  // After listening: nothing of this holds up the first request.
  deps.background(openLog(requestLog, { dataDir, keySpend, log, wallMs: systemClock.wallMs() }));
  apiPort = listener.port;
  /** An upstream that is this gateway itself would answer nobody. */
  function warnOfCircles(): void {
    const addresses = Object.values(networkInterfaces()).flatMap((entries) =>
      (entries ?? []).map((each) => each.address),
    );
    for (const { id, baseUrl, enabled } of applied.upstreams) {
      if (enabled && isOwnAddress(baseUrl, apiPort, addresses))
        log.warn(`upstream ${id} leads back to this gateway: requests to it go round in a circle and are refused`);
    }
  }
  warnOfCircles();

  return {
    url: listener.url,
    port: listener.port,
    adminUrl: adminListener.url,
    log,
    config: () => configFile.current(),
    flush: () => requestLog.flush(),
    async stop(graceMs) {
      await listener.drain(graceMs);
      await listener.stop();
      if (adminListener !== listener) await adminListener.stop();
      ticker.stop();
      descriptors.stop();
      transport.close();
      await breakerParts.save();
      live.close();
      await telemetry.close();
      await requestLog.close();
      await configFile.close();
      await history.close();
      parts.close();
    },
  };
}

/** Memory that this program's container may use; undefined outside of one. */
function containerBytes(): number | undefined {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < totalmem() ? bytes : undefined;
}

/** Saves that nobody asked for, such as a stronger hash of the password. */
const BY_US = { source: "script", author: "" };

function nameOfKey(config: Config, label: string | undefined): string | null {
  const key = label === undefined ? undefined : config.clientKeys.find((entry) => entry.label === label);
  return key?.name ?? null;
}

/** Certificate and key, checked to be there; undefined for plain HTTP. */
function readTls({ tlsCert, tlsKey }: AppOptions): { readonly cert: string; readonly key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new Error("--tls-cert and --tls-key: expected both or none");
  return { cert: readFileSync(tlsCert, "utf8"), key: readFileSync(tlsKey, "utf8") };
}
