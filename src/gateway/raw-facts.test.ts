import { expect, test } from "bun:test";
import { modelOfPath, readRawFacts } from "./raw-facts.ts";

const EDGE = "--XX";
const part = (head: string, value: string) => `${EDGE}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
const FILE = part('name="file"; filename="a.mp3"\r\ncontent-type: audio/mpeg', "0".repeat(200_000));
const MODEL = part('name="model"', "whisper-1");

const cases = [
  { name: "a JSON body", body: '{"input":"x","model":"m","stream":true}', expected: { model: "m", stream: true } },
  { name: "a JSON body of Gemini's", body: '{"model":"models/m"}', expected: { model: "m" } },
  { name: "a JSON body without one", body: '{"input":"x"}', expected: { model: "", isJson: true } },
  { name: "a model that is no text", body: '{"model":7}', expected: { model: "", isJson: true } },
  { name: "an empty body", body: "", expected: { model: "", isJson: false } },
  { name: "a body that is no JSON", body: "hello", expected: { model: "", isJson: false } },
  { name: "a form", form: true, body: `${MODEL}${EDGE}--`, expected: { model: "whisper-1", isJson: false } },
  { name: "a form with a large file before it", form: true, body: FILE + MODEL, expected: { model: "whisper-1" } },
  { name: "a form with a large file behind it", form: true, body: MODEL + FILE, expected: { model: "whisper-1" } },
  { name: "a form without one", form: true, body: FILE, expected: { model: "" } },
  { name: "a form that breaks off", form: true, body: MODEL.slice(0, -11), expected: { model: "" } },
  { name: "a text that looks like a form", body: MODEL, expected: { model: "" } },
];

for (const { name, body, form, expected } of cases)
  test(`reads ${name}`, () => {
    const headers = new Headers(form ? { "content-type": "multipart/form-data; boundary=XX" } : {});
    expect(readRawFacts({ body: Buffer.from(body), headers }, "/v1/x")).toMatchObject(expected);
  });

test("takes the model of the path where the body names none", () => {
  const facts = (body: string) =>
    readRawFacts({ body: Buffer.from(body), headers: new Headers() }, "/v1beta/models/e%20m:embedContent").model;
  expect([facts(""), facts("{}"), facts('{"model":"models/own"}')]).toEqual(["e m", "e m", "own"]);
  expect([modelOfPath("/v1/models/%zz"), modelOfPath("/v1/models"), modelOfPath("/v1/files")]).toEqual([
    "%zz",
    undefined,
    undefined,
  ]);
});

test("keeps no model longer than names are", () => {
  const body = Buffer.from(JSON.stringify({ model: "m".repeat(10_000) }));
  expect(readRawFacts({ body, headers: new Headers() }, "/v1/x").model).toHaveLength(200);
});
