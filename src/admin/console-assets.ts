// Serves the console at /admin-ui from memory. No path of a request ever reaches the file system: a file is
// looked up by its whole name or is not there.

import { type ConsoleFile, decodeConsolePack } from "./console-pack.ts";

/** Answers requests at and below `/admin-ui`; undefined for every other path. */
export type ConsoleAssets = (request: Request, path: string) => Response | undefined;

const ROOT = "/admin-ui";
const ASSETS = `${ROOT}/assets/`;

/** What every answer carries. The console needs no foreign asset, no inline script and no inline style. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};

/**
 * Creates the handler. `/admin-ui` and every path below it that names no asset get the page, which finds out
 * by itself what to show there. Without a pack (the console could not be built) the page says so.
 */
export function createConsoleAssets(pack: Uint8Array | undefined): ConsoleAssets {
  const files = new Map((pack ? decodeConsolePack(pack) : []).map((file) => [`${ROOT}/${file.path}`, file]));
  const page = files.get(`${ROOT}/index.html`);

  return (request, path) => {
    if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response(null, { status: 405, headers: { ...CONSOLE_HEADERS, allow: "GET, HEAD" } });
    if (path.startsWith(ASSETS)) {
      const file = files.get(path);
      return file ? serveFile(request, file) : notFound(request);
    }
    if (!isPagePath(path)) return notFound(request);
    return page ? serveFile(request, page) : notBuilt(request);
  };
}

/** The console's own paths: plain names, so that nothing odd is ever answered with 200. */
function isPagePath(path: string): boolean {
  return (
    path.length <= 1024 && /^\/admin-ui(?:\/[A-Za-z0-9_%~:@.-]*)*$/.test(path) && !/\.\.|%2e|%2f|%5c|%00/i.test(path)
  );
}

function serveFile(request: Request, file: ConsoleFile): Response {
  const { encoding, bytes } = chooseEncoding(file, request.headers.get("accept-encoding") ?? "");
  const etag = `"${file.hash}${encoding === "" ? "" : `-${encoding}`}"`;
  const headers: Record<string, string> = {
    ...CONSOLE_HEADERS,
    "content-type": file.contentType,
    "cache-control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    etag,
    vary: "accept-encoding",
  };
  if (hasTag(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  if (encoding !== "") headers["content-encoding"] = encoding;
  headers["content-length"] = String(bytes.length);
  return new Response(request.method === "HEAD" ? null : (bytes as Uint8Array<ArrayBuffer>), { headers });
}

function chooseEncoding(file: ConsoleFile, accepted: string): { encoding: string; bytes: Uint8Array } {
  const offers = new Set(
    accepted
      .split(",")
      .map((offer) => offer.trim().toLowerCase())
      .filter((offer) => !/;\s*q=0(?:\.0*)?$/.test(offer))
      .map((offer) => offer.split(";")[0]?.trim()),
  );
  if (file.br && offers.has("br")) return { encoding: "br", bytes: file.br };
  if (file.gzip && offers.has("gzip")) return { encoding: "gzip", bytes: file.gzip };
  return { encoding: "", bytes: file.identity };
}

function hasTag(header: string | null, etag: string): boolean {
  return header?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag) ?? false;
}

function notFound(request: Request): Response {
  return plainPage(request, 404, "Not found\n");
}

function notBuilt(request: Request): Response {
  return plainPage(
    request,
    503,
    "The gateway is running, but its console has not been built. Build it with ./apirouter.sh build or start again with ./apirouter.sh run.\n" +
      "网关正在运行，但管理界面尚未构建。请执行 ./apirouter.sh build，或用 ./apirouter.sh run 重新启动。\n",
  );
}

function plainPage(request: Request, status: number, text: string): Response {
  return new Response(request.method === "HEAD" ? null : text, {
    status,
    headers: { ...CONSOLE_HEADERS, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
