// GET /metrics: for whoever has the metrics token, else for this machine only.

import { createHash, timingSafeEqual } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { Family } from "../telemetry/metrics/families.ts";
import { formatPrometheus, PROMETHEUS_TYPE } from "../telemetry/metrics/prometheus-text.ts";
import type { AdminHandler } from "./listener.ts";

export interface MetricsRouteOptions {
  readonly currentConfig: () => Config;
  readonly families: () => readonly Family[];
}

/** Answers `/metrics`; undefined for other paths. */
export function createMetricsRoute(options: MetricsRouteOptions): AdminHandler {
  return (request, path, peer) => {
    if (path !== "/metrics") return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("expected GET\n", { status: 405, headers: { allow: "GET, HEAD" } });
    const { token } = options.currentConfig().metrics;
    if (token ? !hasToken(request, token.reveal()) : !peer.isLocal) {
      const message = token
        ? "expected the metrics token as bearer\n"
        : "without metrics.token, for this machine only\n";
      const headers = token ? { "www-authenticate": "Bearer" } : {};
      return new Response(message, { status: token ? 401 : 403, headers });
    }
    return new Response(formatPrometheus(options.families()), {
      headers: { "content-type": PROMETHEUS_TYPE, "cache-control": "no-store", "x-content-type-options": "nosniff" },
    });
  };
}

function hasToken(request: Request, token: string): boolean {
  const given = /^bearer\s+(\S{1,4096})$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
