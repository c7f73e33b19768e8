// Damages JSON values: wrong types, huge numbers, deep nesting, nulls, missing and foreign fields at random places.

import type { Chooser } from "./settings.ts";

type Container = Record<string, unknown> | unknown[];

/** A place in a JSON value. */
interface Place {
  readonly parent: Container;
  readonly key: string | number;
}

const LONG_TEXT = "x".repeat(100_000);
/** Nests so deep that printing it overflows the stack, though parsing it does not. */
const ABYSS_DEPTH = 60_000;
/** Stands for an abyss until the value is printed; see `printMutated`. */
const ABYSS = "\u0001abyss";
const ABYSS_TEXTS = [
  "[".repeat(ABYSS_DEPTH) + "]".repeat(ABYSS_DEPTH),
  `${'{"a":'.repeat(ABYSS_DEPTH)}1${"}".repeat(ABYSS_DEPTH)}`,
] as const;
const ODD_TEXTS = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "\udc00x",
  "\u2028\r\n\n",
  "data: x\n\nevent: y",
  "[DONE]",
  "null",
  "{}",
  '{"a":',
  "apr1.",
  "apr1.bm90IGpzb24",
  "__proto__",
  "toString",
  "</think><think>",
  "data:image/png;base64,",
  "🙂".repeat(50),
  "a".repeat(70),
];
const NUMBERS = [
  0,
  -0,
  -1,
  1.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  1e21,
  999_999,
];
const KEYS = [
  "__proto__",
  "constructor",
  "type",
  "id",
  "index",
  "role",
  "content",
  "text",
  "length",
  "toJSON",
  "error",
];

/** A fresh value of a kind that was probably not expected. */
export function oddValue(choose: Chooser): unknown {
  switch (choose.int(9)) {
    case 0:
      return null;
    case 1:
      return choose.chance(50);
    case 2:
      return choose.pick(NUMBERS);
    case 3:
      return choose.pick(ODD_TEXTS);
    case 4:
      return choose.chance(10) ? LONG_TEXT : "text";
    case 5:
      return choose.chance(50) ? [] : [null, 0, "", [], {}];
    case 6:
      return choose.chance(50) ? {} : { type: null, id: 0, text: [], content: {} };
    case 7:
      if (choose.chance(10)) return choose.chance(70) ? ABYSS : choose.pick(ABYSS_TEXTS);
      return nested(choose.chance(80) ? 10 + choose.int(150) : 1000 + choose.int(4000), choose.chance(50));
    default:
      return { [choose.pick(KEYS)]: choose.pick(ODD_TEXTS) };
  }
}

/** A mutated value as JSON text. */
export function printMutated(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.includes(ABYSS_MARK) ? text.replace(ABYSS_MARK, ABYSS_TEXTS[1]) : text;
}

const ABYSS_MARK = JSON.stringify(ABYSS);

function nested(depth: number, isList: boolean): unknown {
  let value: unknown = "deep";
  for (let at = 0; at < depth; at++) value = isList ? [value] : { deep: value };
  return value;
}

/** A damaged deep copy; `donors` are values from elsewhere that may be put in. */
export function mutateJson(value: unknown, choose: Chooser, donors: readonly unknown[]): unknown {
  const root = { value: structuredClone(value) };
  const times = 1 + choose.int(3);
  for (let at = 0; at < times; at++) choose.pick(MUTATIONS)(root, choose, donors);
  return root.value;
}

type Mutation = (root: { value: unknown }, choose: Chooser, donors: readonly unknown[]) => void;

const MUTATIONS: readonly Mutation[] = [
  function replaceValue(root, choose) {
    put(randomPlace(root, choose), oddValue(choose));
  },
  function removeValue(root, choose) {
    const { parent, key } = randomPlace(root, choose);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (parent !== root) delete parent[key];
  },
  function duplicateValue(root, choose) {
    const { parent, key } = randomPlace(root, choose);
    if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(parent[Number(key)]));
    else put({ parent, key: choose.pick(KEYS) }, structuredClone(parent[key]));
  },
  function swapValues(root, choose) {
    const one = randomPlace(root, choose);
    const other = randomPlace(root, choose);
    const kept = structuredClone(get(one));
    put(one, structuredClone(get(other)));
    put(other, kept);
  },
  function graftValue(root, choose, donors) {
    const donor = donors.length === 0 ? oddValue(choose) : choose.pick(donors);
    const from = randomPlace({ value: donor }, choose);
    put(randomPlace(root, choose), structuredClone(get(from)));
  },
  function addField(root, choose) {
    const { parent } = randomPlace(root, choose);
    if (Array.isArray(parent)) parent.push(oddValue(choose));
    else put({ parent, key: choose.pick(KEYS) }, oddValue(choose));
  },
  function nullAllLeaves(root, choose) {
    const odd = choose.chance(70) ? null : oddValue(choose);
    const percent = choose.pick([10, 50, 100]);
    for (const place of placesOf(root)) {
      const value = get(place);
      if ((typeof value !== "object" || value === null) && choose.chance(percent)) put(place, structuredClone(odd));
    }
  },
  function repeatElements(root, choose) {
    const { parent, key } = randomPlace(root, choose);
    const list = Array.isArray(parent) ? parent : parent[key];
    if (!Array.isArray(list) || list.length === 0 || list.length > 50) return;
    const item = choose.pick(list);
    if (JSON.stringify(item)?.length > 2000) return;
    for (let at = 0; at < 40; at++) list.push(structuredClone(item));
  },
  function wrapValue(root, choose) {
    const place = randomPlace(root, choose);
    put(place, choose.chance(50) ? [get(place)] : { value: get(place) });
  },
  function changeText(root, choose) {
    const places = placesOf(root).filter((place) => typeof get(place) === "string");
    if (places.length === 0) return;
    const place = choose.pick(places);
    const text = get(place) as string;
    const at = choose.int(text.length + 1);
    put(place, choose.pick([text.slice(0, at), text.slice(at), text + choose.pick(ODD_TEXTS), text.repeat(3)]));
  },
];

function randomPlace(root: { value: unknown }, choose: Chooser): Place {
  // Walks down at random: shallow places come up as often as the many deep ones.
  let place: Place = { parent: root as Container, key: "value" };
  for (;;) {
    const value = get(place);
    if (typeof value !== "object" || value === null || choose.chance(15)) return place;
    const keys = Object.keys(value);
    if (keys.length === 0) return place;
    const key = choose.pick(keys);
    place = { parent: value as Container, key: Array.isArray(value) ? Number(key) : key };
  }
}

function placesOf(root: { value: unknown }): Place[] {
  const places: Place[] = [];
  const open: Container[] = [root as Container];
  for (let parent = open.pop(); parent; parent = open.pop()) {
    for (const key of Object.keys(parent)) {
      const place = { parent, key: Array.isArray(parent) ? Number(key) : key };
      places.push(place);
      const value = get(place);
      if (typeof value === "object" && value !== null) open.push(value as Container);
    }
  }
  return places;
}

function get({ parent, key }: Place): unknown {
  return (parent as Record<string | number, unknown>)[key];
}

/** Sets a field, `__proto__` as an own one, as JSON.parse does. */
function put({ parent, key }: Place, value: unknown): void {
  Object.defineProperty(parent, key, { value, writable: true, enumerable: true, configurable: true });
}
