// Parses the JSON texts of one stream, which follow each other and mostly differ in a few values only: a piece of text,
// a counter. What did not change is compared, not parsed. Knows no format: how a stream spells its frames is learned.

/** The value of a JSON text; undefined where it has none. Must not throw. */
export type ParseJson = (text: string) => unknown;

/** Between two values of a frame there is room for one that changes. */
interface Hole {
  readonly isString: boolean;
  /** Object or array of the template's value that holds the changing value, and under what key or index. */
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
  /** The text behind it, up to the next hole or the end. */
  readonly after: string;
}

/** How the latest frames are spelled. */
interface Template {
  readonly shape: Shape;
  /** Places in `shape.spans` that are holes. */
  readonly changing: ReadonlySet<number>;
  /** The text before the first hole. */
  readonly head: string;
  readonly holes: readonly Hole[];
  readonly value: unknown;
}

/** Where the strings (keys excepted) and natural numbers of a text are: start and end in turns. */
interface Shape {
  readonly text: string;
  readonly spans: readonly number[];
}

/** Longer frames are not worth comparing: what makes them long is the value that changes. */
const MAX_LEARNED_LENGTH = 1024;
/** Each costs about as much as parsing twenty characters. */
const MAX_HOLES = 8;
/** More digits than that may not be the number that they spell. */
const MAX_DIGITS = 15;

/**
 * What looking at a frame costs, in frames: those that were recognised have saved about that much. Streams begin in debt,
 * because short ones are parsed faster than they are understood.
 */
const LEARNING_COST = 8;
const FIRST_CREDIT = -2 * LEARNING_COST;
const MAX_CREDIT = 10 * LEARNING_COST;

/** Most tokens are shorter. */
const MAX_SHORT_LENGTH = 16;
/** A power of two. */
const SHORT_STRINGS = 2048;

/** Short strings of all streams, by their hash; a new one takes the place of another. */
const shortStrings: (string | undefined)[] = new Array(SHORT_STRINGS).fill(undefined);

/** What is below may not stand in a string. */
const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const ZERO = 0x30;
const NINE = 0x39;

/** Stand-ins that are looked up in the parsed value; a frame that holds them itself is not learned. */
const FIRST_STAND_IN = 900_719_925_474_000;
const STAND_IN_LENGTH = String(FIRST_STAND_IN).length;

/**
 * Creates a parser that gives what `parse` gives for every text. Where a text differs from those before only in
 * strings and natural numbers, the value is the same object again, changed in place: it is good until the next call.
 * `isTransient` is asked whether that does no harm, with values of the kind in question, also with one whose changing
 * strings and numbers are made up: true when whoever gets such values keeps nothing of them but strings and numbers.
 */
export function createJsonFrameParser(parse: ParseJson, isTransient: (value: unknown) => boolean): ParseJson {
  let template: Template | undefined;
  let latest: Shape | undefined;
  let credit = FIRST_CREDIT;

  function learn(text: string): void {
    credit -= LEARNING_COST;
    const shape = { text, spans: findSpans(text) };
    const changing = latest && changesBetween(latest, shape);
    latest = shape;
    if (!changing) return;
    // What has changed before in frames of this shape will do so again.
    if (template && changesBetween(template.shape, shape)) for (const at of template.changing) changing.add(at);
    template = makeTemplate(shape, changing, parse, isTransient) ?? template;
  }

  return (text) => {
    const isKnown = template !== undefined && fill(template, text);
    if (credit < MAX_CREDIT) credit += 1;
    if (isKnown) return template?.value;
    const value = parse(text);
    if (credit >= LEARNING_COST && text.length <= MAX_LEARNED_LENGTH && isTransient(value)) learn(text);
    return value;
  };
}

/** Takes over the values of a frame; false when it is spelled differently. */
function fill(template: Template, text: string): boolean {
  if (!text.startsWith(template.head)) return false;
  let at = template.head.length;
  for (const { isString, holder, key, after } of template.holes) {
    let value: string | number | undefined = isString ? shortStringAt(text, at) : undefined;
    // A short string is spelled as it is, between quotes.
    const end =
      typeof value === "string" ? at + value.length + 2 : isString ? stringEnd(text, at) : numberEnd(text, at);
    if (end < 0 || !text.startsWith(after, end)) return false;
    value ??= isString ? stringOf(text.slice(at, end)) : numberOf(text, at, end);
    if (value === undefined) return false;
    holder[key] = value;
    at = end + after.length;
  }
  return at === text.length;
}

/**
 * A string that begins at `at`, if it is short and has no escapes: the one that was read before, where it was. Words come
 * again and again, and recognising one costs a third of making it anew.
 */
function shortStringAt(text: string, at: number): string | undefined {
  if (text.charCodeAt(at) !== QUOTE) return undefined;
  let hash = 0;
  for (let end = at + 1; end <= at + MAX_SHORT_LENGTH + 1; end++) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) {
      const place = hash & (SHORT_STRINGS - 1);
      const known = shortStrings[place];
      if (known !== undefined && known.length === end - at - 1 && text.startsWith(known, at + 1)) return known;
      // Parsed, not cut out: a slice keeps the whole frame in memory for as long as somebody keeps the piece.
      const value = JSON.parse(text.slice(at, end + 1)) as string;
      shortStrings[place] = value;
      return value;
    }
    if (!(code >= BLANK) || code === BACKSLASH) return undefined;
    hash = (Math.imul(hash, 31) + code) | 0;
  }
  return undefined;
}

function stringOf(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined; // a broken escape: the whole frame is no JSON
  }
}

function numberOf(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

/** Index behind the string that begins at `at`; -1 when there is none, or it does not end. */
function stringEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return -1;
  let end = text.indexOf('"', at + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? -1 : end + 1;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Index behind the natural number that begins at `at`; -1 when there is none, or one that JSON does not allow. */
function numberEnd(text: string, at: number): number {
  const end = digitsEnd(text, at);
  const length = end - at;
  if (length === 0 || length > MAX_DIGITS) return -1;
  return length > 1 && text.charCodeAt(at) === ZERO ? -1 : end;
}

function digitsEnd(text: string, at: number): number {
  let end = at;
  for (; ; end++) {
    const code = text.charCodeAt(end);
    if (!(code >= ZERO && code <= NINE)) return end;
  }
}

/** Spans of a text that is known to be JSON. */
function findSpans(text: string): number[] {
  const spans: number[] = [];
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (end < 0) return spans;
      if (!isKey(text, end)) spans.push(at, end);
      at = end;
    } else if (code >= ZERO && code <= NINE) {
      const end = digitsEnd(text, at);
      if (!isNumberPart(text.charCodeAt(at - 1)) && !isNumberPart(text.charCodeAt(end))) spans.push(at, end);
      at = end;
    } else at += 1;
  }
  return spans;
}

/** Whether digits beside it are only a part of a number: a stand-in there is rounded, and can look like a whole one. */
function isNumberPart(code: number): boolean {
  return code === DOT || code === LOWER_E || code === UPPER_E || code === MINUS || code === PLUS;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

/** Which spans differ between two frames; undefined when anything else does. */
function changesBetween(before: Shape, now: Shape): Set<number> | undefined {
  const { length } = now.spans;
  if (before.spans.length !== length) return undefined;
  const changes = new Set<number>();
  let oldEnd = 0;
  let newEnd = 0;
  for (let at = 0; at < length; at += 2) {
    const oldStart = before.spans[at] ?? 0;
    const newStart = now.spans[at] ?? 0;
    if (!isSameText(before.text, oldEnd, oldStart, now.text, newEnd, newStart)) return undefined;
    if (before.text[oldStart] === '"' ? now.text[newStart] !== '"' : now.text[newStart] === '"') return undefined;
    oldEnd = before.spans[at + 1] ?? 0;
    newEnd = now.spans[at + 1] ?? 0;
    if (!isSameText(before.text, oldStart, oldEnd, now.text, newStart, newEnd)) changes.add(at);
  }
  return isSameText(before.text, oldEnd, before.text.length, now.text, newEnd, now.text.length) ? changes : undefined;
}

/** Whether two parts of texts are equal. */
function isSameText(
  left: string,
  leftStart: number,
  leftEnd: number,
  right: string,
  rightStart: number,
  rightEnd: number,
): boolean {
  if (leftEnd - leftStart !== rightEnd - rightStart) return false;
  for (let at = leftStart, other = rightStart; at < leftEnd; at++, other++) {
    if (left.charCodeAt(at) !== right.charCodeAt(other)) return false;
  }
  return true;
}

/**
 * Builds a template out of a frame. Stand-ins are put into its holes, and the whole is parsed: each of them has to turn
 * up in the value exactly once, so what the text seemed to say (keys that come twice, fractions) need not be trusted.
 */
function makeTemplate(
  shape: Shape,
  changing: ReadonlySet<number>,
  parse: ParseJson,
  isTransient: (value: unknown) => boolean,
): Template | undefined {
  const { text, spans } = shape;
  const places = [...changing].sort((left, right) => left - right);
  if (places.length === 0 || places.length > MAX_HOLES) return undefined;
  const literals: string[] = [];
  const kinds: boolean[] = [];
  let filled = "";
  let from = 0;
  for (const place of places) {
    const literal = text.slice(from, spans[place]);
    const isString = text.charCodeAt(spans[place] ?? 0) === QUOTE;
    literals.push(literal);
    kinds.push(isString);
    const standIn = FIRST_STAND_IN + kinds.length - 1;
    filled += literal + (isString ? `"${standIn}"` : standIn);
    from = spans[place + 1] ?? text.length;
  }
  literals.push(text.slice(from));
  const value = parse(filled + text.slice(from));
  const found = findStandIns(value, places.length);
  if (!found || !isTransient(value)) return undefined;
  const holes: Hole[] = [];
  for (const [at, { holder, key }] of found.entries()) {
    const isString = kinds[at] ?? false;
    if (typeof holder[key] !== (isString ? "string" : "number")) return undefined;
    holes.push({ isString, holder, key, after: literals[at + 1] ?? "" });
  }
  return { shape, changing, head: literals[0] ?? "", holes, value };
}

/** Where the stand-ins are in a value, in their order; undefined unless each is there exactly once. */
function findStandIns(value: unknown, count: number): Pick<Hole, "holder" | "key">[] | undefined {
  const found: (Pick<Hole, "holder" | "key"> | undefined)[] = new Array(count);
  let total = 0;
  const open: unknown[] = [value];
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    if (typeof container !== "object" || container === null) continue;
    const holder = container as Record<string | number, unknown>;
    for (const key of Object.keys(holder)) {
      const child = holder[key];
      if (typeof child === "object") open.push(child);
      const at = placeOf(child);
      if (!(at >= 0 && at < count)) continue;
      found[at] = { holder, key: Array.isArray(holder) ? Number(key) : key };
      total += 1;
    }
  }
  if (total !== count) return undefined;
  const places = found.filter((place) => place !== undefined);
  return places.length === count ? places : undefined;
}

/** Which stand-in a value is; anything but a small natural number for none. */
function placeOf(value: unknown): number {
  if (typeof value === "number") return value - FIRST_STAND_IN;
  const mayBeOne = typeof value === "string" && value.length === STAND_IN_LENGTH;
  return mayBeOne ? Number(value) - FIRST_STAND_IN : -1;
}
