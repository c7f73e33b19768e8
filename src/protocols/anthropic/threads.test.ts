import { describe, expect, test } from "bun:test";
import { refuseThread } from "./threads.ts";

const CREATE = { type: "create" };
const CONTINUE = { type: "continue", previous_message_id: "msg_1" };

describe("message threads", () => {
  test("are left to the platforms that keep them", () => {
    for (const url of [
      "https://api.anthropic.com/v1",
      "https://name.services.ai.azure.com/anthropic/v1",
      "https://aws-external-anthropic.us-east-1.api.aws/v1",
    ]) {
      expect(refuseThread(CREATE, url)).toBeUndefined();
      expect(refuseThread(CONTINUE, url)).toBeUndefined();
    }
  });

  const others = [
    { name: "an upstream of another protocol", url: undefined },
    { name: "another maker's server", url: "https://api.deepseek.com/anthropic/v1" },
    { name: "a host that only looks like it", url: "https://anthropic.com.example.org/v1" },
  ];
  for (const { name, url } of others) {
    test(`do not begin at ${name}: no other upstream is asked`, () => {
      expect(refuseThread(CREATE, url)).toMatchObject({
        code: "client-invalid-request",
        status: 400,
        wire: { type: "invalid_request_error", code: "thread_unsupported_request" },
      });
    });

    test(`are unknown to ${name}: the next upstream is asked`, () => {
      expect(refuseThread(CONTINUE, url)).toMatchObject({
        code: "conversion-refused",
        status: 404,
        wire: { type: "not_found_error", code: "thread_not_found" },
      });
    });
  }

  test("do not concern requests without any", () => {
    for (const thread of [undefined, null, false]) expect(refuseThread(thread, undefined)).toBeUndefined();
  });
});
