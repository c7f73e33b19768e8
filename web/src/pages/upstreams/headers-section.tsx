// Request headers that are added for one upstream.

import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { TextInput } from "../../ui/field.tsx";
import { newRow, problemsAt, type Row } from "./draft.ts";
import type { SectionProps } from "./section-props.ts";

/** The section. */
export function HeadersSection({ draft, change, problems }: SectionProps) {
  const { t } = useTranslation("upstreams");
  const error = problemsAt(problems, "headers");
  const set = (row: Row, next: Partial<Row>) =>
    change({ headers: draft.headers.map((other) => (other === row ? { ...row, ...next } : other)) });
  return (
    <Section title={t("headers.title")} description={t("headers.description")}>
      <div className="flex flex-col gap-2">
        {draft.headers.map((row) => (
          <div key={row.rowId} className="grid grid-cols-[1fr_1fr_1.75rem] items-center gap-2">
            <TextInput
              aria-label={t("headers.name")}
              placeholder={t("headers.name")}
              className="font-mono"
              value={row.name}
              onChange={(event) => set(row, { name: event.target.value })}
            />
            <TextInput
              aria-label={t("headers.value")}
              placeholder={t("headers.value")}
              className="font-mono"
              value={row.value}
              onChange={(event) => set(row, { value: event.target.value })}
            />
            <IconButton
              size="small"
              icon={Trash2}
              kind="danger-quiet"
              label={t("headers.remove", { name: row.name })}
              onClick={() => change({ headers: draft.headers.filter((other) => other !== row) })}
            />
          </div>
        ))}
        {error && (
          <p role="alert" className="text-xs text-bad">
            {error}
          </p>
        )}
        <Button
          size="small"
          icon={Plus}
          className="self-start"
          onClick={() => change({ headers: [...draft.headers, newRow()] })}
        >
          {t("headers.add")}
        </Button>
      </div>
    </Section>
  );
}
