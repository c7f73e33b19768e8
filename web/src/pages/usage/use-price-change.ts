// Saving and removing prices of one's own.

import { useQueryClient } from "@tanstack/react-query";
import type { PriceRow } from "../../../../src/admin/contract/usage.ts";
import { api, withQuery } from "../../api/client.ts";

export type Price = PriceRow["price"];

/** The prices of a model in the order in which they are shown, with the key of their text. */
export const PRICE_FIELDS = [
  { field: "input", text: "input" },
  { field: "output", text: "output" },
  { field: "cache_read", text: "cacheRead" },
  { field: "cache_write", text: "cacheWrite" },
  { field: "reasoning", text: "reasoning" },
] as const satisfies readonly { readonly field: keyof Price; readonly text: string }[];

/** Both changes concern one model and cannot overwrite another's, so they go without a version. */
export function usePriceChange() {
  const client = useQueryClient();
  const refresh = async () => {
    for (const name of ["prices", "usage", "overview"]) await client.invalidateQueries({ queryKey: [name] });
  };
  return {
    async save(model: string, upstream: string | null, price: Price): Promise<void> {
      await api.put("/prices/overrides", { body: { model, upstream, price } });
      await refresh();
    },
    async remove(model: string, upstream: string | null): Promise<void> {
      await api.delete(withQuery("/prices/overrides", { model, upstream }));
      await refresh();
    },
  };
}
