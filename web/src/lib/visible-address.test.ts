import { expect, test } from "bun:test";
import { visibleAddress } from "./visible-address.ts";

test("an address that stands for all of the machine's becomes the one that the page was opened at", () => {
  expect(visibleAddress("http://0.0.0.0:1999", "localhost")).toBe("http://localhost:1999");
  expect(visibleAddress("https://[::]:1999", "192.168.1.5")).toBe("https://192.168.1.5:1999");
  expect(visibleAddress("http://0.0.0.0:1999", "[::1]")).toBe("http://[::1]:1999");
});

test("any other stays as it is", () => {
  for (const address of ["http://127.0.0.1:1999", "http://10.0.0.5", ""])
    expect(visibleAddress(address, "localhost")).toBe(address);
});
