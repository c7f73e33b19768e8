// One attempt in full: facts, headers, bodies, and the command that makes it again.

import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AttemptView } from "../../../../src/admin/contract/logs.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Facts } from "../../ui/card.tsx";
import { CopyButton, Mono } from "../../ui/code.tsx";
import { ForeignText } from "../../ui/foreign-text.tsx";
import { Badge } from "../../ui/status.tsx";
import { BodyPanel } from "./body-panel.tsx";
import { curlCommand } from "./curl.ts";
import { toneOf } from "./row-parts.tsx";

/** Folds open; the content is made only then. */
export function AttemptPanel({ attempt, isOpen }: { readonly attempt: AttemptView; readonly isOpen: boolean }) {
  const { t } = useTranslation("logs");
  const explain = useOutcome();
  const format = useFormat();
  const [open, setOpen] = useState(isOpen);
  const { name } = explain(attempt.outcome);
  return (
    <details
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group rounded-control border border-line"
    >
      <summary className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 py-2 select-none">
        <ChevronRight className="size-4 shrink-0 text-faint transition-transform group-open:rotate-90" aria-hidden />
        <span className="font-medium">{t("detail.attempt", { number: attempt.number })}</span>
        <span className="min-w-0 truncate">{attempt.upstream_id}</span>
        <Badge tone={toneOf(attempt.outcome)} withIcon>
          {attempt.status === null ? name : `${attempt.status} ${name}`}
        </Badge>
        {attempt.may_have_billed && <Badge tone="warn">{t("detail.maybeBilled")}</Badge>}
        <span className="ml-auto text-xs text-muted tabular-nums">{format.duration(attempt.total_ms)}</span>
      </summary>
      {open && <AttemptContent attempt={attempt} />}
    </details>
  );
}

function AttemptContent({ attempt }: { readonly attempt: AttemptView }) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation();
  const format = useFormat();
  const explain = useOutcome();
  const curl = curlCommand(attempt);
  return (
    <div className="flex flex-col gap-4 border-t border-line px-3 py-3">
      {attempt.outcome !== "ok" && (
        <div>
          <p>{explain(attempt.outcome).text}</p>
          {attempt.error && <ForeignText text={attempt.error} />}
          {attempt.may_have_billed && <p className="text-xs text-muted">{t("detail.maybeBilledHint")}</p>}
        </div>
      )}
      <Facts
        items={[
          { label: t("detail.key"), value: attempt.key_masked ? <Mono>{attempt.key_masked}</Mono> : t("detail.none") },
          { label: t("detail.sent"), value: attempt.model ?? "–" },
          {
            label: t("detail.lane"),
            value: `${common(`protocol.${attempt.protocol}`)}, ${attempt.lane === "pass-through" ? t("detail.passThrough") : t("detail.converted")}`,
          },
          { label: t("detail.status"), value: attempt.status ?? t("detail.noAnswer") },
          { label: t("detail.started"), value: format.duration(attempt.started_ms) },
          { label: t("detail.firstByte"), value: format.duration(attempt.first_byte_ms) },
          { label: t("detail.first"), value: format.duration(attempt.first_content_ms) },
          { label: t("detail.took"), value: format.duration(attempt.total_ms) },
        ]}
      />
      <p className="text-xs">
        <span className="text-muted">{t("detail.url")}</span> <Mono>{attempt.url}</Mono>
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <CopyButton text={curl.text} label={t("detail.curl")} />
        {curl.bodyIsIncomplete && <span className="text-xs text-muted">{t("detail.curlCut")}</span>}
      </div>
      <Headers headers={attempt.request_headers} />
      {attempt.request_body !== null && <BodyPanel title={t("detail.requestBody")} body={attempt.request_body} />}
      {attempt.response_body !== null && <BodyPanel title={t("detail.responseBody")} body={attempt.response_body} />}
    </div>
  );
}

function Headers({ headers }: { readonly headers: Readonly<Record<string, string>> | null }) {
  const { t } = useTranslation("logs");
  if (headers === null) return null;
  return (
    <div>
      <p className="text-xs font-medium text-muted">{t("detail.requestHeaders")}</p>
      <dl className="mt-1 grid grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 font-mono text-xs">
        {Object.entries(headers).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
