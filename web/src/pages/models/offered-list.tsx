// What the gateway's model list offers to clients.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries.ts";
import { Section } from "../../ui/card.tsx";
import { Mono } from "../../ui/code.tsx";
import { TextInput } from "../../ui/field.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { QueryView } from "../../ui/states.tsx";

/** The list, with a filter. */
export function OfferedList() {
  const { t } = useTranslation("models");
  const query = useQuery(queries.models());
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <Section
      title={t("offered.title")}
      description={t("offered.description")}
      actions={
        <TextInput
          type="search"
          aria-label={t("offered.filter")}
          placeholder={t("offered.filter")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="max-w-48"
        />
      }
    >
      <QueryView query={query}>
        {({ models }) => {
          if (models.length === 0) return <p className="text-muted">{t("offered.none")}</p>;
          const shown = models.filter(({ id, upstreams }) => {
            const haystack = `${id} ${upstreams.join(" ")}`.toLowerCase();
            return words.every((word) => haystack.includes(word));
          });
          if (shown.length === 0) return <p className="text-muted">{t("offered.noMatch")}</p>;
          return (
            <ScrollRegion label={t("offered.title")} className="max-h-96 overflow-y-auto">
              <ul className="grid gap-x-6 sm:grid-cols-2">
                {shown.map(({ id, upstreams }) => (
                  <li key={id} className="flex items-baseline justify-between gap-3 border-b border-line py-1.5">
                    <Mono className="truncate">{id}</Mono>
                    <span className="shrink-0 text-xs text-muted">{upstreams.join(", ")}</span>
                  </li>
                ))}
              </ul>
            </ScrollRegion>
          );
        }}
      </QueryView>
    </Section>
  );
}
