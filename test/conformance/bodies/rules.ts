// How rules for request bodies are written: a rule says where and what is wrong, and goes on.

import { type Fields, fields } from "../expected/reading.ts";

/** Collects what is wrong with a body. */
export class Faults {
  readonly all: string[] = [];

  /** Notes `path: what` unless the claim holds. */
  expect(isRight: boolean, path: string, what: string): void {
    if (!isRight) this.all.push(`${path}: ${what}`);
  }

  /** Notes every key that is not among the known ones (names separated by spaces). */
  keys(value: unknown, known: string, path: string): Fields {
    const object = fields(value);
    const names = known.split(" ");
    for (const key of Object.keys(object)) this.expect(names.includes(key), path, `unknown key ${key}`);
    return object;
  }

  /** Notes a value that is none of the words. */
  oneOf(value: unknown, words: string, path: string): void {
    this.expect(words.split(" ").includes(String(value)), path, `${JSON.stringify(value)} is none of ${words}`);
  }

  /** Notes text that is missing or empty. */
  filled(value: unknown, path: string): void {
    this.expect(typeof value === "string" && value !== "", path, "expected text");
  }

  /** Notes a number outside a range; absent is fine. */
  range(value: unknown, minimum: number, maximum: number, path: string): void {
    if (value === undefined) return;
    const isRight = typeof value === "number" && value >= minimum && value <= maximum;
    this.expect(isRight, path, `${JSON.stringify(value)} is not from ${minimum} to ${maximum}`);
  }
}

/** Whether text is a JSON object. */
export function isJsonObject(text: unknown): boolean {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
