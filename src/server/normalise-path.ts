// Brings the many ways in which clients write a route to one form, or refuses what is odd.

const VERSIONS = new Set(["v1", "v1beta", "v1alpha"]);
/** Endpoints that users paste into base URLs, so that clients append them a second time. */
const ENDPOINTS = ["/chat/completions", "/messages", "/responses", "/models"];
/** First segments that belong below `/v1` when they stand bare. */
const BARE = new Set([
  "messages",
  "chat",
  "responses",
  "models",
  "embeddings",
  "completions",
  "images",
  "audio",
  "moderations",
]);

/** The prefix of a Gemini model's full name, from clients that encode the name as one segment; may stand twice. */
const ENCODED_PREFIX = /\/(?:models%2f)+/gi;

/**
 * Normalises the path of an API request: collapses `//` and repeated segments (`/v1/v1`, `/chat/completions/chat/completions`),
 * drops a trailing slash, puts bare endpoints below `/v1` and all Gemini forms below `/v1beta/models`.
 * Returns null for paths that no honest client sends: dot segments, encoded dots or control characters, back-slashes.
 * Decodes nothing but the slash of a `models/` prefix, and that before the check.
 */
export function normalisePath(raw: string): string | null {
  const path = raw.replaceAll(ENCODED_PREFIX, "/models/");
  if (isOdd(path)) return null;
  const segments = path.split("/").filter((segment) => segment !== "");
  const kept: string[] = [];
  for (const segment of segments) {
    const previous = kept[kept.length - 1];
    if (VERSIONS.has(segment) && previous !== undefined && VERSIONS.has(previous)) kept.pop();
    kept.push(segment);
  }
  let normal = `/${kept.join("/")}`;
  for (const endpoint of ENDPOINTS) {
    while (normal.includes(`${endpoint}${endpoint}`)) normal = normal.replace(`${endpoint}${endpoint}`, endpoint);
    // `/v1/messages/v1/messages`: the whole endpoint pasted as base URL.
    normal = normal.replace(`${endpoint}/v1${endpoint}`, endpoint);
  }
  const first = normal.split("/")[1] ?? "";
  if (BARE.has(first)) normal = `/v1${normal}`;
  return geminiForm(normal);
}

/** `/v1/models/x:generateContent`, `/v1alpha/…`, `/v1beta/publishers/google/models/…`, `/v1beta/tunedModels/…` in one form. */
function geminiForm(path: string): string {
  const [, version, ...rest] = path.split("/");
  if (version === undefined || !VERSIONS.has(version)) return path;
  let tail = rest.join("/");
  if (tail.startsWith("publishers/google/")) tail = tail.slice("publishers/google/".length);
  if (tail.startsWith("tunedModels/")) tail = `models/${tail}`;
  const isMethod = tail.startsWith("models/") && tail.includes(":") && GEMINI_METHOD.test(tail);
  if (isMethod || version === "v1alpha") return `/v1beta/${tail}`;
  return tail === rest.join("/") ? path : `/${version}/${tail}`;
}

const GEMINI_METHOD = /:(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/;

function isOdd(path: string): boolean {
  if (!path.startsWith("/") || path.length > 4096 || path.includes("\\")) return true;
  if (/%(00|0a|0d|5c|2e)/i.test(path)) return true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u0020\u007f]/.test(path)) return true;
  return path.split("/").some((segment) => segment === "." || segment === ".." || segment.includes(";"));
}
