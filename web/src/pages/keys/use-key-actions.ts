// Switching a client key on and off, and deleting it.

import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { KeyList, KeyView } from "../../../../src/admin/contract/keys.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useConfirm } from "../../ui/confirm.tsx";
import { useToast } from "../../ui/toast.tsx";

export interface KeyActions {
  setEnabled(view: KeyView, enabled: boolean): Promise<void>;
  /** Asks first. */
  remove(view: KeyView): Promise<void>;
}

/** The actions, with their messages. Both change one thing only, so they need no version. */
export function useKeyActions(): KeyActions {
  const { t } = useTranslation("keys");
  const client = useQueryClient();
  const toast = useToast();
  const confirm = useConfirm();
  const { queryKey } = queries.keys();

  async function run(action: () => Promise<unknown>, message: string): Promise<void> {
    try {
      await action();
      toast.ok(message);
    } catch (error) {
      toast.failed(error);
    } finally {
      await client.invalidateQueries({ queryKey });
    }
  }

  return {
    async setEnabled({ id, name }, enabled) {
      client.setQueryData(
        queryKey,
        (old: KeyList | undefined) =>
          old && { ...old, keys: old.keys.map((key) => (key.id === id ? { ...key, enabled } : key)) },
      );
      await run(
        () => api.patch(`/keys/${id}`, { body: { enabled } }),
        t(enabled ? "toggle.on" : "toggle.off", { name }),
      );
    },
    async remove({ id, name }) {
      const isSure = await confirm({
        title: t("remove.title", { name }),
        body: t("remove.body"),
        confirmLabel: t("remove.confirm"),
        isDangerous: true,
      });
      if (isSure) await run(() => api.delete(`/keys/${id}`), t("remove.done", { name }));
    },
  };
}
