// What is running here.

import { useTranslation } from "react-i18next";
import type { SettingsView } from "../../../../src/admin/contract/settings.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { visibleAddress } from "../../lib/visible-address.ts";
import { Facts, Section } from "../../ui/card.tsx";

/** The tab. */
export function AboutTab({ about }: { readonly about: SettingsView["about"] }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const now = useNow();
  return (
    <Section title={t("about.title")} description={t("about.body")}>
      <Facts
        items={[
          { label: t("about.version"), value: about.version },
          { label: t("about.runtime"), value: about.runtime },
          {
            label: t("about.started"),
            value: <span title={format.time(about.started_at)}>{format.relative(about.started_at, now)}</span>,
          },
          {
            label: t("about.address"),
            value: <span className="font-mono">{visibleAddress(about.address, location.hostname)}</span>,
          },
          { label: t("about.dataDir"), value: <span className="font-mono">{about.data_dir}</span> },
        ]}
      />
      <p className="mt-4">
        <a
          href="/admin-ui/assets/licences.txt"
          target="_blank"
          rel="noreferrer"
          className="text-accent hover:underline"
        >
          {t("about.licences")}
        </a>
      </p>
    </Section>
  );
}
