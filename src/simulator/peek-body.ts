// Finds the three body fields that choose an answer's shape, without parsing large bodies where that is safe.

/** What the shape of an answer depends on. */
export interface BodyPeek {
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Bodies up to this size are parsed: exact and cheap. */
const PARSE_BELOW_BYTES = 4096;

/**
 * Reads `model`, `stream` and `stream_options.include_usage`. A large body is searched as text where each key occurs
 * at most once, and parsed otherwise. (A key that occurs once, but in a nested object, is mistaken for the outer one.)
 * Never throws: a body that is no JSON has none of them.
 */
export function peekBody(body: Buffer, parse: () => unknown): BodyPeek {
  if (body.length >= PARSE_BELOW_BYTES) {
    const model = single(body, '"model"');
    const stream = single(body, '"stream"');
    const includeUsage = single(body, '"include_usage"');
    if (model !== null && stream !== null && includeUsage !== null) {
      return {
        model: model === undefined ? undefined : /^\s*:\s*"([^"\\]*)"/.exec(model)?.[1],
        stream: stream !== undefined && /^\s*:\s*true/.test(stream),
        includeUsage: includeUsage !== undefined && /^\s*:\s*true/.test(includeUsage),
      };
    }
  }
  return peekParsed(parse());
}

function peekParsed(body: unknown): BodyPeek {
  if (typeof body !== "object" || body === null) return { model: undefined, stream: false, includeUsage: false };
  const { model, stream, stream_options } = body as Record<string, unknown>;
  const includeUsage =
    typeof stream_options === "object" && stream_options !== null && "include_usage" in stream_options;
  return {
    model: typeof model === "string" ? model : undefined,
    stream: stream === true,
    includeUsage: includeUsage && (stream_options as { include_usage: unknown }).include_usage === true,
  };
}

/** The text after the only occurrence of `key`; undefined when there is none, null when there are several. */
function single(body: Buffer, key: string): string | undefined | null {
  const at = body.indexOf(key);
  if (at < 0) return undefined;
  if (body.indexOf(key, at + key.length) >= 0) return null;
  return body.toString("utf8", at + key.length, at + key.length + 256);
}
