// The console's pages, in the order of the navigation. A page is added here, with its texts in
// i18n/dictionaries.ts, and nowhere else.

import {
  Activity,
  Boxes,
  Coins,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  PlugZap,
  Server,
  Settings,
  SquareTerminal,
} from "lucide-react";
import { type ComponentType, lazy } from "react";
import type { en } from "../i18n/common.en.ts";

export interface Page {
  /** First segment of its address: `/logs`, and everything below it. */
  readonly path: string;
  /** Its name is `nav.NAME` of the common texts. */
  readonly name: keyof (typeof en)["nav"];
  readonly group: keyof (typeof en)["group"];
  readonly icon: LucideIcon;
  readonly component: ComponentType;
  /** Loads its code ahead of time. */
  readonly preload: () => Promise<unknown>;
}

/** All pages. The first is where the console opens. */
export const PAGES: readonly Page[] = [
  page(
    "/",
    "overview",
    "watch",
    LayoutDashboard,
    async () => (await import("../pages/overview/page.tsx")).OverviewPage,
  ),
  page("/logs", "logs", "watch", Activity, async () => (await import("../pages/logs/page.tsx")).LogsPage),
  page("/usage", "usage", "watch", Coins, async () => (await import("../pages/usage/page.tsx")).UsagePage),
  page(
    "/upstreams",
    "upstreams",
    "route",
    Server,
    async () => (await import("../pages/upstreams/page.tsx")).UpstreamsPage,
  ),
  page("/models", "models", "route", Boxes, async () => (await import("../pages/models/page.tsx")).ModelsPage),
  page("/keys", "keys", "use", KeyRound, async () => (await import("../pages/keys/page.tsx")).KeysPage),
  page("/connect", "connect", "use", PlugZap, async () => (await import("../pages/connect/page.tsx")).ConnectPage),
  page(
    "/playground",
    "playground",
    "use",
    SquareTerminal,
    async () => (await import("../pages/playground/page.tsx")).PlaygroundPage,
  ),
  page("/settings", "settings", "use", Settings, async () => (await import("../pages/settings/page.tsx")).SettingsPage),
];

/** The page that a path belongs to; undefined when there is none. */
export function pageAt(path: string): Page | undefined {
  return PAGES.find((entry) => path === entry.path || (entry.path !== "/" && path.startsWith(`${entry.path}/`)));
}

function page(
  path: string,
  name: Page["name"],
  group: Page["group"],
  icon: LucideIcon,
  load: () => Promise<ComponentType>,
): Page {
  return { path, name, group, icon, component: lazy(async () => ({ default: await load() })), preload: load };
}
