// What to know about the provider that a new upstream begins with.

import { useTranslation } from "react-i18next";
import type { Preset } from "../../../../src/admin/contract/upstreams.ts";
import { Notice } from "../../ui/status.tsx";
import { PresetLinks } from "./preset-dialog.tsx";

/** Notes and links; nothing when there are none. */
export function PresetNotes({ preset }: { readonly preset: Preset }) {
  const { i18n } = useTranslation();
  const isChinese = i18n.language === "zh";
  const note = isChinese ? preset.notes?.zh : preset.notes?.en;
  if (!note && !preset.site && !preset.key_url) return null;
  return (
    <Notice tone="info" title={(isChinese && preset.name_zh) || preset.name}>
      {note && <p>{note}</p>}
      <p className="mt-1 flex gap-4">
        <PresetLinks preset={preset} />
      </p>
    </Notice>
  );
}
