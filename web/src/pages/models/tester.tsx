// Type a model name, see who would be asked for what.

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProtocolName } from "../../../../src/admin/contract/common.ts";
import { queries } from "../../api/queries.ts";
import { Section } from "../../ui/card.tsx";
import { Combobox } from "../../ui/combobox.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { ExplainPanel } from "../playground/explain-panel.tsx";

const PROTOCOLS: readonly ProtocolName[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

/** The tester. Its answer comes from the gateway's own routing, so it cannot differ from what happens. */
export function Tester() {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation();
  const offered = useQuery(queries.models());
  const [model, setModel] = useState("");
  const [protocol, setProtocol] = useState<ProtocolName>("anthropic");
  const asked = useDeferredValue(model.trim());
  return (
    <>
      <Section title={t("tester.title")} description={t("tester.description")}>
        <div className="flex flex-col gap-4">
          <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
            <Field label={t("tester.model")} hint={t("tester.unsaved")}>
              {(control) => (
                <Combobox
                  {...control}
                  placeholder="claude-sonnet-4-5"
                  value={model}
                  onChange={setModel}
                  suggestions={(offered.data?.models ?? []).map(({ id, upstreams }) => ({
                    value: id,
                    note: upstreams.join(", "),
                  }))}
                />
              )}
            </Field>
            <Field label={t("tester.protocol")}>
              {(control) => (
                <Select
                  {...control}
                  value={protocol}
                  onValue={(value) => setProtocol(value as ProtocolName)}
                  options={PROTOCOLS.map((value) => ({ value, label: common(`protocol.${value}`) }))}
                />
              )}
            </Field>
          </div>
        </div>
      </Section>
      {asked !== "" && <ExplainPanel protocol={protocol} model={asked} />}
    </>
  );
}
