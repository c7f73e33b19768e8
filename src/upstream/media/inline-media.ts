// Puts the bytes of images and PDFs into a request where it has only their URLs, for an upstream that does not load
// URLs by itself. What may be fetched and how is the fetcher's business.

import type { RemoteMediaSettings, UpstreamConfig } from "../../config/config.ts";
import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import { fetchesUrls } from "./fetches-urls.ts";
import type { MediaError, MediaFetcher, MediaResult } from "./media-fetcher.ts";
import { hasRemoteSources, type RemoteSource, replaceRemoteSources } from "./remote-sources.ts";

export interface InlinedRequest {
  readonly request: IrRequest;
  /** One per URL that stayed: `approximated`, feature `remote-media`. */
  readonly losses: readonly Loss[];
}

/**
 * Bytes that one request may grow by, before base64, repetitions counted: together with base64 about the 33 MiB that a
 * client may send by itself. A single file within `maxBytes` always fits.
 */
const MAX_TOTAL_BYTES = 24 * 1024 * 1024;

/** Whether `inlineRemoteMedia` would have anything to do: switched on, needed by the upstream, and URLs in the request. */
export function needsInlining(
  request: IrRequest,
  settings: RemoteMediaSettings,
  upstream: Pick<UpstreamConfig, "protocol" | "baseUrl" | "quirks">,
): boolean {
  return settings.inline && !fetchesUrls(upstream) && hasRemoteSources(request);
}

/**
 * Fetches the first `maxItems` different URLs at once and replaces each place that names one by its bytes. What was not
 * fetched stays as it is and is a loss. Fetches nothing unless `settings.inline`. Takes at most about `timeoutMs`, ends
 * at once with `signal`, never rejects, never mutates the request.
 */
export async function inlineRemoteMedia(
  request: IrRequest,
  settings: RemoteMediaSettings,
  fetcher: MediaFetcher,
  signal: AbortSignal,
): Promise<InlinedRequest> {
  if (!settings.inline) return { request, losses: [] };
  const wanted = wantedSources(request, settings.maxItems);
  const { maxBytes, timeoutMs } = settings;
  const fetches = [...wanted].map(
    async ([key, { url, kind }]): Promise<[string, MediaResult]> => [
      key,
      await fetcher.fetch({ url, kind, maxBytes, timeoutMs }, signal),
    ],
  );
  return applyResults(request, new Map(await Promise.all(fetches)), maxBytes);
}

/** The first places of the first different URLs, by key. */
function wantedSources(request: IrRequest, maxItems: number): ReadonlyMap<string, RemoteSource> {
  const wanted = new Map<string, RemoteSource>();
  replaceRemoteSources(request, (source) => {
    if (wanted.size < maxItems && !wanted.has(keyOf(source))) wanted.set(keyOf(source), source);
    return undefined;
  });
  return wanted;
}

function applyResults(request: IrRequest, results: ReadonlyMap<string, MediaResult>, maxBytes: number): InlinedRequest {
  const losses: Loss[] = [];
  let roomBytes = Math.max(MAX_TOTAL_BYTES, maxBytes);
  const inlined = replaceRemoteSources(request, (source) => {
    const result = results.get(keyOf(source));
    const bytes = result?.ok ? result.bytes : 0;
    if (result?.ok && bytes <= roomBytes) {
      roomBytes -= bytes;
      return { type: "base64", mediaType: result.mediaType, data: result.base64 };
    }
    const reason = result === undefined ? TOO_MANY : result.ok ? NO_ROOM : REASONS[result.error];
    losses.push({ kind: "approximated", path: source.path, feature: "remote-media", detail: `stays a url: ${reason}` });
    return undefined;
  });
  return { request: inlined, losses };
}

function keyOf(source: RemoteSource): string {
  return `${source.kind} ${source.url}`;
}

const TOO_MANY = "the request names too many of them";
const NO_ROOM = "the request would grow too large";
/** For everything that depends on our network: the client must not learn what exists there. */
const UNREACHABLE = "the server could not be reached";

const REASONS: Readonly<Record<MediaError, string>> = {
  "bad-url": "it is not a valid one",
  "not-https": "only https is fetched",
  "has-credentials": "it holds a user name or password",
  "port-refused": "only port 443 is fetched from",
  "not-public": UNREACHABLE,
  "name-unknown": UNREACHABLE,
  "connect-failed": UNREACHABLE,
  "tls-failed": UNREACHABLE,
  redirect: "redirects are not followed",
  "bad-status": "the server did not answer with the file",
  "wrong-type": "the answer is not a file of the expected kind",
  "too-large": "the file is too large",
  "timed-out": UNREACHABLE,
  aborted: "the request was given up",
  "broken-answer": "the server's answer was broken",
  busy: "too many files are being fetched",
};
