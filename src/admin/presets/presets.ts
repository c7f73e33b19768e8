// All presets, in the order in which the console shows their groups.

import type { Preset } from "../contract/upstreams.ts";
import { AGGREGATORS } from "./aggregators.ts";
import { CHINA } from "./china.ts";
import { INFERENCE } from "./inference.ts";
import { OFFICIAL } from "./official.ts";
import { LOCAL, RELAY } from "./own.ts";
import { PLANS } from "./plans.ts";

export const PRESETS: readonly Preset[] = [
  ...OFFICIAL,
  ...CHINA,
  ...PLANS,
  ...AGGREGATORS,
  ...INFERENCE,
  ...LOCAL,
  ...RELAY,
];
