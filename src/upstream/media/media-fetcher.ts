// What a fetcher of remote media has to provide. Types only.

import type { MediaKind } from "./media-type.ts";

/** One file to fetch. */
export interface MediaRequest {
  /** As the client wrote it; judged by the fetcher. */
  readonly url: string;
  readonly kind: MediaKind;
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** For everything together, milliseconds. */
  readonly timeoutMs: number;
}

/** Why a file was not fetched. */
export type MediaError =
  /** Not a URL, or an endless one. */
  | "bad-url"
  | "not-https"
  /** User name or password in the URL. */
  | "has-credentials"
  /** Any port but 443. */
  | "port-refused"
  /** A local name, or an address that is not public, among those of the name. */
  | "not-public"
  | "name-unknown"
  | "connect-failed"
  /** Handshake failed, or the certificate is not valid for the name. */
  | "tls-failed"
  | "redirect"
  /** Any status but 200. */
  | "bad-status"
  /** Not announced as the expected kind, or its first bytes say otherwise, or compressed. */
  | "wrong-type"
  | "too-large"
  | "timed-out"
  | "aborted"
  /** Broke off, or is not HTTP. */
  | "broken-answer"
  /** Too many files under way in this process. */
  | "busy";

export type MediaResult =
  | {
      readonly ok: true;
      /** Proven by the file's first bytes. */
      readonly mediaType: string;
      readonly base64: string;
      /** Before base64. */
      readonly bytes: number;
    }
  | { readonly ok: false; readonly error: MediaError };

/** Fetches files; never rejects. */
export interface MediaFetcher {
  fetch(request: MediaRequest, signal: AbortSignal): Promise<MediaResult>;
}
