import { expect, test } from "bun:test";
import { Capture } from "./capture.ts";

test("masks credentials and cuts bodies", () => {
  const capture = new Capture(
    { authorization: "Bearer sk-ant-secret-secret-secret", "x-api-key": "sk-ant-secret-secret-secret", accept: "a" },
    Buffer.alloc(100_000, 0x61),
  );
  for (let n = 0; n < 100; n++) capture.responseData(Buffer.alloc(1000, 0x62));
  const { requestHeaders, requestBody, responseBody } = capture.result();
  expect(JSON.stringify(requestHeaders)).not.toContain("secret-secret");
  expect(requestHeaders?.["accept"]).toBe("a");
  expect(requestBody?.length).toBeLessThan(17_000);
  expect(requestBody).toContain("(100000 bytes)");
  expect(responseBody).toBe("b".repeat(16 * 1024));
});
