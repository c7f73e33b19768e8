// Sends a recorded request once more and shows the answer.

import { Send, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogDetail } from "../../../../src/admin/contract/logs.ts";
import { useUpstreamOptions } from "../../api/use-upstream-options.ts";
import { Button } from "../../ui/button.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { RunView } from "../playground/run-view.tsx";
import { useRun } from "../playground/use-run.ts";

/** Choice of the upstream, the button, and the run. */
export function Replay({ detail }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const { t: play } = useTranslation("playground");
  const [upstream, setUpstream] = useState("");
  const options = useUpstreamOptions(t("replay.automatic"), upstream);
  const { run, start, stop, isRunning } = useRun();
  if (!detail.has_body) return <p className="text-muted">{t("replay.impossible")}</p>;
  const send = () => start(`/logs/${encodeURIComponent(detail.row.id)}/replay`, { upstream_id: upstream || null });
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{t("replay.body")}</p>
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t("replay.upstream")} className="w-64">
          {(control) => <Select {...control} value={upstream} onValue={setUpstream} options={options} />}
        </Field>
        {isRunning ? (
          <Button icon={Square} onClick={stop}>
            {play("stop")}
          </Button>
        ) : (
          <Button icon={Send} kind="primary" onClick={send}>
            {t("replay.send")}
          </Button>
        )}
      </div>
      {run.phase !== "idle" && <RunView run={run} />}
    </div>
  );
}
