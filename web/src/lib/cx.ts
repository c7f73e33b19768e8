// Joins class names.

import { type ClassValue, clsx } from "clsx";

/** The names as one string, falsy ones left out. Later names do not overrule earlier ones: pass what is meant. */
export function cx(...values: ClassValue[]): string {
  return clsx(values);
}
