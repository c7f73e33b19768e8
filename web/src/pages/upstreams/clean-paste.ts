// Takes off what comes along when an address or a key is copied from documentation, a chat or a shell script.
// What is left is not checked here.

/** `export NAME=`, `set NAME=`, `$env:NAME = `, or `NAME_OF_IT=` as in a file of variables. */
const ASSIGNMENT = /^(?:(?:export|set)\s+\w+|\$env:\w+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*=\s*(?=[^=\s])/;
const HEADER = /^["']?(?:authorization|x-api-key|x-goog-api-key|api-key)["']?\s*:\s*/i;
const QUOTED = /^["'`“”‘’「]+|["'`“”‘’」]+$/g;
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff]/g;
/** What this machine's own network or the machine itself is called: such servers seldom speak https. */
const NEARBY =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[^./:]+(?:[:/]|$)|[^/:]+\.(?:local|lan|internal)(?:[:/]|$))/i;
const HOST = /^(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::\d+)?(?:\/\S*)?$|^[a-z0-9-]+:\d+(?:\/\S*)?$/i;

/** A key as the provider issued it. References (`env:`, `file:`) and what is no key at all come back trimmed. */
export function cleanKey(text: string): string {
  const plain = halfWidth(text);
  if (/^(?:env|file):/.test(plain)) return plain;
  return unwrap(unwrap(plain).replace(HEADER, "")).replace(/^bearer\s+/i, "");
}

/** An address with its scheme. What does not look like one comes back trimmed. */
export function cleanAddress(text: string): string {
  const plain = unwrap(halfWidth(text));
  if (!HOST.test(plain)) return plain;
  return `${NEARBY.test(plain) ? "http" : "https"}://${plain}`;
}

function unwrap(text: string): string {
  return text
    .replace(ASSIGNMENT, "")
    .replace(/[,;，；。]+$/, "")
    .replace(QUOTED, "")
    .trim();
}

/** Letters and signs as Chinese input methods write them, in their plain form. */
function halfWidth(text: string): string {
  return text
    .replace(INVISIBLE, "")
    .replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .trim();
}
