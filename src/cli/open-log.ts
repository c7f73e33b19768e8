// What happens to the request log at start, behind the first requests: it is opened, budgets get what was used before,
// and the log of the Rust program is taken over once.

import { join } from "node:path";
import type { SqliteRequestLog } from "../store/sqlite-request-log.ts";
import { type KeySpendBook, startOfMonth } from "../telemetry/key-spend.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface OpenLogOptions {
  readonly dataDir: string;
  readonly keySpend: KeySpendBook;
  readonly log: Logger;
  readonly wallMs: number;
}

/** Never rejects: a log that cannot be used is told, and tried again with the records that come. */
export async function openLog(requestLog: SqliteRequestLog, options: OpenLogOptions): Promise<void> {
  const { keySpend, log, wallMs } = options;
  const opening = requestLog.open();
  try {
    // Asked for at once: behind a batch of records, those would be counted twice.
    keySpend.load(await requestLog.keyDays(startOfMonth(wallMs)), wallMs);
  } catch (error) {
    keySpend.load([], wallMs);
    log.warn("what client keys have used before could not be read; budgets begin anew", { error: String(error) });
  }
  await opening;
  try {
    const count = await requestLog.importSeedLog(join(options.dataDir, "logs.json"));
    if (count !== null)
      log.info("log of the earlier program taken over from logs.json, which is not needed any more", {
        requests: count,
      });
  } catch (error) {
    log.warn("logs.json could not be taken over", { error: String(error) });
  }
}
