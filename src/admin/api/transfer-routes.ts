// Export and import of the configuration.

import { diffConfig } from "../../config/diff-config.ts";
import { type JsonObject, ownValue } from "../../config/json-path.ts";
import { maskConfig, unmaskSettings, unmaskUpstreams } from "../../config/redact.ts";
import { keepPassword, sealClientKeys } from "../../config/serialize-config.ts";
import type { ConfigFile } from "../../store/config-file.ts";
import type { Problem } from "../contract/common.ts";
import { configDocument, exportInput, importInput, importResult } from "../contract/settings.ts";
import { AdminError, toProblem } from "./admin-error.ts";
import { changeConfig, listIn, withFields } from "./change-config.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

/** As large as a configuration may be. */
const MAX_IMPORT_BYTES = 16 * 1024 * 1024;

export function transferRoutes(parts: AdminParts): Route[] {
  const { configFile, gate } = parts;
  return [
    route({
      method: "POST",
      path: "/export",
      summary: "the whole configuration but for the administrator's password; keys masked unless the password is sent",
      body: exportInput,
      answer: json(configDocument),
      handle: async ({ body, identity, peer }) => {
        const document = withFields(configFile.document(), { admin_password_hash: undefined });
        if (!body.include_secrets) return maskConfig(document);
        await gate.confirm(body.password ?? "", peer);
        identity.audit("config-exported", "configuration exported with its secrets");
        return document;
      },
    }),
    route({
      method: "POST",
      path: "/import",
      summary: "replaces the whole configuration, or tells what that would change; all or nothing",
      body: importInput,
      maxBodyBytes: MAX_IMPORT_BYTES,
      problemRoot: "document",
      answer: json(importResult),
      errors: ["conflict", "file-invalid", "storage", "password-needed"],
      handle: async (call) => {
        const { document, dry_run: isDryRun } = call.body;
        const before = configFile.document();
        const planned = prepareImport(document, before);
        const problems = planned.problems.length > 0 ? planned.problems : problemsOf(configFile, planned.document);
        const changes = diffConfig(before, sealClientKeys(planned.document));
        if (isDryRun) return { applied: false, changes, problems: [...problems], version: configFile.revision() };
        if (problems.length > 0)
          throw new AdminError("invalid", `${problems[0]?.path}: ${problems[0]?.message}`, { problems });
        const { version } = await changeConfig(configFile, call, {
          // Prepared anew: somebody may have saved in between.
          mutate: (current) => prepareImport(document, current).document,
          source: "import",
        });
        return { applied: true, changes, problems: [], version };
      },
    }),
  ];
}

function problemsOf(configFile: ConfigFile, document: JsonObject): readonly Problem[] {
  const preview = configFile.preview(document);
  return preview.ok ? [] : preview.problems.map(toProblem);
}

/** The document to save: masked keys are those of the upstream of the same id that is there now. */
function prepareImport(
  document: JsonObject,
  current: JsonObject,
): { readonly document: JsonObject; readonly problems: readonly Problem[] } {
  const { settings, problems } = unmaskSettings(keepPassword(document, current), current, false);
  if (!Array.isArray(ownValue(settings, "upstreams"))) return { document: settings, problems: problems.map(toProblem) };
  const unmasked = unmaskUpstreams(listIn(settings, "upstreams"), current);
  return {
    document: withFields(settings, { upstreams: [...unmasked.upstreams] }),
    problems: [...problems, ...unmasked.problems].map(toProblem),
  };
}
