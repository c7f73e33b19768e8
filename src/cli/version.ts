// The program's version and, in built binaries, the commit it was built from.

import packageJson from "../../package.json" with { type: "json" };

declare const APIROUTER_COMMIT: string | undefined;

/** Version from package.json; built binaries append their commit: `0.1.0 (1a2b3c4)`. */
export const VERSION: string = packageJson.version;

/** Commit of a built binary; "" when run from source. */
export const COMMIT: string = typeof APIROUTER_COMMIT === "string" ? APIROUTER_COMMIT : "";
