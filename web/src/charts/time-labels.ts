// Times on a chart's axis and in its legend.

export interface TimeLabels {
  /** Short, for an axis whose ticks are `stepSeconds` apart. */
  tick(unixSeconds: number, stepSeconds: number): string;
  /** The whole moment, or the day where a point stands for one. */
  moment(unixSeconds: number, stepSeconds: number): string;
}

const DAY_SECONDS = 86_400;

/** Labels in the language of the console and the time zone of the browser. */
export function createTimeLabels(language: string): TimeLabels {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const both = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return {
    tick: (at, step) => (step >= DAY_SECONDS ? day : clock).format(at * 1000),
    moment: (at, step) => (step >= DAY_SECONDS ? day : both).format(at * 1000),
  };
}
