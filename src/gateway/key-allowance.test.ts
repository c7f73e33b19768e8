import { describe, expect, test } from "bun:test";
import { GatewayError } from "../core/errors.ts";
import { checkBodyModels, checkModel } from "./key-allowance.ts";

const LIMITS = { models: ["cheap", "claude-*-haiku", "google/*"] };

function outcome(check: () => void): string {
  try {
    check();
    return "allowed";
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
}

describe("a key for certain models", () => {
  const cases: [model: string, outcome: string][] = [
    ["cheap", "allowed"],
    ["cheap-20260101", "allowed"],
    ["claude-4-haiku", "allowed"],
    ["claude-4-haiku-20260101", "allowed"],
    ["google/gemini-3", "allowed"],
    ["cheap2", "client-forbidden"],
    ["Cheap", "client-forbidden"],
    ["claude-4-opus", "client-forbidden"],
    ["claude-*-haiku-opus", "client-forbidden"],
    ["", "client-forbidden"],
    ["__proto__", "client-forbidden"],
  ];
  for (const [model, expected] of cases)
    test(`${model || "nothing"} is ${expected}`, () => expect(outcome(() => checkModel(LIMITS, model))).toBe(expected));

  test("without limits nothing is looked at", () => {
    expect(outcome(() => checkBodyModels(undefined, Buffer.from("no JSON"), undefined))).toBe("allowed");
    expect(outcome(() => checkBodyModels({}, Buffer.from("no JSON"), undefined))).toBe("allowed");
  });

  const bodies: [body: string, outcome: string][] = [
    ['{"model":"cheap"}', "allowed"],
    ['{"model":"dear"}', "client-forbidden"],
    ['{"model":"cheap","model":"dear"}', "client-forbidden"],
    ['{"model":"cheap","mod\\u0065l":"dear"}', "client-forbidden"],
    ['{"model":"cheap","models":["cheap","dear"]}', "client-forbidden"],
    ['{"model":"cheap","fallbacks":[{"model":"dear"}]}', "client-forbidden"],
    ['{"model":"cheap","tools":[{"type":"advisor","model":"dear"}]}', "client-forbidden"],
    ['{"model":"cheap","tools":[{"type":"function"}],"models":null}', "allowed"],
    ['{"model":"cheap","messages":[{"model":"dear"}]}', "allowed"],
    ['{"messages":[]}', "client-forbidden"],
    ["{", "client-invalid-request"],
    ["", "client-invalid-request"],
  ];
  for (const [body, expected] of bodies)
    test(`${body || "an empty body"} is ${expected}`, () =>
      expect(outcome(() => checkBodyModels(LIMITS, Buffer.from(body), undefined))).toBe(expected));

  test("a model in the path counts, and one in the body beside it as well", () => {
    expect(outcome(() => checkBodyModels(LIMITS, Buffer.from("{}"), "cheap"))).toBe("allowed");
    expect(outcome(() => checkBodyModels(LIMITS, Buffer.from("{}"), "dear"))).toBe("client-forbidden");
    expect(outcome(() => checkBodyModels(LIMITS, Buffer.from('{"model":"models/dear"}'), "cheap"))).toBe(
      "client-forbidden",
    );
    expect(outcome(() => checkBodyModels(LIMITS, Buffer.from('{"model":"models/cheap"}'), "cheap"))).toBe("allowed");
  });
});
