// One upstream in the list: how it is doing, its keys, and what can be done with it.

import { Copy, Ellipsis, FlaskConical, GripVertical, Pencil, Shuffle, Trash2 } from "lucide-react";
import { type HTMLAttributes, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UpstreamKeyView, UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { Link, navigate } from "../../app/router.tsx";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { IconButton } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Menu } from "../../ui/menu.tsx";
import { Badge, Notice, type Tone } from "../../ui/status.tsx";
import { Switch } from "../../ui/switch.tsx";
import { BreakerNotices } from "./breaker-notices.tsx";
import { TestDialog } from "./test-dialog.tsx";
import { useUpstreamActions } from "./use-upstream-actions.ts";

const HEALTH_TONES: Readonly<Record<UpstreamView["health"], Tone>> = {
  healthy: "ok",
  degraded: "warn",
  down: "bad",
  disabled: "off",
  unused: "neutral",
};

export interface UpstreamCardProps {
  readonly upstream: UpstreamView;
  readonly isDragging: boolean;
  /** What makes the grip draggable. */
  readonly handle: { readonly ref: (element: HTMLElement | null) => void; readonly props: HTMLAttributes<HTMLElement> };
}

/** The card. */
export function UpstreamCard({ upstream, isDragging, handle }: UpstreamCardProps) {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const actions = useUpstreamActions();
  const [isTesting, setTesting] = useState(false);
  const { definition, health } = upstream;
  const { id } = definition;
  const path = `/upstreams/${encodeURIComponent(id)}`;

  return (
    <Card className={cx("flex", isDragging && "shadow-float")}>
      <button
        type="button"
        ref={handle.ref}
        {...handle.props}
        aria-label={t("order.label", { id })}
        className="flex w-9 shrink-0 cursor-grab touch-none items-center justify-center rounded-l-card text-faint hover:bg-sunken hover:text-text active:cursor-grabbing"
      >
        <GripVertical className="size-4" aria-hidden />
      </button>
      <div className="flex min-w-0 flex-1 flex-col gap-2 py-3 pr-3">
        <div className="flex items-start justify-between gap-3">
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Link to={path} className="truncate text-base font-semibold hover:text-accent hover:underline">
                {id}
              </Link>
              <Badge tone={HEALTH_TONES[health]} withIcon>
                {t(`health.${health}`)}
              </Badge>
              {upstream.running > 0 && <Badge tone="info">{t("card.running", { count: upstream.running })}</Badge>}
            </div>
            <p className="truncate font-mono text-xs text-muted">{definition.base_url}</p>
          </div>
          <div className="flex shrink-0 items-center gap-1">
            <Switch
              checked={definition.enabled ?? true}
              onChange={(enabled) => void actions.setEnabled(id, enabled)}
              label={t("card.enabled", { id })}
              hideLabel
            />
            <Menu
              trigger={<IconButton icon={Ellipsis} label={t("card.more", { id })} size="small" />}
              groups={[
                [
                  { label: t("menu.edit"), icon: Pencil, onSelect: () => void navigate(path) },
                  { label: t("menu.test"), icon: FlaskConical, onSelect: () => setTesting(true) },
                  {
                    label: t("menu.models"),
                    icon: Shuffle,
                    onSelect: () => void navigate(`/models?upstream=${encodeURIComponent(id)}`),
                  },
                  {
                    label: t("menu.duplicate"),
                    icon: Copy,
                    onSelect: () => void navigate(`/upstreams?copy=${encodeURIComponent(id)}`),
                  },
                ],
                [{ label: t("menu.remove"), icon: Trash2, isDangerous: true, onSelect: () => void actions.remove(id) }],
              ]}
            />
          </div>
        </div>
        <div className="flex flex-wrap gap-1.5">
          <Badge>{common(`format.${definition.api_format}`)}</Badge>
          <Badge>{t("card.priority", { priority: definition.priority ?? 999 })}</Badge>
          <MapBadge upstream={upstream} />
          <KeyBadges upstream={upstream} />
        </div>
        <BreakerNotices breakers={upstream.breakers} />
        {upstream.warnings.map((warning) => (
          <Notice key={warning} tone="warn">
            {warning}
          </Notice>
        ))}
        <LastHour stats={upstream.last_hour} />
      </div>
      {isTesting && <TestDialog id={id} keys={upstream.keys} onClose={() => setTesting(false)} />}
    </Card>
  );
}

function MapBadge({ upstream }: { readonly upstream: UpstreamView }) {
  const { t } = useTranslation("upstreams");
  const count = Object.keys(upstream.definition.model_map ?? {}).length;
  return count === 0 ? null : <Badge>{t("card.map", { count })}</Badge>;
}

const KEY_TONES: Readonly<Record<UpstreamKeyView["state"], Tone>> = {
  ok: "ok",
  cooling: "warn",
  failing: "bad",
  missing: "bad",
};
const SHOWN_KEYS = 3;

/** The number of keys, and a chip per key that needs a look and has no notice of its own. */
function KeyBadges({ upstream: { keys, breakers } }: { readonly upstream: UpstreamView }) {
  const { t } = useTranslation("upstreams");
  const format = useFormat();
  const outcome = useOutcome();
  if (keys.length === 0) return <Badge>{t("card.noKeys")}</Badge>;
  const troubled = keys
    .filter(({ state, masked }) => state !== "ok" && !breakers.some(({ subject }) => subject === masked))
    .slice(0, SHOWN_KEYS);
  return (
    <>
      <Badge>{t("card.keys", { count: keys.length })}</Badge>
      {troubled.map((key) => (
        <Badge
          key={key.id || key.masked}
          tone={KEY_TONES[key.state]}
          withIcon
          title={key.last_error === null ? undefined : outcome(key.last_error).text}
        >
          {t("key.label", {
            masked: key.masked,
            state: t(`key.${key.state}`, { time: format.duration(key.remaining_ms) }),
          })}
        </Badge>
      ))}
    </>
  );
}

function LastHour({ stats }: { readonly stats: UpstreamView["last_hour"] }) {
  const { t } = useTranslation("upstreams");
  const format = useFormat();
  const parts =
    stats.attempts === 0
      ? [t("card.noAttempts")]
      : [
          t("card.attempts", {
            ok: format.number(stats.attempts - stats.failures),
            all: format.number(stats.attempts),
          }),
          ...(stats.first_content_p50_ms === null
            ? []
            : [t("card.firstContent", { time: format.duration(stats.first_content_p50_ms) })]),
          format.money(stats.cost_usd),
        ];
  return (
    <p className="text-xs text-muted">
      <span className="text-faint">{t("card.lastHour")}</span> · {parts.join(" · ")}
    </p>
  );
}
