// The price table: search, prices of one's own, and the models that nobody knows a price of.

import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus, Search, Undo2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PriceList, PriceRow, UnpricedList } from "../../../../src/admin/contract/usage.ts";
import { api, withQuery } from "../../api/client.ts";
import { useFormat } from "../../lib/use-format.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { useConfirm } from "../../ui/confirm.tsx";
import { TextInput } from "../../ui/field.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Badge, Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { PriceForm, type PriceTarget } from "./price-form.tsx";
import { PRICE_FIELDS, usePriceChange } from "./use-price-change.ts";

const SHOWN = 50;

/** `from`: since when models without a price are looked for. */
export function Prices({ from }: { readonly from: string }) {
  const { t } = useTranslation("usage");
  const format = useFormat();
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim());
  const [target, setTarget] = useState<PriceTarget>();
  const query = useQuery({
    queryKey: ["prices", wanted],
    queryFn: ({ signal }) => api.get<PriceList>(withQuery("/prices", { search: wanted, limit: SHOWN }), { signal }),
    placeholderData: (previous) => previous,
  });
  const unpriced = useQuery({
    queryKey: ["prices", "unpriced", from],
    queryFn: ({ signal }) => api.get<UnpricedList>(withQuery("/prices/unpriced", { from }), { signal }),
  }).data?.models;
  return (
    <Section
      title={t("prices.title")}
      description={
        query.data &&
        t("prices.description", {
          source: query.data.source,
          date: format.date(query.data.date),
          licence: query.data.licence,
        })
      }
      actions={
        <Button size="small" icon={Plus} onClick={() => setTarget({ model: "" })}>
          {t("prices.set")}
        </Button>
      }
    >
      {unpriced && unpriced.length > 0 && (
        <Notice tone="warn" title={t("prices.unpriced")} className="mb-3">
          <p>{t("prices.unpricedText")}</p>
          <ul className="mt-2 flex flex-wrap gap-1.5">
            {unpriced.map(({ model, upstream, requests }) => (
              <li key={`${upstream} ${model}`}>
                <Button size="small" icon={Plus} onClick={() => setTarget({ model, upstream })}>
                  {model} · {upstream} ({format.compact(requests)})
                </Button>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <div className="relative max-w-sm">
        <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-faint" aria-hidden />
        <TextInput
          type="search"
          aria-label={t("prices.search")}
          placeholder={t("prices.search")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="pl-8"
        />
      </div>
      <QueryView query={query}>{(list) => <PriceTable list={list} onChange={setTarget} />}</QueryView>
      {target && <PriceForm target={target} onClose={() => setTarget(undefined)} />}
    </Section>
  );
}

interface PriceTableProps {
  readonly list: PriceList;
  readonly onChange: (target: PriceTarget) => void;
}

function PriceTable({ list, onChange }: PriceTableProps) {
  const { t } = useTranslation("usage");
  if (list.rows.length === 0) return <p className="py-6 text-center text-muted">{t("prices.none")}</p>;
  return (
    <>
      <ScrollRegion label={t("prices.title")} className="mt-3 max-h-112 overflow-auto">
        <table className="w-full text-right whitespace-nowrap">
          <thead className="sticky top-0 bg-surface text-xs text-muted">
            <tr>
              <th scope="col" className="py-1 pr-3 text-left font-medium">
                {t("prices.model")}
              </th>
              <th scope="col" className="px-2 py-1 text-left font-medium">
                {t("prices.provider")}
              </th>
              {PRICE_FIELDS.map(({ text }) => (
                <th key={text} scope="col" className="px-2 py-1 font-medium">
                  {t(`prices.${text}`)}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {list.rows.map((row) => (
              <Row key={`${row.model} ${row.provider} ${row.is_override}`} row={row} onChange={onChange} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {list.rows.length >= SHOWN && <p className="mt-2 text-xs text-muted">{t("prices.first", { count: SHOWN })}</p>}
    </>
  );
}

function Row({ row, onChange }: { readonly row: PriceRow; readonly onChange: (target: PriceTarget) => void }) {
  const { t } = useTranslation("usage");
  const confirm = useConfirm();
  const toast = useToast();
  const { remove } = usePriceChange();
  const { model, provider, price, is_override: isOwn } = row;
  const askToRemove = async () => {
    const isSure = await confirm({
      title: t("prices.removeTitle", { model }),
      body: t("prices.removeBody"),
      confirmLabel: t("prices.remove"),
      isDangerous: true,
    });
    if (isSure) await remove(model, provider).catch((error: unknown) => toast.failed(error));
  };
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-1 pr-3 text-left font-normal">
        {model} {isOwn && <Badge tone="info">{t("prices.yours")}</Badge>}
      </th>
      <td className="px-2 py-1 text-left text-muted">{provider ?? t("prices.any")}</td>
      {PRICE_FIELDS.map(({ field }) => (
        <td key={field} className="px-2 py-1">
          {price[field] === null ? "–" : `$${price[field]}`}
        </td>
      ))}
      <td className="py-1 pl-2">
        <IconButton
          icon={Pencil}
          size="small"
          label={`${t("prices.change")}: ${model}`}
          onClick={() => onChange({ model, price, ...(isOwn && provider !== null && { upstream: provider }) })}
        />
        {isOwn && (
          <IconButton
            icon={Undo2}
            size="small"
            label={`${t("prices.remove")}: ${model}`}
            onClick={() => void askToRemove()}
          />
        )}
      </td>
    </tr>
  );
}
