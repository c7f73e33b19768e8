// The figures of the chosen time by upstream, model and client key.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Overview, UsageBucket } from "../../../../src/admin/contract/usage.ts";
import { Link } from "../../app/router.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { Segments } from "../../ui/menu.tsx";
import { type Grouping, UsageGroups } from "./usage-groups.tsx";

/** One table, three ways to group. */
export function Breakdown({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation("overview");
  const [by, setBy] = useState<Grouping>("upstream");
  const groups: Readonly<Record<Grouping, readonly UsageBucket[]>> = {
    upstream: overview.by_upstream,
    model: overview.by_model,
    client_key: overview.by_client_key,
  };
  return (
    <Section
      title={t("by.title")}
      actions={
        <Link to="/usage" className={buttonClass("quiet", "small")}>
          {t("by.more")}
        </Link>
      }
    >
      <Segments
        label={t("by.title")}
        value={by}
        onChange={setBy}
        options={(["upstream", "model", "client_key"] as const).map((name) => ({
          value: name,
          label: t(`by.${name}`),
        }))}
      />
      <UsageGroups groups={groups[by]} by={by} />
    </Section>
  );
}
