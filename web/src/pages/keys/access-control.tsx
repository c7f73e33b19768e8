// Whether clients need a key at all.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { KeyList } from "../../../../src/admin/contract/keys.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { Section } from "../../ui/card.tsx";
import { useConfirm } from "../../ui/confirm.tsx";
import { Notice } from "../../ui/status.tsx";
import { Switch } from "../../ui/switch.tsx";
import { useToast } from "../../ui/toast.tsx";

/** The two switches, with what they mean right now. Asks before something gets dangerous. */
export function AccessControl({ list }: { readonly list: KeyList }) {
  const { t } = useTranslation("keys");
  const client = useQueryClient();
  const toast = useToast();
  const confirm = useConfirm();
  const { queryKey } = queries.keys();
  const { access_control_enabled: isOn, allow_anonymous_lan: isOpen } = list;
  const change = useMutation({
    mutationFn: (body: { enabled: boolean; allow_anonymous_lan?: boolean }) =>
      api.put("/keys/access-control", { body }),
    onMutate: ({ enabled, allow_anonymous_lan: lan }) =>
      client.setQueryData(
        queryKey,
        (old: KeyList | undefined) =>
          old && { ...old, access_control_enabled: enabled, allow_anonymous_lan: lan ?? old.allow_anonymous_lan },
      ),
    onSuccess: () => toast.ok(t("access.saved")),
    onError: (error) => toast.failed(error),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const hasKey = list.keys.some((key) => key.enabled && !key.is_expired);

  const setOn = async (enabled: boolean) => {
    const isSure =
      !enabled ||
      hasKey ||
      (await confirm({
        title: t("access.confirmTitle"),
        body: t("access.noKeys"),
        confirmLabel: t("access.confirmOn"),
        isDangerous: true,
      }));
    if (isSure) change.mutate({ enabled });
  };
  const setOpen = async (lan: boolean) => {
    const isSure =
      !lan ||
      (await confirm({
        title: t("access.confirmLanTitle"),
        body: t("access.confirmLan"),
        confirmLabel: t("access.confirmLanYes"),
        isDangerous: true,
      }));
    if (isSure) change.mutate({ enabled: isOn, allow_anonymous_lan: lan });
  };

  return (
    <Section title={t("access.title")}>
      <div className="flex flex-col gap-4">
        <Switch
          checked={isOn}
          onChange={(enabled) => void setOn(enabled)}
          label={t("access.on")}
          hint={t("access.onHint")}
        />
        {!isOn && (
          <Switch
            checked={isOpen}
            onChange={(lan) => void setOpen(lan)}
            label={t("access.lan")}
            hint={t("access.lanHint")}
          />
        )}
        {!isOn && <Notice tone={isOpen ? "warn" : "info"}>{t(isOpen ? "access.offAnyone" : "access.offLocal")}</Notice>}
        {isOn && !hasKey && <Notice tone="warn">{t("access.noKeys")}</Notice>}
      </div>
    </Section>
  );
}
