// Curves and bars over time. Loads the chart library when the first chart is shown.

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { AlignedData, Options, Series, default as UPlotChart } from "uplot";
import { cx } from "../lib/cx.ts";
import { useTheme } from "../lib/theme.ts";

/** One curve. */
export interface ChartSeries {
  readonly label: string;
  /** One value per point in time; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** A token of the style sheet without `--`: `accent`, `bad`. */
  readonly colour: string;
  readonly kind?: "line" | "area" | "bars";
}

export interface TimeChartProps {
  /** Milliseconds since 1970, rising. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** Writes a value of the axis and the legend. */
  readonly format: (value: number) => string;
  /** What the chart shows, for those who cannot see it. */
  readonly label: string;
  readonly height?: number;
  readonly className?: string;
}

/** A chart as wide as its place, with a legend that follows the pointer, and the same figures as a table for screen readers. */
export function TimeChart({ times, series, format, label, height = 180, className }: TimeChartProps) {
  const { i18n } = useTranslation();
  const { isDark } = useTheme();
  const place = useRef<HTMLDivElement>(null);
  const locale = i18n.language === "zh" ? "zh-CN" : "en-GB";

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    let chart: UPlotChart | undefined;
    let isGone = false;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) chart?.setSize({ width: Math.floor(entry.contentRect.width), height });
    });
    void import("uplot").then(({ default: UPlot }) => {
      if (isGone) return;
      const options = chartOptions({ series, format, locale, height, width: element.clientWidth, isDark });
      const data = [times.map((time) => time / 1000), ...series.map(({ values }) => [...values])];
      // uPlot's type wants a tuple that starts with the times; that is what this is.
      chart = new UPlot(options, data as AlignedData, element);
      observer.observe(element);
    });
    return () => {
      isGone = true;
      observer.disconnect();
      chart?.destroy();
    };
  }, [times, series, format, locale, height, isDark]);

  return (
    <figure className={cx("min-w-0", className)}>
      <div ref={place} aria-hidden className="w-full [&_.u-legend]:text-xs" />
      <table className="sr-only">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th />
            {series.map((each) => (
              <th key={each.label}>{each.label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th>{new Date(time).toLocaleString(locale)}</th>
              {series.map((each) => {
                const value = each.values[index];
                return <td key={each.label}>{value === null || value === undefined ? "–" : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

interface OptionsInput {
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  readonly locale: string;
  readonly width: number;
  readonly height: number;
  /** The canvas does not follow the style sheet by itself: it is painted anew for the other theme. */
  readonly isDark: boolean;
}

function chartOptions({ series, format, locale, width, height, isDark }: OptionsInput): Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (token: string) => style.getPropertyValue(`--${token}`).trim();
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = {
    stroke: colour("muted"),
    font,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const whole = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return {
    width,
    height,
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 7 } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min), max <= 0 ? 1 : max * 1.08] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, splits, __, ___, step) => splits.map((at) => (step >= 86_400 ? day : clock).format(at * 1000)),
      },
      { ...axis, size: 56, values: (_, splits) => splits.map(format) },
    ],
    series: [
      { value: (_, at) => (at === null || at === undefined ? "–" : whole.format(at * 1000)) },
      ...series.map((each) => seriesOptions(each, { colour, format, isDark })),
    ],
  };
}

interface SeriesContext extends Pick<OptionsInput, "format" | "isDark"> {
  readonly colour: (token: string) => string;
}

function seriesOptions(series: ChartSeries, { colour, format, isDark }: SeriesContext): Series {
  const stroke = colour(series.colour);
  const base: Series = {
    label: series.label,
    stroke,
    width: 1.75,
    points: { show: series.values.length < 3, size: 6 },
    value: (_, value) => (value === null || value === undefined ? "–" : format(value)),
  };
  if (series.kind === "bars") return { ...base, width: 0, fill: stroke, paths: bars, points: { show: false } };
  return series.kind === "area" ? { ...base, fill: stroke + (isDark ? "30" : "20") } : base;
}

const bars: Series.PathBuilder = (chart, ...rest) => {
  const build = (chart.constructor as typeof UPlotChart).paths.bars?.({ size: [0.6, 24], radius: 0.2 });
  return build ? build(chart, ...rest) : null;
};
