// What goes into the instructions: address, key, model, system.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CreatedKey } from "../../../../src/admin/contract/keys.ts";
import type { ConnectInfo } from "../../../../src/admin/contract/playground.ts";
import { api } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { Combobox } from "../../ui/combobox.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Segments } from "../../ui/menu.tsx";
import { Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import type { ClientGuide, ConnectValues } from "./clients.ts";
import { freshKey, rememberFreshKey } from "./fresh-key.ts";

export interface ValuesFormProps {
  readonly client: ClientGuide;
  readonly values: ConnectValues;
  /** With placeholders where nothing was entered. */
  readonly filled: ConnectValues;
  readonly info: ConnectInfo | undefined;
  readonly onChange: (values: ConnectValues) => void;
}

/** The form. A key that is typed here stays in this page's memory. */
export function ValuesForm({ client, values, filled, info, onChange }: ValuesFormProps) {
  const { t } = useTranslation("connect");
  const addresses = [...new Set([location.origin, ...(info?.base_urls ?? [])])];
  const isLocal = /\/\/(localhost|127\.|\[::1\])/.test(values.baseUrl);
  const needsKey = (info?.access_control_enabled ?? true) || !isLocal;
  return (
    <Section title={t("values.title")}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("values.address")} hint={t("values.addressHint")}>
          {(control) => (
            <Combobox
              {...control}
              value={values.baseUrl}
              onChange={(baseUrl) => onChange({ ...values, baseUrl: baseUrl.replace(/\/+$/, "") })}
              suggestions={addresses.map((value) => ({ value }))}
            />
          )}
        </Field>
        <KeyField client={client} values={values} needsKey={needsKey} onChange={onChange} />
        {client.usesModel && (
          <Field label={t("values.model")} hint={t("values.modelHint")}>
            {(control) => (
              <Combobox
                {...control}
                placeholder={filled.model}
                value={values.model}
                onChange={(model) => onChange({ ...values, model })}
                suggestions={(info?.models ?? []).map((value) => ({ value }))}
              />
            )}
          </Field>
        )}
        {client.usesOs && (
          <div className="flex flex-col gap-1">
            <span className="font-medium">{t("values.os")}</span>
            <Segments
              label={t("values.os")}
              value={values.os}
              onChange={(os) => onChange({ ...values, os })}
              options={[
                { value: "unix", label: t("values.osOption.unix") },
                { value: "windows", label: t("values.osOption.windows") },
              ]}
            />
          </div>
        )}
      </div>
    </Section>
  );
}

interface KeyFieldProps extends Pick<ValuesFormProps, "client" | "values" | "onChange"> {
  readonly needsKey: boolean;
}

function KeyField({ client, values, needsKey, onChange }: KeyFieldProps) {
  const { t } = useTranslation("connect");
  const cache = useQueryClient();
  const toast = useToast();
  const [created, setCreated] = useState(freshKey()?.name);
  const create = useMutation({
    mutationFn: () => api.post<CreatedKey>("/keys", { body: { name: client.id } }),
    onSuccess: ({ key, view }) => {
      rememberFreshKey({ key, name: view.name });
      setCreated(view.name);
      onChange({ ...values, key });
      void cache.invalidateQueries({ queryKey: ["keys"] });
    },
    onError: (error) => toast.failed(error),
  });
  return (
    <Field label={t("values.key")} hint={needsKey ? t("values.keyNeeded") : t("values.keyOpen")}>
      {(control) => (
        <>
          <TextInput
            {...control}
            className="font-mono"
            placeholder={t("values.keyPlaceholder")}
            value={values.key}
            onChange={(event) => onChange({ ...values, key: event.target.value })}
          />
          {created !== undefined && values.key !== "" && values.key === freshKey()?.key ? (
            <Notice tone="ok">{t("values.created", { name: created })}</Notice>
          ) : (
            <Button
              size="small"
              icon={KeyRound}
              busy={create.isPending}
              onClick={() => create.mutate()}
              className="self-start"
            >
              {t("values.create", { client: client.id === "sdk" ? t("name.sdk") : client.name })}
            </Button>
          )}
        </>
      )}
    </Field>
  );
}
