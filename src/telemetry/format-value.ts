// How single values are written in log lines: control characters escaped, credentials hidden by where they stand.
// Secrets that are known by their text are the redactor's business.

/** Fields and headers whose value is a credential, lower case. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  ...["authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "set-cookie"],
  ...["x-admin-password", "password", "new_password", "newpassword"],
]);

/** C0, DEL, C1, line separators, direction overrides and byte order marks: what forges or hides parts of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const HAS_CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

const MAY_HOLD_CREDENTIAL = /(?:key|token)=|(?:bearer|basic) /i;
const QUERY_CREDENTIAL = /([?&](?:key|api[-_]?key|access[-_]token|token)=)[^&\s"'#\\]+/gi;
const SCHEME_CREDENTIAL = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;

/** Hides what stands in a query or after an authorization scheme; works on JSON text as well as on plain text. */
function maskCredentials(text: string): string {
  if (!MAY_HOLD_CREDENTIAL.test(text)) return text;
  return text.replace(QUERY_CREDENTIAL, "$1***").replace(SCHEME_CREDENTIAL, "$1 ***");
}

/** Text that stands alone in a line: escaped, never quoted. */
export function formatText(text: string): string {
  return escapeControls(maskCredentials(text));
}

/** `name=value` for a text line; quoted where it would not be one word. */
export function formatTextField(name: string, value: unknown): string {
  return `${formatWord(name)}=${formatWord(maskCredentials(plainText(name, value)))}`;
}

/** A JSON object on one line. Never throws but for a `toJSON` that does; what JSON cannot hold is described. */
export function formatJsonLine(fields: Readonly<Record<string, unknown>>): string {
  return escapeControls(maskCredentials(jsonText("", fields, 0)));
}

/** As `formatJsonLine`, for data that JSON can hold as it is and that has no secret field names; several times faster. */
export function formatPlainJsonLine(fields: Readonly<Record<string, unknown>>): string {
  return escapeControls(maskCredentials(JSON.stringify(fields)));
}

function plainText(name: string, value: unknown): string {
  if (typeof value === "string") return isSecretName(name) ? "***" : value;
  if (value instanceof Error) return isSecretName(name) ? "***" : errorText(value);
  return jsonText(name, value, 0);
}

function formatWord(text: string): string {
  if (text !== "" && !/[\s"=\\]/.test(text)) return escapeControls(text);
  return escapeControls(JSON.stringify(text));
}

/** Inside JSON text these characters stand in strings only, where the escape means the same. */
function escapeControls(text: string): string {
  if (!HAS_CONTROL.test(text)) return text;
  return text.replace(CONTROL, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\r") return "\\r";
    if (char === "\t") return "\\t";
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** JSON text of any value, with secret fields hidden and the size bounded, which also ends cycles. */
function jsonText(name: string, value: unknown, depth: number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (value === null || typeof value === "boolean") return String(value);
  if (isSecretName(name)) return '"***"';
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return JSON.stringify(typeof value === "bigint" ? String(value) : `(${typeof value})`);
  if (value instanceof Error) return JSON.stringify(errorText(value));
  if (depth >= MAX_DEPTH) return '"(…)"';
  if (Array.isArray(value)) return listText(name, value, depth);
  if (value instanceof Map) return jsonText(name, Object.fromEntries(value), depth);
  if (value instanceof Set) return listText(name, [...value], depth);
  // Things that print themselves in their own way, Secret above all, stay in charge of it.
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonText(name, value.toJSON(), depth + 1);
  return objectText(value as Readonly<Record<string, unknown>>, depth);
}

function listText(name: string, items: readonly unknown[], depth: number): string {
  let text = "";
  for (let index = 0; index < items.length && index < MAX_ITEMS; index += 1) {
    text += `${index === 0 ? "" : ","}${jsonText(name, items[index], depth + 1)}`;
  }
  return `[${text}]`;
}

function objectText(object: Readonly<Record<string, unknown>>, depth: number): string {
  let text = "";
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (count === MAX_ITEMS) break;
    text += `${count === 0 ? "" : ","}${JSON.stringify(name)}:${jsonText(name, value, depth + 1)}`;
    count += 1;
  }
  return `{${text}}`;
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name) || SECRET_NAMES.has(name.toLowerCase());
}

/** Message, system code and the cause's message; no stack, which belongs into no line. */
function errorText(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${code}${cause}`;
}
