// The form for a price of one's own.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUpstreamOptions } from "../../api/use-upstream-options.ts";
import { useUnsavedChanges } from "../../app/router.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, NumberInput, Select, TextInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { PRICE_FIELDS, type Price, usePriceChange } from "./use-price-change.ts";

/** What the form begins with. */
export interface PriceTarget {
  /** "" to let the user enter one. */
  readonly model: string;
  readonly upstream?: string;
  readonly price?: Price;
}

const UNKNOWN: Price = { input: null, output: null, cache_read: null, cache_write: null, reasoning: null };

/** Open while it is mounted. */
export function PriceForm({ target, onClose }: { readonly target: PriceTarget; readonly onClose: () => void }) {
  const { t } = useTranslation("usage");
  const { t: common } = useTranslation();
  const toast = useToast();
  const { save } = usePriceChange();
  const [model, setModel] = useState(target.model);
  const [upstream, setUpstream] = useState(target.upstream ?? "");
  const [price, setPrice] = useState<Price>(target.price ?? UNKNOWN);
  const [isSaving, setSaving] = useState(false);
  const [wasSent, setSent] = useState(false);
  const isTouched =
    model !== target.model || price !== (target.price ?? UNKNOWN) || upstream !== (target.upstream ?? "");
  useUnsavedChanges(isTouched && !isSaving);

  const isEmpty = PRICE_FIELDS.every(({ field }) => price[field] === null);
  const isNegative = PRICE_FIELDS.some(({ field }) => (price[field] ?? 0) < 0);
  const submit = async () => {
    setSent(true);
    if (model.trim() === "" || isEmpty || isNegative) return;
    setSaving(true);
    try {
      await save(model.trim(), upstream || null, price);
      toast.ok(t("prices.saved"));
      onClose();
    } catch (error) {
      setSaving(false);
      toast.failed(error);
    }
  };
  const options = useUpstreamOptions(t("prices.anyUpstream"), upstream);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("prices.formTitle")}
      description={t("prices.formText")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind="primary" busy={isSaving} onClick={() => void submit()}>
            {common("save")}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className="flex flex-col gap-3"
      >
        <Field
          label={t("prices.model")}
          hint={t("prices.modelHint")}
          error={wasSent && model.trim() === "" ? t("prices.needsModel") : undefined}
        >
          {(control) => <TextInput {...control} value={model} onChange={(event) => setModel(event.target.value)} />}
        </Field>
        <Field label={t("prices.upstream")}>
          {(control) => <Select {...control} value={upstream} onValue={setUpstream} options={options} />}
        </Field>
        <div className="grid grid-cols-2 gap-3">
          {PRICE_FIELDS.map(({ field, text }, index) => (
            <Field
              key={field}
              label={t(`prices.${text}`)}
              error={wasSent && index === 0 ? problem(isEmpty, isNegative, t) : undefined}
            >
              {(control) => (
                <NumberInput
                  {...control}
                  unit="$ / 1M"
                  value={price[field]}
                  onValue={(value) => setPrice({ ...price, [field]: value })}
                />
              )}
            </Field>
          ))}
        </div>
        {/* Enter in a field saves: for that a form needs a submitting button. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function problem(
  isEmpty: boolean,
  isNegative: boolean,
  t: ReturnType<typeof useTranslation<"usage">>["t"],
): string | undefined {
  if (isEmpty) return t("prices.needsPrice");
  return isNegative ? t("prices.negative") : undefined;
}
