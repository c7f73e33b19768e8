// The page "connect": set a client up by copying, and see its first request arrive.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries.ts";
import { replaceQuery, usePlace } from "../../app/router.tsx";
import { cx } from "../../lib/cx.ts";
import { PageHeader, Section } from "../../ui/card.tsx";
import { CodeBlock, CopyButton, Mono } from "../../ui/code.tsx";
import { Select } from "../../ui/field.tsx";
import { ArrivalCheck } from "./arrival-check.tsx";
import { CLIENTS, type ClientGuide, type ConnectValues, type SettingRow } from "./clients.ts";
import { freshKey } from "./fresh-key.ts";
import type { en } from "./text.en.ts";
import { ValuesForm } from "./values-form.tsx";

const NO_KEY = "KEY";

/** Registered in app/pages.ts. `/connect?client=codex`. */
export function ConnectPage() {
  const { t } = useTranslation("connect");
  const { t: common } = useTranslation();
  const { query: place } = usePlace();
  const client = CLIENTS.find(({ id }) => id === place.get("client")) ?? (CLIENTS[0] as ClientGuide);
  const info = useQuery(queries.connect());
  const [values, setValues] = useState<ConnectValues>(() => ({
    baseUrl: location.origin,
    key: freshKey()?.key ?? "",
    model: "",
    os: /win/i.test(navigator.userAgent) ? "windows" : "unix",
  }));
  const filled: ConnectValues = {
    ...values,
    key: values.key.trim() || NO_KEY,
    model: values.model.trim() || (info.data?.models[0] ?? "MODEL"),
  };
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.connect")} description={t("description")} />
      <div className="grid gap-4 lg:grid-cols-[13rem_1fr]">
        <ClientList current={client} />
        <div className="flex min-w-0 flex-col gap-4">
          <ValuesForm client={client} values={values} filled={filled} info={info.data} onChange={setValues} />
          <Instructions client={client} values={filled} />
          <ArrivalCheck key={client.id} id={client.id} name={client.id === "sdk" ? t("name.sdk") : client.name} />
        </div>
      </div>
    </div>
  );
}

const GROUPS: readonly (keyof (typeof en)["group"])[] = ["agents", "chat", "sdk"];

function ClientList({ current }: { readonly current: ClientGuide }) {
  const { t } = useTranslation("connect");
  const choose = (id: string) => replaceQuery(new URLSearchParams({ client: id }));
  return (
    <>
      <Select
        aria-label={t("client")}
        className="lg:hidden"
        value={current.id}
        onValue={choose}
        options={CLIENTS.map(({ id, name }) => ({ value: id, label: id === "sdk" ? t("name.sdk") : name }))}
      />
      <nav aria-label={t("client")} className="hidden flex-col gap-3 lg:flex">
        {GROUPS.map((group) => (
          <div key={group}>
            <p className="px-2 pb-1 text-xs text-muted">{t(`group.${group}`)}</p>
            <ul className="flex flex-col gap-1">
              {CLIENTS.filter((client) => client.group === group).map((client) => (
                <li key={client.id}>
                  <button
                    type="button"
                    aria-current={client === current ? "true" : undefined}
                    onClick={() => choose(client.id)}
                    className={cx(
                      "w-full rounded-control px-2.5 py-1.5 text-left whitespace-nowrap",
                      client === current
                        ? "bg-accent-soft font-medium text-accent"
                        : "text-muted hover:bg-surface hover:text-text",
                    )}
                  >
                    {client.id === "sdk" ? t("name.sdk") : client.name}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </>
  );
}

function Instructions({ client, values }: { readonly client: ClientGuide; readonly values: ConnectValues }) {
  const { t } = useTranslation("connect");
  const settings = client.settings?.(values);
  return (
    <Section title={settings ? t("setting.title") : t("steps")}>
      <div className="flex flex-col gap-3">
        {settings && <SettingTable rows={settings} />}
        {client.snippets(values).map((snippet) => (
          <CodeBlock
            key={snippet.text}
            text={snippet.text}
            wrap
            title={
              snippet.title ??
              (snippet.file
                ? t("inFile", { file: snippet.file })
                : t(values.os === "windows" && client.usesOs ? "powershell" : "terminal"))
            }
          />
        ))}
        {client.notes.length > 0 && (
          <ul className="flex list-disc flex-col gap-1 pl-5 text-muted">
            {client.notes.map((note) => (
              <li key={note}>{t(`note.${note}`)}</li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

function SettingTable({ rows }: { readonly rows: readonly SettingRow[] }) {
  const { t } = useTranslation("connect");
  return (
    <dl className="divide-y divide-line rounded-control border border-line">
      {rows.map(({ name, value }) => (
        <div key={name} className="flex items-center gap-3 px-3 py-1.5">
          <dt className="w-24 shrink-0 text-muted">{t(`setting.${name}`)}</dt>
          <dd className="flex min-w-0 flex-1 items-center justify-between gap-2">
            <Mono>{value}</Mono>
            <CopyButton text={value} kind="quiet" iconOnly />
          </dd>
        </div>
      ))}
    </dl>
  );
}
