import { expect, test } from "bun:test";
import { newDestinations } from "./secret-destinations.ts";

const upstream = (base_url: string, ...keys: unknown[]) => ({ id: "a", base_url, api_format: "openai", keys });
const at = (...upstreams: object[]) => ({ upstreams });
const otel = (endpoint: string, ...values: string[]) => ({
  otel: { endpoint, headers: Object.fromEntries(values.map((value, n) => [`x-${n}`, value])) },
});
const BEFORE = at(upstream("https://one.example/v1", "env:ONE", "sk-plain"));

const cases = [
  { name: "the same again", after: BEFORE, expected: [] },
  { name: "another path of the same host", after: at(upstream("https://one.example/v2", "env:ONE")), expected: [] },
  { name: "a second upstream at the same host", after: at(...BEFORE.upstreams, ...BEFORE.upstreams), expected: [] },
  { name: "plain keys anywhere", after: at(upstream("https://two.example", "sk-a", "sk-b")), expected: [] },
  {
    name: "another host",
    after: at(upstream("https://two.example/v1", " env:ONE ", "env:ONE")),
    expected: ["env:ONE to https://two.example"],
  },
  {
    name: "another port and another scheme",
    after: at(upstream("http://one.example:8080/v1", "env:ONE")),
    expected: ["env:ONE to http://one.example:8080"],
  },
  {
    name: "another variable and a file",
    after: at(upstream("https://one.example/v1", "env:TWO", "file:/run/token")),
    expected: ["env:TWO to https://one.example", "file:/run/token to https://one.example"],
  },
  {
    name: "headers for a collector",
    after: { ...BEFORE, ...otel("https://collector.example:4318", "env:ONE", "plain") },
    expected: ["env:ONE to https://collector.example:4318"],
  },
  {
    name: "headers of the environment for another collector",
    env: { OTEL_EXPORTER_OTLP_HEADERS: "authorization=x", OTEL_EXPORTER_OTLP_ENDPOINT: "https://own.example" },
    after: { ...BEFORE, ...otel("https://collector.example") },
    expected: ["OTEL_EXPORTER_OTLP_HEADERS to https://collector.example"],
  },
  {
    name: "headers of the environment for its own collector",
    env: { OTEL_EXPORTER_OTLP_HEADERS: "authorization=x", OTEL_EXPORTER_OTLP_ENDPOINT: "https://own.example" },
    after: { ...BEFORE, ...otel("https://own.example/otlp") },
    expected: [],
  },
  {
    name: "a header for the environment's collector",
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://own.example" },
    after: { ...BEFORE, otel: { headers: { "x-a": "env:ONE" } } },
    expected: ["env:ONE to https://own.example"],
  },
  {
    name: "a collector where the environment has no headers",
    after: { ...BEFORE, ...otel("https://collector.example") },
    expected: [],
  },
  {
    name: "what is damaged",
    after: { upstreams: [7, null, upstream("no address", "env:X"), { keys: "env:X" }], otel: [] },
    expected: [],
  },
];

for (const { name, env = {}, after, expected } of cases)
  test(`${name}: ${expected.length === 0 ? "nothing goes anywhere new" : expected.join(", ")}`, () => {
    expect(newDestinations(BEFORE, after as never, env)).toEqual(expected);
  });
