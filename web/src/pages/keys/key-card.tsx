// One client key: its state, what it has used, its limits.

import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { KeyView } from "../../../../src/admin/contract/keys.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { IconButton } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Mono } from "../../ui/code.tsx";
import { Menu } from "../../ui/menu.tsx";
import { Badge, UsageBar } from "../../ui/status.tsx";
import { Switch } from "../../ui/switch.tsx";
import { describeLimits } from "./describe-limits.ts";
import { useKeyActions } from "./use-key-actions.ts";

export interface KeyCardProps {
  readonly view: KeyView;
  readonly onEdit: () => void;
}

/** The card. */
export function KeyCard({ view, onEdit }: KeyCardProps) {
  const { t } = useTranslation("keys");
  const actions = useKeyActions();
  const { name } = view;
  return (
    <Card className="flex h-full flex-col gap-3 px-4 py-3">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-2">
            <h2 className="truncate text-base font-semibold">{name}</h2>
            <StateBadge view={view} />
          </div>
          <Mono className="text-xs text-muted">{view.label}</Mono>
        </div>
        <div className="flex shrink-0 items-center gap-1">
          <Switch
            checked={view.enabled}
            onChange={(enabled) => void actions.setEnabled(view, enabled)}
            label={t("enabled", { name })}
            hideLabel
          />
          <Menu
            trigger={<IconButton icon={Ellipsis} label={t("more", { name })} size="small" />}
            groups={[
              [{ label: t("menu.edit"), icon: Pencil, onSelect: onEdit }],
              [{ label: t("menu.remove"), icon: Trash2, isDangerous: true, onSelect: () => void actions.remove(view) }],
            ]}
          />
        </div>
      </div>
      <Usage view={view} />
      <Limits view={view} />
    </Card>
  );
}

function StateBadge({ view }: { readonly view: KeyView }) {
  const { t } = useTranslation("keys");
  const format = useFormat();
  if (view.is_expired)
    return (
      <Badge tone="bad" withIcon>
        {t("state.expired")}
      </Badge>
    );
  if (!view.enabled)
    return (
      <Badge tone="off" withIcon>
        {t("state.off")}
      </Badge>
    );
  return (
    <>
      <Badge tone="ok" withIcon>
        {t("state.on")}
      </Badge>
      {view.expires_at && <Badge>{t("state.expires", { date: format.date(view.expires_at) })}</Badge>}
      {view.usage.running > 0 && <Badge tone="info">{t("usage.running", { count: view.usage.running })}</Badge>}
    </>
  );
}

function Usage({ view: { usage } }: { readonly view: KeyView }) {
  const { t } = useTranslation("keys");
  const format = useFormat();
  const now = useNow();
  const line = (requests: number, tokens: number, cost: number | null) =>
    [
      t("usage.requests", { count: requests }),
      t("usage.tokens", { tokens: format.compact(tokens) }),
      ...(requests === 0 ? [] : [format.money(cost)]),
    ].join(" · ");
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-xs">
      <dt className="text-muted">{t("usage.today")}</dt>
      <dd>{line(usage.requests_today, usage.tokens_today, usage.cost_today_usd)}</dd>
      <dt className="text-muted">{t("usage.month")}</dt>
      <dd>
        {line(usage.requests_month, usage.tokens_month, usage.cost_month_usd)}
        {usage.unpriced_month > 0 && (
          <span className="text-muted"> ({t("usage.unpriced", { count: usage.unpriced_month })})</span>
        )}
      </dd>
      <dt className="sr-only">{t("column.state")}</dt>
      <dd className="col-span-2 text-faint">
        {usage.last_used_at
          ? t("usage.lastUsed", { time: format.relative(usage.last_used_at, now) })
          : t("usage.never")}
      </dd>
    </dl>
  );
}

function Limits({ view }: { readonly view: KeyView }) {
  const { t } = useTranslation("keys");
  const format = useFormat();
  const { budget } = view.limits;
  const limits = describeLimits(view.limits, t, format);
  const isDay = budget?.period === "day";
  const label = budget ? `${t("limit.budget")} ${t(`limit.${budget.period}`)}` : "";
  const usedTokens = isDay ? view.usage.tokens_today : view.usage.tokens_month;
  const usedUsd = (isDay ? view.usage.cost_today_usd : view.usage.cost_month_usd) ?? 0;
  return (
    <div className="mt-auto flex flex-col gap-2">
      {budget?.tokens && (
        <UsageBar
          value={usedTokens}
          max={budget.tokens}
          label={label}
          text={t("limit.usedTokens", { used: format.compact(usedTokens), limit: format.compact(budget.tokens) })}
        />
      )}
      {budget?.usd && (
        <UsageBar
          value={usedUsd}
          max={budget.usd}
          label={label}
          text={t("limit.usedUsd", { used: format.money(usedUsd), limit: format.money(budget.usd) })}
        />
      )}
      <p className="text-xs text-muted">{limits.length === 0 && !budget ? t("limit.none") : limits.join(" · ")}</p>
    </div>
  );
}
