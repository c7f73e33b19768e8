// Finds an object by its field name in a piece of JSON text whose beginning or end may be missing.

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The last whole object that stands behind `"field":` in the text, parsed; undefined when there is none. The name
 * inside a string is no hit: its quotes are escaped there. Quadratic in the number of broken hits: for short texts.
 */
export function findObject(text: string, field: string): Record<string, unknown> | undefined {
  const name = JSON.stringify(field);
  for (let at = text.lastIndexOf(name); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(name, at - 1)) {
    const start = objectStart(text, at + name.length);
    const end = start < 0 ? -1 : objectEnd(text, start);
    if (end < 0) continue;
    try {
      return JSON.parse(text.slice(start, end)) as Record<string, unknown>;
    } catch {
      // brackets alone make no JSON: an earlier one may be whole
    }
  }
  return undefined;
}

/** Index of the brace behind the colon that follows `from`; -1 when something else comes. */
function objectStart(text: string, from: number): number {
  let hasColon = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) continue;
    if (code === OPEN_BRACE && hasColon) return at;
    if (text[at] !== ":" || hasColon) return -1;
    hasColon = true;
  }
  return -1;
}

/** Index behind the brace that closes the one at `start`; -1 when the text ends before. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === OPEN_BRACE) depth += 1;
    else if (code === CLOSE_BRACE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
