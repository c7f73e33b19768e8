// What is paused after failures, for how much longer, why, and the way out.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BreakerRow } from "../../../../src/admin/contract/upstreams.ts";
import { api } from "../../api/client.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";

/** One notice per breaker that is not closed. */
export function BreakerNotices({ breakers }: { readonly breakers: readonly BreakerRow[] }) {
  return breakers
    .filter(({ state }) => state !== "closed")
    .map((breaker) => <BreakerNotice key={`${breaker.scope} ${breaker.id}`} breaker={breaker} />);
}

function BreakerNotice({ breaker }: { readonly breaker: BreakerRow }) {
  const { t } = useTranslation("upstreams");
  const format = useFormat();
  const remainingMs = useCountedDown(breaker.remaining_ms);
  const reset = useReset();
  const outcome = useOutcome();
  return (
    <Notice
      isCompact
      tone={breaker.scope === "upstream" ? "bad" : "warn"}
      title={
        <>
          {t(`breaker.${breaker.scope}`, { subject: breaker.subject ?? "" })} ·{" "}
          {breaker.state === "half-open" || remainingMs <= 0
            ? t("breaker.trying")
            : t("breaker.openFor", { time: format.duration(Math.ceil(remainingMs / 1000) * 1000) })}
        </>
      }
      actions={
        <Button size="small" busy={reset.isPending} onClick={() => reset.mutate(breaker)}>
          {t("breaker.reset")}
        </Button>
      }
    >
      {breaker.last_error && (
        <p title={outcome(breaker.last_error).text}>
          {t("breaker.reason", { reason: outcome(breaker.last_error).name })}
        </p>
      )}
    </Notice>
  );
}

function useReset() {
  const { t } = useTranslation("upstreams");
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: ({ scope, id }: BreakerRow) => api.post("/breakers/reset", { body: { scope, id } }),
    onSuccess: () => toast.ok(t("breaker.resetDone")),
    onError: (error) => toast.failed(error),
    onSettled: () => client.invalidateQueries({ queryKey: ["upstreams"] }),
  });
}

/** Counts a duration down from when it was told. */
function useCountedDown(ms: number): number {
  const now = useNow();
  const [told, setTold] = useState({ ms, atMs: now });
  if (told.ms !== ms) setTold({ ms, atMs: now });
  return Math.max(0, told.ms - (now - told.atMs));
}
