import { expect, test } from "bun:test";
import { createPasswordChecker, hashPassword, isFreshHash, isLegacyHash } from "./password-hash.ts";

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

test("argon2id strings carry the parameters that were decided", async () => {
  const hash = await hashPassword("correct horse");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hashPassword("correct horse")).not.toBe(hash);
  const checker = createPasswordChecker();
  expect(await checker.check("correct horse", hash, "local")).toBe("right");
  expect(await checker.check("correct horsf", hash, "local")).toBe("wrong");
});

test("the seed's hashes are checked, an empty one stands for the first password", async () => {
  const checker = createPasswordChecker();
  expect(await checker.check("correct horse", sha256("correct horse"), "local")).toBe("right");
  expect(await checker.check("correct horse", sha256("correct horse").toUpperCase(), "local")).toBe("right");
  expect(await checker.check("admin", "", "local")).toBe("right");
  expect(await checker.check("", "", "local")).toBe("wrong");
});

test("a damaged hash opens nothing", async () => {
  const checker = createPasswordChecker();
  for (const hash of [
    "$argon2id$v=19$m=19456,t=2,p=1$AAAA",
    "$argon2id$",
    "$2b$10$abcdefghijklmnopqrstuv",
    "admin",
    "x",
    "0".repeat(63),
  ])
    for (const password of ["admin", "", hash])
      expect([hash, await checker.check(password, hash, "local")]).toEqual([hash, "wrong"]);
});

test("only a missing hash and the one of the first password mean that nobody has chosen", () => {
  expect([isFreshHash(""), isFreshHash(sha256("admin")), isFreshHash(sha256("admin").toUpperCase())]).toEqual([
    true,
    true,
    true,
  ]);
  expect([isFreshHash(sha256("admin2")), isFreshHash("x"), isFreshHash("$argon2id$v=19$m=1,t=1,p=1$a$b")]).toEqual([
    false,
    false,
    false,
  ]);
  expect([isLegacyHash(sha256("x")), isLegacyHash("$argon2id$"), isLegacyHash("")]).toEqual([true, false, false]);
});

test("one check runs at a time, ten wait, more are told that it is busy, and each lane has its own ten", async () => {
  let running = 0;
  let most = 0;
  const releases: (() => void)[] = [];
  const checker = createPasswordChecker(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => releases.push(resolve));
    running -= 1;
    return false;
  });
  const remote = Array.from({ length: 200 }, () => checker.check("x", "h", "remote"));
  const local = checker.check("x", "h", "local");
  let open = true;
  const release = async () => {
    while (open) {
      releases.shift()?.();
      await Bun.sleep(0);
    }
  };
  void release();
  const results = await Promise.all(remote);
  expect(await local).toBe("wrong");
  open = false;
  expect(results.filter((result) => result === "wrong")).toHaveLength(10);
  expect(results.filter((result) => result === "busy")).toHaveLength(190);
  expect(checker.computedCount).toBe(11);
  expect(most).toBe(1);
});
