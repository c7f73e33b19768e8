// A chart over time: canvas for the eye, text and table for everything else. Loads the chart library when the first
// chart is shown.

import { ChartColumn, Table2 } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AlignedData, Options, Series, default as UPlotChart } from "uplot";
import { cx } from "../lib/cx.ts";
import { useTheme } from "../lib/theme.ts";
import { IconButton } from "../ui/button.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { stack } from "./stack.ts";
import { createTimeLabels, type TimeLabels } from "./time-labels.ts";

export type ChartColour = "accent" | "ok" | "warn" | "bad" | "info" | "faint";

export interface ChartLine {
  readonly label: string;
  /** One value per time; null is a gap. */
  readonly values: readonly (number | null)[];
  readonly colour: ChartColour;
  readonly kind: "line" | "bars";
}

export interface ChartProps {
  readonly title: string;
  /** Unix seconds, evenly spaced. */
  readonly times: readonly number[];
  readonly stepSeconds: number;
  /** In the order of the legend; later ones are drawn over earlier ones, or above them when stacked. */
  readonly lines: readonly ChartLine[];
  readonly isStacked?: boolean;
  /** Values are whole numbers, and so are those at the axis. */
  readonly isCount?: boolean;
  readonly format: (value: number | null) => string;
  /** What there is to see, in one sentence, for those who cannot. */
  readonly summary: string;
}

const SWATCH: Readonly<Record<ChartColour, string>> = {
  accent: "bg-accent",
  ok: "bg-ok",
  warn: "bg-warn",
  bad: "bg-bad",
  info: "bg-info",
  faint: "bg-faint",
};

/** A chart with title, legend and a switch to a table of the same numbers. */
export function Chart(props: ChartProps) {
  const { title, times, stepSeconds, lines, format, summary } = props;
  const { t, i18n } = useTranslation("overview");
  const [isTable, setTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const labels = useMemo(() => createTimeLabels(i18n.language), [i18n.language]);
  const at = pointed !== null && pointed < times.length ? pointed : null;
  return (
    <figure className="min-w-0 rounded-card border border-line bg-surface px-4 pt-3 pb-2 shadow-card">
      <figcaption className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h3 className="text-sm font-semibold">{title}</h3>
          <ul className="mt-0.5 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
            {lines.map((line) => (
              <li key={line.label} className="flex items-center gap-1.5">
                <span aria-hidden className={cx("size-2 rounded-xs", SWATCH[line.colour])} />
                {line.label}
                {at !== null && (
                  <span className="font-medium text-text tabular-nums">{format(line.values[at] ?? null)}</span>
                )}
              </li>
            ))}
            {at !== null && <li className="tabular-nums">{labels.moment(times[at] as number, stepSeconds)}</li>}
          </ul>
        </div>
        <IconButton
          icon={isTable ? ChartColumn : Table2}
          size="small"
          label={isTable ? t("chart.asChart", { title }) : t("chart.asTable", { title })}
          onClick={() => setTable(!isTable)}
        />
      </figcaption>
      {isTable ? (
        <ChartTable {...props} labels={labels} />
      ) : (
        <div role="img" aria-label={`${title}: ${summary}`}>
          <Canvas {...props} labels={labels} onPoint={setPointed} />
        </div>
      )}
    </figure>
  );
}

interface PartProps extends ChartProps {
  readonly labels: TimeLabels;
}

function ChartTable({ title, times, stepSeconds, lines, format, labels }: PartProps) {
  const { t } = useTranslation("overview");
  const newestFirst = times.map((_, index) => times.length - 1 - index);
  return (
    <ScrollRegion label={title} className="mt-2 h-44 overflow-auto rounded-control border border-line">
      <table className="w-full text-xs">
        <thead className="sticky top-0 bg-sunken text-left text-muted">
          <tr>
            <th className="px-2 py-1 font-medium">{t("chart.time")}</th>
            {lines.map((line) => (
              <th key={line.label} className="px-2 py-1 text-right font-medium">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((index) => (
            <tr key={times[index]} className="border-t border-line">
              <th scope="row" className="px-2 py-1 text-left font-normal whitespace-nowrap">
                {labels.moment(times[index] as number, stepSeconds)}
              </th>
              {lines.map((line) => (
                <td key={line.label} className="px-2 py-1 text-right">
                  {format(line.values[index] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

const HEIGHT = 176;

function Canvas({ onPoint, ...props }: PartProps & { readonly onPoint: (index: number | null) => void }) {
  const hostRef = useRef<HTMLDivElement>(null);
  const plotRef = useRef<UPlotChart>(undefined);
  const { isDark } = useTheme();
  const shape = JSON.stringify([
    props.lines.map(({ label, colour, kind }) => [label, colour, kind]),
    props.stepSeconds,
  ]);
  const { isStacked = false } = props;
  const data = useMemo(() => dataOf(props.times, props.lines, isStacked), [props.times, props.lines, isStacked]);
  const latest = useRef({ props, data, onPoint });
  latest.current = { props, data, onPoint };

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the page, so the theme counts; the shape stands for the lines
  useEffect(() => {
    const host = hostRef.current;
    if (!host) return undefined;
    let isGone = false;
    const observer = new ResizeObserver(() => plotRef.current?.setSize({ width: host.clientWidth, height: HEIGHT }));
    const draw = async () => {
      const { default: UPlot } = await import("uplot");
      if (isGone) return;
      const { props: current, data: points, onPoint: point } = latest.current;
      plotRef.current = new UPlot(optionsFor(UPlot, current, host.clientWidth, point), points, host);
      observer.observe(host);
    };
    draw().catch(() => undefined); // without the library there is still the table
    return () => {
      isGone = true;
      observer.disconnect();
      plotRef.current?.destroy();
      plotRef.current = undefined;
    };
  }, [shape, isStacked, isDark, props.labels]);

  useEffect(() => plotRef.current?.setData(data), [data]);

  return <div ref={hostRef} className="mt-1 h-44 w-full min-w-0 overflow-hidden" />;
}

/** uPlot draws series in order: stacked ones go highest first, so that each is covered by the ones below it. */
function dataOf(times: readonly number[], lines: readonly ChartLine[], isStacked: boolean): AlignedData {
  const values = lines.map((line) => line.values);
  const drawn = isStacked ? stack(values).reverse() : values;
  return [times, ...drawn] as AlignedData;
}

function optionsFor(
  UPlot: typeof UPlotChart,
  props: PartProps,
  width: number,
  onPoint: (index: number | null) => void,
): Options {
  const { lines, stepSeconds, isStacked = false, isCount = false, labels, format } = props;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("muted"), font, ticks: { show: false }, grid: { stroke: colour("line"), width: 1 } };
  const series = lines.map((line): Series => {
    const stroke = colour(line.colour);
    const isBars = line.kind === "bars";
    const bars = UPlot.paths.bars?.({ size: [0.75, 48], radius: 0.15 });
    return {
      label: line.label,
      stroke,
      width: isBars ? 0 : 1.75,
      // A line needs two points: one that stands alone between gaps is marked.
      points: isBars ? { show: false } : { show: true, size: 5, fill: stroke, filter: lonePoints },
      ...(isBars ? { fill: stroke } : isStacked ? { fill: stroke } : {}),
      ...(isBars && bars ? { paths: bars } : {}),
    };
  });
  return {
    width,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, min, max) => [min - stepSeconds / 2, max + stepSeconds / 2] },
      // A chart without anything in it still shows an axis.
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        size: 26,
        values: (_, splits, __, ___, step) => splits.map((at) => labels.tick(at, step)),
      },
      {
        ...axis,
        size: 54,
        space: 30,
        ...(isCount && { incrs: WHOLE_STEPS }),
        values: (_, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [{}, ...(isStacked ? series.reverse() : series)],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}

/** 1, 2, 5, 10 and so on: half a request at the axis would be rounded to what it is not. */
const WHOLE_STEPS = Array.from({ length: 14 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Indices of the values without a neighbour. */
const lonePoints: Series.Points.Filter = (plot, seriesIndex) => {
  const values = plot.data[seriesIndex] ?? [];
  const lone: number[] = [];
  values.forEach((value, index) => {
    if (typeof value === "number" && typeof values[index - 1] !== "number" && typeof values[index + 1] !== "number")
      lone.push(index);
  });
  return lone;
};
