// Upstream keys in the file are the key itself, `env:NAME` or `file:path`. Reading is the caller's business.

export type KeyReference =
  | { readonly type: "plain"; readonly value: string }
  | { readonly type: "env"; readonly name: string }
  | { readonly type: "file"; readonly path: string };

/** Where referenced keys come from. */
export interface KeySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file's text; throws an Error whose message says why it cannot be read. */
  readonly readKeyFile: (path: string) => string;
}

export type ResolvedKey =
  | { readonly ok: true; readonly value: string }
  /** `message` is a whole sentence part: `expected …, found …`; never holds key material. */
  | { readonly ok: false; readonly message: string };

const KEY = /^[\x21-\x7e]{1,4096}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const EXPECTED_KEY = "1 to 4096 printable ASCII characters without spaces";

/** Reads the form of a key; never fails, as anything else is a plain key. Expects trimmed text. */
export function parseKeyReference(text: string): KeyReference {
  if (text.startsWith("env:")) return { type: "env", name: text.slice(4) };
  if (text.startsWith("file:")) return { type: "file", path: text.slice(5) };
  return { type: "plain", value: text };
}

/** Whether a key in the file points elsewhere and so is no secret itself. */
export function isKeyReference(text: string): boolean {
  return parseKeyReference(text.trim()).type !== "plain";
}

/** Follows a reference and checks the key it leads to. Surrounding white space never belongs to a key. */
export function resolveKey(text: string, sources: KeySources): ResolvedKey {
  const reference = parseKeyReference(text.trim());
  if (reference.type === "plain") return checkKey(reference.value, "");
  if (reference.type === "env") return resolveEnv(reference.name, sources);
  return resolveFile(reference.path, sources);
}

function resolveEnv(name: string, sources: KeySources): ResolvedKey {
  if (!ENV_NAME.test(name)) return { ok: false, message: "expected env: and the name of an environment variable" };
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
  if (value === undefined || value.trim() === "") {
    return {
      ok: false,
      message: `expected a key in environment variable ${name}, found it ${value === undefined ? "not set" : "empty"}`,
    };
  }
  return checkKey(value.trim(), ` in environment variable ${name}`);
}

function resolveFile(path: string, sources: KeySources): ResolvedKey {
  if (path === "") return { ok: false, message: "expected file: and the path of a file" };
  const where = ` in file ${JSON.stringify(path.slice(0, 200))}`;
  let text: string;
  try {
    text = sources.readKeyFile(path);
  } catch (error) {
    return {
      ok: false,
      message: `expected a key${where}, which cannot be read: ${error instanceof Error ? error.message : "unknown error"}`,
    };
  }
  if (text.trim() === "") return { ok: false, message: `expected a key${where}, found it empty` };
  return checkKey(text.trim(), where);
}

function checkKey(value: string, where: string): ResolvedKey {
  if (KEY.test(value)) return { ok: true, value };
  return {
    ok: false,
    message: `expected a key of ${EXPECTED_KEY}${where}, found one of ${value.length} characters with others`,
  };
}
