// The program's own log: one line per event, for people or as JSON. Control characters are escaped, secrets taken out.
// Knows nothing about requests; request-line.ts does.

import type { Clock } from "../lib/clock.ts";
import { formatJsonLine, formatPlainJsonLine, formatText, formatTextField } from "./format-value.ts";
import { createLineRedactor, type LineRedactor } from "./redact-line.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values by name; undefined ones are left out, errors are shown by message and code. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  readonly format: "text" | "json";
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** As `log`, for plain JSON data that holds no credentials under their names: written without looking at each value. */
  logPlain(level: LogLevel, message: string, fields: LogFields): void;
  /** Whether lines of this level are written, for callers whose fields cost something. */
  isEnabled(level: LogLevel): boolean;
  setLevel(level: LogLevel): void;
  /** A text with the known secrets taken out, for what is kept elsewhere. */
  redact(text: string): string;
  /** From now on these texts (of 8 characters and more) appear as `***`; replaces the earlier set. */
  setSecrets(secrets: readonly string[]): void;
}

export interface LoggerOptions {
  readonly format: "text" | "json";
  /** Gets whole lines with their line feed. What it throws is dropped: a closed pipe must not stop the gateway. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Lowest level that is written. */
  readonly level: LogLevel;
  /** Terminal colours in text lines; for terminals only. Default false. */
  readonly color?: boolean | undefined;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const LABEL: Readonly<Record<LogLevel, string>> = { debug: "debug", info: "info ", warn: "warn ", error: "error" };
const COLOR: Readonly<Record<LogLevel, string>> = {
  debug: "\x1b[90m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
};
const RESET = "\x1b[0m";

/** Creates a logger. Its methods never throw, whatever message and fields hold. */
export function createLogger(options: LoggerOptions): Logger {
  const formatTime = createTimeFormat();
  let redact: LineRedactor = (line) => line;
  let lowest = RANK[options.level];

  function textLine(level: LogLevel, message: string, fields: LogFields | undefined): string {
    const label = options.color === true ? `${COLOR[level]}${LABEL[level]}${RESET}` : LABEL[level];
    let line = `${formatTime(options.clock.wallMs())} ${label} ${formatText(message)}`;
    if (fields === undefined) return line;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) line += ` ${formatTextField(name, value)}`;
    }
    return line;
  }

  function jsonLine(level: LogLevel, message: string, fields: LogFields | undefined, isPlain: boolean): string {
    const time = new Date(options.clock.wallMs()).toISOString();
    const line = { time, level, message, ...fields };
    return isPlain ? formatPlainJsonLine(line) : formatJsonLine(line);
  }

  function write(level: LogLevel, message: string, fields: LogFields | undefined, isPlain: boolean): void {
    if (RANK[level] < lowest) return;
    try {
      const isJson = options.format === "json";
      const line = isJson ? jsonLine(level, message, fields, isPlain) : textLine(level, message, fields);
      options.write(`${redact(line)}\n`);
    } catch {
      // There is no better place to tell it.
    }
  }

  function log(level: LogLevel, message: string, fields?: LogFields): void {
    write(level, message, fields, false);
  }

  return {
    format: options.format,
    log,
    logPlain: (level, message, fields) => write(level, message, fields, true),
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    isEnabled: (level) => RANK[level] >= lowest,
    setLevel(level) {
      lowest = RANK[level];
    },
    redact: (text) => redact(text),
    setSecrets(secrets) {
      redact = createLineRedactor(secrets);
    },
  };
}

/** Local time as `2026-11-23 21:50:01.123`; the part that changes once a minute is kept. */
function createTimeFormat(): (wallMs: number) => string {
  let minute = Number.NaN;
  let prefix = "";
  return (wallMs) => {
    const now = Math.floor(wallMs / 60_000);
    if (now !== minute) {
      minute = now;
      const date = new Date(wallMs);
      const day = `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;
      prefix = `${day} ${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:`;
    }
    const inMinute = Math.floor(wallMs) - now * 60_000;
    return `${prefix}${pad(Math.floor(inMinute / 1000), 2)}.${pad(inMinute % 1000, 3)}`;
  };
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
