import { expect, test } from "bun:test";
import { clientKeyId } from "../client-keys.ts";
import { keyNamer } from "./usage-routes.ts";

const key = (hash: string, name: string) => ({ hash: hash.repeat(64), label: `sk-${hash}…`, name, enabled: true });

test("client keys of the same name are told apart in the figures", () => {
  const keys = [key("a", "laptop"), key("b", "laptop"), key("c", "phone"), key("d", ""), key("e", "")];
  const nameOf = keyNamer({ clientKeys: keys });
  const names = keys.map((each) => nameOf(clientKeyId(each)));
  expect(names).toEqual(["laptop (sk-a…)", "laptop (sk-b…)", "phone", "sk-d…", "sk-e…"]);
  expect(nameOf("gone")).toBe("gone");
});
