import { expect, test } from "bun:test";
import { csvCell, csvHeader, csvLine } from "./log-csv.ts";
import { toLogEntry, toLogRow } from "./log-view.ts";

const CELLS = [
  { name: "plain text", input: "claude", expected: "claude" },
  { name: "nothing", input: null, expected: "" },
  { name: "a number", input: -1.5, expected: "-1.5" },
  { name: "a comma", input: "a,b", expected: '"a,b"' },
  { name: "quotes", input: 'a"b', expected: '"a""b"' },
  { name: "a line feed", input: "a\nb", expected: '"a\nb"' },
  { name: "a formula", input: "=1+1", expected: "'=1+1" },
  { name: "a formula with quotes", input: '=HYPERLINK("http://x")', expected: '"\'=HYPERLINK(""http://x"")"' },
  { name: "a plus", input: "+1", expected: "'+1" },
  { name: "a minus", input: "-cmd", expected: "'-cmd" },
  { name: "an at sign", input: "@SUM(A1)", expected: "'@SUM(A1)" },
  { name: "a tab before a formula", input: "\t=1", expected: "'\t=1" },
  { name: "a carriage return before a formula", input: "\r=1", expected: '"\'\r=1"' },
];
for (const { name, input, expected } of CELLS)
  test(`a cell with ${name} is safe in a spreadsheet`, () => expect(csvCell(input)).toBe(expected));

test("a line has as many cells as the header, whatever a client sent", () => {
  const row = toLogRow(
    toLogEntry({
      id: "r",
      startedAt: 0,
      method: "POST",
      path: "/v1/messages",
      clientProtocol: "anthropic",
      model: "=cmd|' /C calc'!A0",
      stream: true,
      status: 200,
      outcome: "ok",
      durationMs: 1,
      losses: [],
      attempts: [],
    }),
    null,
  );
  expect(csvLine(row).split(",")).toHaveLength(csvHeader().split(",").length);
  expect(csvLine(row)).toContain("'=cmd|");
});
