// Numbers, money, times and durations in the user's language.

import type { Language } from "../i18n/language.ts";

const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", zh: "zh-CN" };
const NOTHING = "–";

/** Writes values for people. Null and undefined become a dash, money without a price says so. */
export interface Formatter {
  /** 12,345 */
  number(value: number | null | undefined): string;
  /** Tokens and other large counts: 950, 12.3K, 4.56M. */
  compact(value: number | null | undefined): string;
  /** US dollars, with as many digits as small amounts need; null is "unpriced". */
  money(value: number | null | undefined): string;
  /** 840 ms, 3.2 s, 2 min 5 s, 3 h 10 min, 4 d */
  duration(ms: number | null | undefined): string;
  /** 42 %; of two counts, a dash when there is nothing to divide by. */
  ratio(part: number, whole: number): string;
  bytes(value: number | null | undefined): string;
  /** 28 Nov, 15:04:05; with the year when it is another one. */
  time(iso: string | null | undefined): string;
  /** 28 November 2026 */
  date(iso: string | null | undefined): string;
  /** 5 minutes ago, in 3 days. */
  relative(iso: string | null | undefined, nowMs: number): string;
}

/** Creates the formatter of one language. `unpriced` is its word for money that nobody knows. */
export function createFormatter(language: Language, unpriced: string): Formatter {
  const locale = LOCALES[language];
  const number = new Intl.NumberFormat(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units =
    language === "zh"
      ? { ms: " 毫秒", s: " 秒", min: " 分", h: " 小时", d: " 天" }
      : { ms: " ms", s: " s", min: " min", h: " h", d: " d" };
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  const thisYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", ...clock });
  const otherYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", ...clock });

  return {
    number: (value) => (isMissing(value) ? NOTHING : number.format(value)),
    compact: (value) => (isMissing(value) ? NOTHING : compact(value)),
    money: (value) => (isMissing(value) ? unpriced : money(value, locale)),
    duration: (ms) => (isMissing(ms) ? NOTHING : duration(ms, units)),
    ratio: (part, whole) => (whole > 0 ? `${percent(part / whole)} %` : NOTHING),
    bytes: (value) => (isMissing(value) ? NOTHING : bytes(value)),
    time(iso) {
      const at = iso ? new Date(iso) : undefined;
      if (!at || Number.isNaN(at.getTime())) return NOTHING;
      return (at.getFullYear() === new Date().getFullYear() ? thisYear : otherYear).format(at);
    },
    date: (iso) => (iso ? day.format(new Date(iso)) : NOTHING),
    relative(iso, nowMs) {
      if (!iso) return NOTHING;
      const seconds = (Date.parse(iso) - nowMs) / 1000;
      const [amount, unit] = inUnit(seconds);
      return relative.format(Math.round(amount), unit);
    },
  };
}

function isMissing(value: number | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return String(Math.round(value));
  for (const [limit, suffix] of COMPACT) {
    const scaled = value / limit;
    if (Math.abs(scaled) < 999.5) return `${Number(scaled.toPrecision(3))}${suffix}`;
  }
  return `${Number((value / 1e12).toPrecision(3))}T`;
}

const COMPACT: readonly (readonly [number, string])[] = [
  [1e3, "K"],
  [1e6, "M"],
  [1e9, "B"],
];

function money(value: number, locale: string): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 3 : size >= 0.0001 ? 5 : 7;
  const text = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: digits }).format(value);
  return `$${text}`;
}

interface Units {
  readonly ms: string;
  readonly s: string;
  readonly min: string;
  readonly h: string;
  readonly d: string;
}

function duration(ms: number, units: Units): string {
  if (ms < 1000) return `${Math.round(ms)}${units.ms}`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))}${units.s}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, units.min, units.s);
  if (seconds < 86_400) return pair(Math.round(seconds / 60), 60, units.h, units.min);
  return pair(Math.round(seconds / 3600), 24, units.d, units.h);
}

function pair(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  return `${Math.floor(value / base)}${large}${rest === 0 ? "" : ` ${rest}${small}`}`;
}

function percent(ratio: number): string {
  const value = ratio * 100;
  return String(value === 0 || value >= 10 ? Math.round(value) : Number(value.toFixed(1)));
}

function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = value / 1024;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${Number(size.toPrecision(3))} ${units[unit]}`;
}

function inUnit(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  const size = Math.abs(seconds);
  if (size < 60) return [seconds, "second"];
  if (size < 3600) return [seconds / 60, "minute"];
  if (size < 86_400) return [seconds / 3600, "hour"];
  if (size < 86_400 * 30) return [seconds / 86_400, "day"];
  return size < 86_400 * 365 ? [seconds / 86_400 / 30, "month"] : [seconds / 86_400 / 365, "year"];
}
