// Tells when the first request of a client has arrived.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { LoaderCircle } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRequestEnd } from "../../api/live.ts";
import { queries } from "../../api/queries.ts";
import { Link } from "../../app/router.tsx";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { Facts, Section } from "../../ui/card.tsx";
import { Mono } from "../../ui/code.tsx";
import { Notice } from "../../ui/status.tsx";

/** Watches for requests of one kind of client while it is on show. */
export function ArrivalCheck({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useTranslation("connect");
  const format = useFormat();
  const now = useNow();
  const cache = useQueryClient();
  const [openedAtMs] = useState(Date.now);
  const { queryKey } = queries.connect();
  // Every request may be the one; the list says whose it was.
  useRequestEnd(useCallback(() => void cache.invalidateQueries({ queryKey: ["connect"] }), [cache]));
  const query = useQuery({ ...queries.connect(), queryKey, refetchInterval: 5000 });
  const client = query.data?.clients.find((entry) => entry.id === id);
  const time = client ? format.relative(client.last_seen_at, now) : "";
  const isNew = client !== undefined && Date.parse(client.last_seen_at) >= openedAtMs;

  return (
    <Section title={t("check.title")}>
      <div role="status" className="flex flex-col gap-3">
        {query.error && !query.data ? (
          <p className="text-muted">{t("check.unavailable")}</p>
        ) : isNew && client.last_status < 400 ? (
          <Notice tone="ok">{t("check.arrived", { client: name, time })}</Notice>
        ) : isNew ? (
          <Notice tone="warn">{t("check.failed", { client: name, time, status: client.last_status })}</Notice>
        ) : (
          <p className="flex items-center gap-2 text-muted">
            <LoaderCircle className="size-4 shrink-0 animate-spin text-accent" aria-hidden />
            {client ? t("check.seen", { time }) : t("check.waiting", { client: name })}
          </p>
        )}
        {client && (
          <Facts
            items={[
              { label: t("check.model"), value: <Mono>{client.last_model}</Mono> },
              { label: t("check.program"), value: <span className="text-xs">{client.user_agent}</span> },
            ]}
          />
        )}
        {client && (
          <Link to="/logs" className="self-start text-accent hover:underline">
            {t("check.logs")}
          </Link>
        )}
      </div>
    </Section>
  );
}
