import { expect, test } from "bun:test";
import { clientDeadlineMs } from "./client-deadline.ts";

const cases: { name: string; headers: Record<string, string>; expected: number | undefined }[] = [
  { name: "nothing said", headers: {}, expected: undefined },
  { name: "an SDK's seconds, less the way back", headers: { "x-stainless-timeout": "600" }, expected: 598_000 },
  { name: "fractions", headers: { "x-stainless-timeout": "30.5" }, expected: 28_500 },
  { name: "Google's header", headers: { "x-server-timeout": "60" }, expected: 58_000 },
  { name: "half of what a hasty client grants", headers: { "x-stainless-timeout": "3" }, expected: 1500 },
  { name: "zero, which is no wait", headers: { "x-stainless-timeout": "0" }, expected: undefined },
  { name: "garbage", headers: { "x-stainless-timeout": "NaN" }, expected: undefined },
  { name: "negative numbers", headers: { "x-stainless-timeout": "-1" }, expected: undefined },
  { name: "numbers beyond reason", headers: { "x-stainless-timeout": "99999999999" }, expected: undefined },
];
for (const { name, headers, expected } of cases) {
  test(`reads ${name}`, () => {
    expect(clientDeadlineMs({ get: (header) => headers[header] ?? null })).toBe(expected as number);
  });
}
