import { expect, test } from "bun:test";
import { ApiFailure, hasCode, readFailure } from "./api-failure.ts";

test("an error of the gateway keeps its code, problems and version", () => {
  const failure = readFailure(
    409,
    { error: { code: "conflict", message: "someone else saved", current_version: "7", problems: [] } },
    null,
  );
  expect(failure).toMatchObject({ code: "conflict", status: 409, currentVersion: "7", message: "someone else saved" });
});

test("an answer that is no error of ours is judged by its status", () => {
  expect(readFailure(401, { error: "Unauthorized" }, null)).toMatchObject({
    code: "unauthenticated",
    message: "Unauthorized",
  });
  expect(readFailure(502, "<html>", null).code).toBe("internal");
  expect(readFailure(404, null, null).code).toBe("not-found");
});

test("the time to wait comes from the body, or else from the header in seconds", () => {
  expect(readFailure(429, { error: { code: "throttled", message: "", retry_after_ms: 1500 } }, "9").retryAfterMs).toBe(
    1500,
  );
  expect(readFailure(429, null, "9").retryAfterMs).toBe(9000);
});

test("codes are told apart without looking at messages", () => {
  expect(hasCode(new ApiFailure("offline", "", 0), "offline")).toBe(true);
  expect(hasCode(new Error("offline"), "offline")).toBe(false);
});
