// Prices of the operator's own, the token of the metrics page, and where traces and metrics are sent.

import { Secret } from "../lib/secret.ts";
import type { MetricsSettings, OtelSettings, PriceOverride } from "./config.ts";
import { DEFAULT_OTEL_SERVICE_NAME } from "./defaults.ts";
import { collectorHeaderFault, headerValueFault } from "./header-rules.ts";
import { type KeySources, resolveKey } from "./key-reference.ts";
import type { ProblemList } from "./problem-list.ts";
import type { FileConfig } from "./schema.ts";

/** The settings; what refers to a variable or file that is not there goes to the list. */
export function buildTelemetry(
  file: FileConfig,
  sources: KeySources,
  list: ProblemList,
): { prices: readonly PriceOverride[]; metrics: MetricsSettings; otel: OtelSettings } {
  return {
    prices: Object.freeze((file.prices ?? []).map(buildPrice)),
    metrics: Object.freeze({ token: buildToken(file.metrics?.token, sources, list) }),
    otel: Object.freeze(buildOtel(file.otel, sources, list)),
  };
}

/** The file's settings over the standard variables of OpenTelemetry. */
function buildOtel(otel: FileConfig["otel"], sources: KeySources, list: ProblemList): OtelSettings {
  const { env } = sources;
  const isDisabled = env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true";
  const endpoint = otel?.endpoint ?? (env["OTEL_EXPORTER_OTLP_ENDPOINT"]?.trim() || undefined);
  return {
    endpoint: isDisabled ? undefined : buildEndpoint(endpoint, list),
    headers: buildHeaders(new Map([...environmentHeaders(env), ...(otel?.headers ?? [])]), sources, list),
    serviceName: otel?.service_name ?? (env["OTEL_SERVICE_NAME"]?.trim() || DEFAULT_OTEL_SERVICE_NAME),
  };
}

/** `name=value,name=value`, percent-encoded, as the standard variable has them; what is not of that form is left out. */
function environmentHeaders(env: KeySources["env"]): [string, string][] {
  return (env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "").split(",").flatMap((pair): [string, string][] => {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim().toLowerCase();
    if (at < 1 || collectorHeaderFault(name) !== null) return [];
    try {
      const value = decodeURIComponent(pair.slice(at + 1).trim());
      return headerValueFault(value) === null ? [[name, value]] : [];
    } catch {
      return []; // a per cent sign that encodes nothing
    }
  });
}

function buildPrice(price: NonNullable<FileConfig["prices"]>[number]): PriceOverride {
  return Object.freeze({
    model: price.model,
    upstreamId: price.upstream ?? undefined,
    input: price.input ?? null,
    output: price.output ?? null,
    cacheRead: price.cache_read ?? null,
    cacheWrite: price.cache_write ?? null,
    reasoning: price.reasoning ?? null,
  });
}

function buildToken(text: string | undefined, sources: KeySources, list: ProblemList): Secret | undefined {
  if (text === undefined) return undefined;
  const resolved = resolveKey(text, sources);
  if (resolved.ok) return new Secret(resolved.value);
  list.problem(["metrics", "token"], resolved.message);
  return undefined;
}

function buildEndpoint(text: string | undefined, list: ProblemList): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text.trim());
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (isUsable && url.search === "" && url.hash === "") return url.href.replace(/\/+$/, "");
  list.wrong(["otel", "endpoint"], "expected an http(s) URL without user, query and fragment");
  return undefined;
}

function buildHeaders(
  entries: ReadonlyMap<string, string>,
  sources: KeySources,
  list: ProblemList,
): ReadonlyMap<string, Secret> {
  const headers = new Map<string, Secret>();
  for (const [name, text] of entries) {
    // A whole header value may hold spaces (`Bearer …`), a referenced one is a key.
    const resolved = /^(env|file):/.test(text) ? resolveKey(text, sources) : { ok: true as const, value: text.trim() };
    if (resolved.ok) headers.set(name.toLowerCase(), new Secret(resolved.value));
    else list.problem(["otel", "headers", name], resolved.message);
  }
  return headers;
}
