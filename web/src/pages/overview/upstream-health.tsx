// Each upstream: can it be used now, and if not, why and until when.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { type BreakerRow, useLive } from "../../api/live.ts";
import { queries } from "../../api/queries.ts";
import { Link } from "../../app/router.tsx";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Badge, type Tone } from "../../ui/status.tsx";
import { useSeenAt } from "./seen-at.ts";
import { MAX_SHOWN, shownUpstreams } from "./shown-upstreams.ts";

const TONES: Readonly<Record<UpstreamView["health"], Tone>> = {
  healthy: "ok",
  degraded: "warn",
  down: "bad",
  disabled: "off",
  unused: "neutral",
};
const REFRESH_MS = 15_000;

/** The list, as far as there is room. */
export function UpstreamHealth() {
  const { t } = useTranslation("overview");
  const query = useQuery({ ...queries.upstreams(), refetchInterval: REFRESH_MS });
  const live = useLive();
  return (
    <Section
      title={t("health.title")}
      actions={
        <Link to="/upstreams" className={buttonClass("quiet", "small")}>
          {t("health.all")}
        </Link>
      }
    >
      <QueryView query={query}>
        {({ upstreams }) =>
          upstreams.length === 0 ? (
            <p className="py-4 text-center text-muted">{t("health.none")}</p>
          ) : (
            <>
              <ul className="flex flex-col divide-y divide-line">
                {shownUpstreams(upstreams).map((upstream) => (
                  <Upstream
                    key={upstream.definition.id}
                    upstream={upstream}
                    breakers={live.breakers.filter((breaker) => breaker.upstream_id === upstream.definition.id)}
                  />
                ))}
              </ul>
              {upstreams.length > MAX_SHOWN && (
                <p className="pt-2 text-xs text-muted">{t("health.more", { count: upstreams.length - MAX_SHOWN })}</p>
              )}
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

interface UpstreamProps {
  readonly upstream: UpstreamView;
  readonly breakers: readonly BreakerRow[];
}

function Upstream({ upstream, breakers }: UpstreamProps) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { last_hour: stats } = upstream;
  return (
    <li className="py-2 first:pt-0 last:pb-0">
      <div className="flex items-center justify-between gap-2">
        <span className="min-w-0 truncate font-medium">{upstream.definition.id}</span>
        <Badge tone={TONES[upstream.health]} withIcon>
          {t(`health.${upstream.health}`)}
        </Badge>
      </div>
      <p className="text-xs text-muted">
        {stats.attempts === 0
          ? t("health.idle")
          : stats.failures > 0
            ? t("health.failed", { failures: format.number(stats.failures), attempts: format.number(stats.attempts) })
            : t("health.fine", { count: stats.attempts })}
        {stats.first_content_p50_ms !== null &&
          ` · ${t("health.p50", { time: format.duration(stats.first_content_p50_ms) })}`}
      </p>
      {breakers
        .filter((breaker) => breaker.state !== "closed")
        .map((breaker) => (
          <Breaker key={`${breaker.scope} ${breaker.id}`} breaker={breaker} />
        ))}
    </li>
  );
}

function Breaker({ breaker }: { readonly breaker: BreakerRow }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const seenAt = useSeenAt();
  const outcome = useOutcome();
  const now = useNow();
  const leftMs = Math.max(0, breaker.remaining_ms - Math.max(0, now - seenAt(breaker)));
  const subject =
    breaker.scope === "key"
      ? t("health.key", { key: breaker.subject ?? "" })
      : breaker.scope === "model"
        ? t("health.model", { model: breaker.subject ?? "" })
        : undefined;
  const waiting =
    leftMs === 0 ? t("health.due") : t("health.free", { time: format.duration(Math.ceil(leftMs / 1000) * 1000) });
  const state = breaker.state === "half-open" ? t("health.probing") : waiting;
  return (
    <p className="mt-0.5 text-xs">
      <span className="text-bad">
        {subject && `${subject}: `}
        {state}
      </span>
      {breaker.last_error && (
        <span className="text-muted" title={outcome(breaker.last_error).text}>
          {" "}
          · {outcome(breaker.last_error).name}
        </span>
      )}
    </p>
  );
}
