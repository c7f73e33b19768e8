// Settings in the console: changing them, the history, and the configuration as a file.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { seriousFindings } from "./support/accessibility.ts";
import { hasBrowser } from "./support/browser.ts";
import { CONSOLE_PASSWORD, startConsole, type TestConsole } from "./support/test-console.ts";

interface ConfigFile {
  readonly debug_mode?: boolean;
  readonly timeouts?: Readonly<Record<string, number>>;
  readonly upstreams: readonly { readonly id: string }[];
}

describe.skipIf(!hasBrowser)("settings", () => {
  let console: TestConsole;
  const saved = (): Promise<ConfigFile> => Bun.file(`${console.gateway.dataDir}/config.json`).json();

  beforeAll(async () => {
    const upstreams = [
      { id: "only", base_url: "https://api.example.com/v1", api_format: "openai", keys: ["sk-secret-key-0001"] },
    ];
    console = await startConsole({ upstreams });
  });
  afterAll(async () => console?.stop());

  test("a value out of range is told beside its field, a good one is saved, and an empty field is the default", async () => {
    const { page, faults } = await console.open("/settings?tab=limits");
    const field = page.getByLabel("Connecting to an upstream");
    await field.fill("0");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("expected a whole number from 1 to 86400000").first().waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill("7.5");
    await page.getByRole("tab", { name: "General" }).click();
    await page.getByRole("switch", { name: "Debug mode" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Settings saved").waitFor();
    expect(await saved()).toMatchObject({ debug_mode: true, timeouts: { connect_ms: 7500 } });

    await page.getByRole("tab", { name: "Limits" }).click();
    await field.fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Settings saved").last().waitFor();
    await page.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
    expect((await saved()).timeouts).toBeUndefined();
    expect(faults).toEqual([]);
  });

  test("the history tells what changed and leads back", async () => {
    const { page, faults } = await console.open("/settings?tab=history");
    await page.getByText("holds now").waitFor();
    await page.getByRole("button", { name: "What changed" }).nth(1).click();
    const diff = page.getByRole("dialog", { name: "What changed" });
    await diff.getByText("timeouts.connect_ms").or(diff.getByText("timeouts")).first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Go back to this" }).last().click();
    const question = page.getByRole("dialog", { name: /^Go back to the configuration of/ });
    await question.getByText("debug_mode").waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await question.getByRole("button", { name: "Go back" }).click();
    await page.getByText("The earlier configuration holds again").waitFor();
    expect((await saved()).debug_mode ?? false).toBe(false);
    expect(faults).toEqual([]);
  });

  test("an export is masked unless the password is given, and an import shows what would change first", async () => {
    const { page, faults } = await console.open("/settings?tab=transfer");
    const download = async (): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download" }).click(),
      ]);
      return await Bun.file(await file.path()).text();
    };
    expect(await download()).not.toContain("sk-secret-key-0001");
    await page.getByRole("switch", { name: "With all keys, to move to another machine" }).click();
    await page.getByLabel("Password", { exact: true }).fill(CONSOLE_PASSWORD);
    const whole = await download();
    expect(whole).toContain("sk-secret-key-0001");

    const changed = { ...JSON.parse(whole), upstreams: [] };
    await page.getByLabel("Choose a file").setInputFiles({
      name: "other.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(changed)),
    });
    const dialog = page.getByRole("dialog", { name: "other.json" });
    await dialog.getByText("removed").first().waitFor();
    expect((await saved()).upstreams).toHaveLength(1);
    await dialog.getByRole("button", { name: "Import it" }).click();
    await page.getByText("The configuration is imported").waitFor();
    expect((await saved()).upstreams).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("other sessions can be logged out, and the audit log tells who did what", async () => {
    const other = await console.browser.open(`${console.gateway.url}/admin-ui/settings`);
    await other.page.getByLabel("Password", { exact: true }).fill(CONSOLE_PASSWORD);
    await other.page.getByRole("button", { name: "Log in" }).click();
    await other.page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();

    const { page, faults } = await console.open("/settings?tab=security");
    await page.getByRole("button", { name: "Log out all others" }).click();
    await page.getByText("Logged out", { exact: true }).waitFor();
    await page.getByText("Configuration exported").first().waitFor();
    await other.page.getByRole("link", { name: "Upstreams" }).first().click();
    await other.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
    expect(faults).toEqual([]);
  });
});
