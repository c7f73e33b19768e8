// Limits in words.

import type { TFunction } from "i18next";
import type { KeyLimits } from "../../../../src/admin/contract/keys.ts";
import type { Formatter } from "../../lib/format.ts";

/** One phrase per limit, without the budget, which has its bar; empty when there is none. */
export function describeLimits(limits: KeyLimits, t: TFunction<"keys">, format: Formatter): string[] {
  const phrases: string[] = [];
  if (limits.requests_per_minute) phrases.push(t("limit.rpm", { value: format.number(limits.requests_per_minute) }));
  if (limits.tokens_per_minute) phrases.push(t("limit.tpm", { value: format.compact(limits.tokens_per_minute) }));
  if (limits.concurrent_requests)
    phrases.push(t("limit.concurrent", { value: format.number(limits.concurrent_requests) }));
  if (limits.models?.length) phrases.push(t("limit.models", { list: limits.models.join(", ") }));
  if (limits.upstreams?.length) phrases.push(t("limit.upstreams", { list: limits.upstreams.join(", ") }));
  return phrases;
}
