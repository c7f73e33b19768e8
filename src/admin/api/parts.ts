// What the routes of the admin API are made from.

import type { GatewayDeps } from "../../gateway/context.ts";
import type { ProbeGate } from "../../gateway/probe-gate.ts";
import type { AuditLog } from "../../store/audit-log.ts";
import type { ConfigFile } from "../../store/config-file.ts";
import type { ConfigHistory } from "../../store/config-history.ts";
import type { RequestLog } from "../../store/request-log.ts";
import type { UsageFilter, UsageGroup } from "../../store/usage-sums.ts";
import type { Pricer } from "../../telemetry/prices/pricer.ts";
import type { AdminAccess } from "../access/admin-access.ts";
import type { KeyView } from "../contract/keys.ts";
import type { LiveHub } from "../live/live-hub.ts";
import type { SeenClients } from "../live/seen-clients.ts";
import type { AdminGate } from "./gate.ts";
import type { UpstreamStats } from "./upstream-view.ts";

/** What a client key has used. */
export type KeyUsage = KeyView["usage"];

export interface AdminParts {
  readonly configFile: ConfigFile;
  readonly requestLog: RequestLog;
  /** What requests add up to. */
  readonly usage: (filter: UsageFilter) => Promise<UsageGroup[]>;
  readonly gateway: GatewayDeps;
  readonly probe: ProbeGate;
  readonly gate: AdminGate;
  readonly access: AdminAccess;
  readonly auditLog: AuditLog;
  readonly live: LiveHub;
  readonly history: ConfigHistory;
  readonly seenClients: SeenClients;
  readonly prices: Pricer;
  /** What happened at each upstream in the last hour; upstreams without an entry were not used. */
  readonly upstreamStats: () => Promise<ReadonlyMap<string, UpstreamStats>>;
  /** What each client key has used, by its id; `running` is filled in by the caller. */
  readonly keyUsage: () => Promise<ReadonlyMap<string, KeyUsage>>;
  readonly about: {
    readonly version: string;
    /** Absolute. */
    readonly dataDir: string;
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    /** `http://0.0.0.0:1999`; known once the program listens. */
    readonly address: () => string;
    /** The same of the routes for clients, which may listen elsewhere. */
    readonly apiAddress: () => string;
  };
}
