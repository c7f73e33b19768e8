// Settings: what holds, what may be set, and changes.

import { formatPath } from "../../config/json-path.ts";
import { maskConfig, unmaskSettings } from "../../config/redact.ts";
import { patchSettings, settingAt, settingFields, settingsInForce } from "../../config/setting-fields.ts";
import { saved } from "../contract/common.ts";
import { settingsPatch, settingsView } from "../contract/settings.ts";
import { AdminError, toProblem } from "./admin-error.ts";
import { changeConfig } from "./change-config.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

export function settingsRoutes(parts: AdminParts): Route[] {
  const { configFile, about } = parts;
  const fields = settingFields();
  return [
    route({
      method: "GET",
      path: "/settings",
      summary: "settings in force, and what may be set",
      answer: json(settingsView),
      handle: () => {
        const document = configFile.document();
        return {
          version: configFile.revision(),
          settings: maskConfig(settingsInForce(document, fields)),
          explicit: fields
            .filter(({ path }) => settingAt(document, path) !== undefined)
            .map(({ path }) => formatPath(path)),
          fields: fields.map(({ path, options, ...field }) => ({
            ...field,
            path: formatPath(path),
            options: options === null ? null : [...options],
            // All of them are read anew for each request; what needs a restart is on the command line.
            needs_restart: false,
          })),
          problems: configFile.problems().map(toProblem),
          warnings: configFile.warnings().map(toProblem),
          about: {
            version: about.version,
            data_dir: about.dataDir,
            address: about.address(),
            started_at: new Date(about.startedAt).toISOString(),
            runtime: `Bun ${Bun.version}`,
          },
        };
      },
    }),
    route({
      method: "PATCH",
      path: "/settings",
      summary: "changes settings; null puts one back to its default",
      body: settingsPatch,
      problemRoot: "settings",
      answer: json(saved),
      errors: ["conflict", "file-invalid", "storage", "password-needed"],
      handle: (call) =>
        changeConfig(configFile, call, {
          mutate(document) {
            const { settings, problems: refused } = unmaskSettings(call.body.settings, document, true);
            if (refused[0])
              throw new AdminError("invalid", `${refused[0].path}: ${refused[0].message}`, {
                problems: refused.map(toProblem),
              });
            const { document: changed, unknown } = patchSettings(document, settings);
            if (unknown.length === 0) return changed;
            const problems = unknown.map((path) => ({ path: formatPath(path), message: "not a setting" }));
            throw new AdminError("invalid", `${problems[0]?.path}: not a setting`, { problems });
          },
        }),
    }),
  ];
}
