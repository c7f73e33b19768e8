// What the console's source may not contain, whatever its pages do.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = join(import.meta.dir, "../../../web/src");
const FILES = readdirSync(SOURCE, { recursive: true })
  .map(String)
  .filter((name) => /\.(tsx?|css|html)$/.test(name) && !name.includes(".test."))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), "utf8") }));

function filesWith(pattern: RegExp): string[] {
  return FILES.filter(({ text }) => pattern.test(text)).map(({ name }) => name);
}

describe("the console", () => {
  test("writes no markup by itself", () => {
    expect(FILES.length).toBeGreaterThan(50);
    expect(
      filesWith(
        /dangerouslySetInnerHTML|\.innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/,
      ),
    ).toEqual([]);
    expect(filesWith(/href=["'{`]*javascript:/i)).toEqual([]);
  });

  test("loads nothing from elsewhere", () => {
    expect(
      filesWith(
        /(?:src|import)\s*[=(]\s*["'`]https?:|@import\s+["'(]*https?:|@import\s+url|url\(["']?https?:|fetch\(["'`]https?:/,
      ),
    ).toEqual([]);
  });

  test("keeps nothing in the browser but settings of the screen", () => {
    const uses = FILES.flatMap(({ name, text }) =>
      [...text.matchAll(/(?:local|session)Storage[^\n]*/g)].map(([line]) => ({ name, line })),
    );
    for (const { name, line } of uses)
      expect([name, /password|token|secret|api_?key/i.test(line)]).toEqual([name, false]);
    expect(filesWith(/[?&](?:password|token)=/i)).toEqual([]);
  });

  test("lets password managers fill in the password", () => {
    expect(filesWith(/current-password/).length).toBeGreaterThan(0);
    expect(filesWith(/new-password/).length).toBeGreaterThan(0);
    expect(filesWith(/onPaste=\{[^}]*preventDefault/)).toEqual([]);
  });
});
