// Ends a switch over a closed union: a missing case fails to compile, and at run time it throws.

/** Throws with the unexpected value; unreachable when every case of the union is handled. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
