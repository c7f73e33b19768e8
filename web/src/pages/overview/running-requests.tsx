// The requests that are being answered right now.

import { CircleStop, Radio } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client.ts";
import { type RunningRequest, useLive } from "../../api/live.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { useConfirm } from "../../ui/confirm.tsx";
import { Badge, type Tone } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useSeenAt } from "./seen-at.ts";

const TONES: Readonly<Record<RunningRequest["phase"], Tone>> = { waiting: "info", answering: "ok", restarting: "warn" };

/** The list, oldest first; each can be interrupted. */
export function RunningRequests() {
  const { t } = useTranslation("overview");
  const { running } = useLive();
  const seenAt = useSeenAt();
  const now = useNow();
  return (
    <Section title={`${t("now.title")}${running.length > 0 ? ` (${running.length})` : ""}`}>
      {running.length === 0 ? (
        <div className="flex flex-col items-center gap-1 py-5 text-center">
          <Radio className="size-5 text-faint" aria-hidden />
          <p className="font-medium">{t("now.none")}</p>
          <p className="text-muted">{t("now.noneText")}</p>
        </div>
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {running.map((request) => (
            <Running
              key={request.id}
              request={request}
              elapsedMs={request.elapsed_ms + Math.max(0, now - seenAt(request))}
            />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Running({ request, elapsedMs }: { readonly request: RunningRequest; readonly elapsedMs: number }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const confirm = useConfirm();
  const toast = useToast();
  const interrupt = async () => {
    const isSure = await confirm({
      title: t("now.interruptTitle"),
      body: t("now.interruptBody", { model: request.model, upstream: request.upstream_id ?? "–" }),
      confirmLabel: t("now.interrupt"),
      isDangerous: true,
    });
    if (!isSure) return;
    try {
      await api.delete(`/live/requests/${encodeURIComponent(request.id)}`);
      toast.ok(t("now.interrupted"));
    } catch (error) {
      toast.failed(error);
    }
  };
  return (
    <li className="flex items-center gap-3 py-2 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{request.model || "–"}</span>
          <Badge tone={TONES[request.phase]} withIcon>
            {t(`now.phase.${request.phase}`)}
          </Badge>
        </p>
        <p className="truncate text-xs text-muted">
          {request.upstream_id ?? t("now.noUpstream")}
          {request.attempt > 1 && ` · ${t("now.attempt", { number: request.attempt })}`}
          {request.client_key && ` · ${request.client_key}`}
          {request.user_agent && ` · ${request.user_agent}`}
        </p>
      </div>
      <span className="shrink-0 text-muted tabular-nums">{format.duration(Math.round(elapsedMs / 100) * 100)}</span>
      <Button
        kind="danger-quiet"
        size="small"
        icon={CircleStop}
        aria-label={`${t("now.interrupt")}: ${request.model}`}
        onClick={() => void interrupt()}
      >
        <span className="hidden sm:inline">{t("now.interrupt")}</span>
      </Button>
    </li>
  );
}
