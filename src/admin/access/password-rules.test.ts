import { describe, expect, test } from "bun:test";
import { commonPasswords } from "./common-passwords.ts";
import { passwordFault } from "./password-rules.ts";

describe("passwordFault", () => {
  const refused: [password: unknown, fault: RegExp][] = [
    [undefined, /a string/],
    [12345678, /a string/],
    ["", /8 to 256 characters/],
    ["admin", /8 to 256 characters/],
    ["1234567", /8 to 256 characters/],
    ["x".repeat(257), /8 to 256 characters/],
    ["        ", /blanks/],
    ["password", /not common/],
    ["Password1", /not common/],
    ["PASSWORD123", /not common/],
    ["12345678", /not common/],
    ["87654321", /not common/],
    ["qwertyuiop", /not common/],
    ["1q2w3e4r", /not common/],
    ["adminadmin", /not common/],
    ["admin123", /not common/],
    ["apirouter", /not common/],
    ["APIRouter1", /not common/],
    ["iloveyou", /not common/],
    ["aaaaaaaa", /not common/],
    ["abababab", /not common/],
    ["abcabcabca", /not common/],
    [" password ", /not common/],
    ["My-Server", /machine's name/],
  ];
  for (const [password, fault] of refused) {
    test(`${JSON.stringify(password)?.slice(0, 30)} is refused`, () => {
      expect(passwordFault(password, ["my-server"])).toMatch(fault);
    });
  }

  for (const password of [
    ...[
      "correct horse battery staple",
      "new-password-1",
      "Tr0ub4dor&3x",
      "äääöüß-ab",
      "密码很长很长很长的",
      "x7!k_2Pq",
    ],
    ...["my-server-at-home", "password for the gateway", "aaaaaaab1z"],
  ]) {
    test(`${JSON.stringify(password)} may be chosen`, () =>
      expect(passwordFault(password, ["my-server"])).toBeUndefined());
  }

  test("the list holds more than 3,000 passwords, none of them too short to matter", () => {
    const list = commonPasswords();
    expect(list.size).toBeGreaterThan(3000);
    for (const entry of list) {
      expect(entry.length).toBeGreaterThanOrEqual(8);
      expect(entry).toBe(entry.toLowerCase());
    }
  });
});
