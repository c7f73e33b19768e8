// Providers that an upstream can be made from.

import { presetList } from "../contract/upstreams.ts";
import { PRESETS } from "../presets/presets.ts";
import { json, type Route, route } from "./route.ts";

export function presetRoutes(): Route[] {
  return [
    route({
      method: "GET",
      path: "/presets",
      summary: "providers with their addresses, as data to make an upstream from",
      answer: json(presetList),
      handle: () => ({ presets: [...PRESETS] }),
    }),
  ];
}
