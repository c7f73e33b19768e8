// A string that does not print itself: keys and passwords travel as Secret so that no log line can show them.

/** Shows the first 8 and last 4 characters of a key, fewer for short ones; `""` stays `""`. */
export function maskSecret(value: string): string {
  if (value.length === 0) return "";
  if (value.length < 16) return `${value.slice(0, 2)}…`;
  return `${value.slice(0, 8)}…${value.slice(-4)}`;
}

/** Wraps a secret string; every way of printing it yields `***`, only `reveal()` gives it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the header that carries it and nothing else. */
  reveal(): string {
    return this.#value;
  }

  /** First 8 and last 4 characters, for people to tell keys apart. */
  masked(): string {
    return maskSecret(this.#value);
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}
