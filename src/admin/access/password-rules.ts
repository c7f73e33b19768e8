// Which passwords an administrator may choose.

import { isCommonPassword } from "./common-passwords.ts";

export const PASSWORD_RULES = { min_length: 8, max_length: 256 } as const;

/**
 * What is wrong with a new password, as `expected …`; undefined when it may be chosen. Length counts in characters.
 * `names` are words that anybody can guess for this machine, such as its host name; the program's own are known here.
 */
export function passwordFault(password: unknown, names: readonly string[] = []): string | undefined {
  const { min_length: least, max_length: most } = PASSWORD_RULES;
  if (typeof password !== "string") return "expected a string";
  const length = [...password].length;
  if (length < least || length > most) return `expected ${least} to ${most} characters`;
  const lower = password.trim().toLowerCase();
  if (lower === "") return "expected more than blanks";
  if (isCommonPassword(lower)) return "expected one that is not common";
  if (names.some((name) => name !== "" && lower === name.toLowerCase()))
    return "expected something else than this machine's name";
  return undefined;
}
