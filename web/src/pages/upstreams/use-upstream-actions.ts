// Switching an upstream on and off, and deleting it.

import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Saved } from "../../../../src/admin/contract/common.ts";
import type { UpstreamList } from "../../../../src/admin/contract/upstreams.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useConfirm } from "../../ui/confirm.tsx";
import { useToast } from "../../ui/toast.tsx";

export interface UpstreamActions {
  setEnabled(id: string, enabled: boolean): Promise<void>;
  /** Asks first. Resolves with whether it was deleted. */
  remove(id: string): Promise<boolean>;
}

/** The actions, with their messages. Both change one thing only, so they need no version. */
export function useUpstreamActions(): UpstreamActions {
  const { t } = useTranslation("upstreams");
  const client = useQueryClient();
  const toast = useToast();
  const confirm = useConfirm();
  const { queryKey } = queries.upstreams();

  return {
    async setEnabled(id, enabled) {
      client.setQueryData(queryKey, (old: UpstreamList | undefined) => old && withEnabled(old, id, enabled));
      try {
        await api.patch<Saved>(`/upstreams/${encodeURIComponent(id)}`, { body: { enabled } });
        toast.ok(t(enabled ? "toggle.on" : "toggle.off", { id }));
      } catch (error) {
        toast.failed(error);
      } finally {
        await client.invalidateQueries({ queryKey });
      }
    },
    async remove(id) {
      const isSure = await confirm({
        title: t("remove.title", { id }),
        body: t("remove.body"),
        confirmLabel: t("remove.confirm"),
        isDangerous: true,
      });
      if (!isSure) return false;
      try {
        await api.delete<Saved>(`/upstreams/${encodeURIComponent(id)}`);
        toast.ok(t("remove.done", { id }));
        return true;
      } catch (error) {
        toast.failed(error);
        return false;
      } finally {
        await client.invalidateQueries({ queryKey });
      }
    },
  };
}

function withEnabled(list: UpstreamList, id: string, enabled: boolean): UpstreamList {
  const upstreams = list.upstreams.map((upstream) =>
    upstream.definition.id === id ? { ...upstream, definition: { ...upstream.definition, enabled } } : upstream,
  );
  return { ...list, upstreams };
}
