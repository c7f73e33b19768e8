// The frame around every page: navigation, banner, account, theme and language.

import { CloudOff, Ellipsis, KeyRound, Languages, LogOut, Moon, Sun, SunMoon, TriangleAlert } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../api/live.ts";
import { switchLanguage } from "../i18n/start.ts";
import { cx } from "../lib/cx.ts";
import { chooseTheme, type Theme, useTheme } from "../lib/theme.ts";
import { useSession } from "../pages/session/session.tsx";
import { Button, buttonClass, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Menu } from "../ui/menu.tsx";
import { SkeletonRows } from "../ui/states.tsx";
import { PageErrorBoundary } from "./error-boundary.tsx";
import { Logo } from "./logo.tsx";
import { NotFound } from "./not-found.tsx";
import { PAGES, type Page, pageAt } from "./pages.ts";
import { Link, usePlace } from "./router.tsx";

/** What the bar at the bottom of a phone shows; the rest is behind "More". */
const PHONE_PAGES: ReadonlySet<Page["name"]> = new Set(["overview", "logs", "upstreams", "keys"]);

/** The frame with the current page in it. */
export function Shell() {
  const { t } = useTranslation();
  const { path } = usePlace();
  const page = pageAt(path);
  useEffect(preloadPages, []);
  return (
    <div className="min-h-dvh lg:pl-56">
      <a
        href="#content"
        className="sr-only z-70 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:rounded-control focus:bg-raised focus:px-3 focus:py-2"
      >
        {t("app.skip")}
      </a>
      <Sidebar current={page} />
      <TopBar />
      <LostBanner />
      <DefaultPasswordBanner />
      <main id="content" tabIndex={-1} className="mx-auto max-w-6xl px-4 pt-5 pb-28 outline-none sm:px-6 lg:pb-12">
        <PageErrorBoundary key={page?.path ?? "none"}>
          <Suspense fallback={<SkeletonRows />}>{page ? <page.component /> : <NotFound />}</Suspense>
        </PageErrorBoundary>
      </main>
      <PhoneBar current={page} />
    </div>
  );
}

function Sidebar({ current }: { readonly current: Page | undefined }) {
  const { t } = useTranslation();
  const groups = [...new Set(PAGES.map(({ group }) => group))];
  return (
    <aside className="fixed inset-y-0 left-0 z-30 hidden w-56 flex-col border-r border-line bg-surface lg:flex">
      <div className="flex h-14 items-center px-4">
        <Logo />
      </div>
      <nav aria-label={t("app.navigation")} className="flex-1 overflow-y-auto px-2.5 py-1">
        {groups.map((group) => (
          <div key={group} className="mb-3">
            <p className="px-2.5 pb-1 text-xs text-faint">{t(`group.${group}`)}</p>
            {PAGES.filter((page) => page.group === group).map((page) => (
              <NavLink key={page.path} page={page} isCurrent={page === current} />
            ))}
          </div>
        ))}
      </nav>
      <div className="flex items-center justify-between border-t border-line px-2.5 py-2">
        <LiveMark />
        <div className="flex">
          <ThemeMenu />
          <LanguageButton />
          <AccountMenu />
        </div>
      </div>
    </aside>
  );
}

function NavLink({
  page,
  isCurrent,
  onClick,
}: {
  readonly page: Page;
  readonly isCurrent: boolean;
  readonly onClick?: () => void;
}) {
  const { t } = useTranslation();
  const Icon = page.icon;
  return (
    <Link
      to={page.path}
      onClick={onClick}
      onPointerEnter={() => void page.preload()}
      aria-current={isCurrent ? "page" : undefined}
      className={cx(
        "flex h-9 items-center gap-2.5 rounded-control px-2.5",
        isCurrent ? "bg-accent-soft font-medium text-accent" : "text-muted hover:bg-sunken hover:text-text",
      )}
    >
      <Icon className="size-4.5 shrink-0" aria-hidden />
      {t(`nav.${page.name}`)}
    </Link>
  );
}

function TopBar() {
  return (
    <div className="sticky top-0 z-20 flex h-12 items-center justify-between border-b border-line bg-surface/95 px-4 backdrop-blur lg:hidden">
      <Logo />
      <div className="flex items-center">
        <LiveMark />
        <ThemeMenu />
        <LanguageButton />
        <AccountMenu />
      </div>
    </div>
  );
}

function PhoneBar({ current }: { readonly current: Page | undefined }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const shown = PAGES.filter(({ name }) => PHONE_PAGES.has(name));
  const isInMore = current !== undefined && !shown.includes(current);
  return (
    <nav
      aria-label={t("app.navigation")}
      className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {shown.map((page) => (
        <Link
          key={page.path}
          to={page.path}
          aria-current={page === current ? "page" : undefined}
          className={barItem(page === current)}
        >
          <page.icon className="size-5 shrink-0" aria-hidden />
          <span className="max-w-full truncate px-0.5">{t(`nav.${page.name}`)}</span>
        </Link>
      ))}
      <button type="button" onClick={() => setOpen(true)} className={barItem(isInMore)}>
        <Ellipsis className="size-5" aria-hidden />
        {t("nav.more")}
      </button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={t("nav.more")} size="small">
        {PAGES.filter((page) => !shown.includes(page)).map((page) => (
          <NavLink key={page.path} page={page} isCurrent={page === current} onClick={() => setOpen(false)} />
        ))}
      </Dialog>
    </nav>
  );
}

function barItem(isCurrent: boolean): string {
  return cx(
    "flex h-14 min-w-0 flex-col items-center justify-center gap-0.5 text-[0.6875rem]",
    isCurrent ? "font-medium text-accent" : "text-muted",
  );
}

function LiveMark() {
  const { t } = useTranslation();
  const { isConnected, running } = useLive();
  return (
    <span role="status" className="flex items-center gap-1.5 px-2 text-xs text-muted">
      <span
        aria-hidden
        className={cx("size-2 rounded-full", isConnected ? "bg-ok" : "animate-pulse border border-line-strong")}
      />
      <span className="whitespace-nowrap">{isConnected ? t("live.on") : t("live.off")}</span>
      {isConnected && running.length > 0 && <span className="tabular-nums">{running.length}</span>}
    </span>
  );
}

function ThemeMenu() {
  const { t } = useTranslation();
  const { theme, isDark } = useTheme();
  const option = (value: Theme, icon: typeof Sun) => ({
    label: t(`theme.${value}`),
    icon,
    isChecked: theme === value,
    onSelect: () => chooseTheme(value),
  });
  return (
    <Menu
      label={t("theme.label")}
      trigger={<IconButton icon={isDark ? Moon : Sun} label={t("theme.label")} />}
      groups={[[option("system", SunMoon), option("light", Sun), option("dark", Moon)]]}
    />
  );
}

function LanguageButton() {
  const { t, i18n } = useTranslation();
  const option = (value: "en" | "zh") => ({
    label: t(`language.${value}`),
    isChecked: i18n.language === value,
    onSelect: () => switchLanguage(value),
  });
  return (
    <Menu
      label={t("language.label")}
      trigger={<IconButton icon={Languages} label={t("language.label")} />}
      groups={[[option("zh"), option("en")]]}
    />
  );
}

function AccountMenu() {
  const { t } = useTranslation();
  const { t: session } = useTranslation("session");
  const { logout, askForPassword } = useSession();
  return (
    <Menu
      trigger={<IconButton icon={KeyRound} label={t("account.label")} />}
      label={t("account.label")}
      groups={[
        [{ label: session("change.title"), icon: KeyRound, onSelect: askForPassword }],
        [{ label: t("account.logout"), icon: LogOut, onSelect: () => void logout() }],
      ]}
    />
  );
}

function LostBanner(): ReactNode {
  const { t } = useTranslation();
  const { isLost } = useLive();
  return (
    <div role="status">
      {isLost && (
        <p className="flex items-center gap-3 border-b border-line bg-bad-soft px-4 py-2 sm:px-6">
          <CloudOff className="size-4 shrink-0 text-bad" aria-hidden />
          <span className="min-w-0 flex-1">{t("banner.lost")}</span>
        </p>
      )}
    </div>
  );
}

function DefaultPasswordBanner(): ReactNode {
  const { t } = useTranslation();
  const { info, askForPassword } = useSession();
  if (!info.password_is_default) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-warn-soft px-4 py-2 text-warn sm:px-6">
      <TriangleAlert className="size-4 shrink-0" aria-hidden />
      <span className="min-w-0 flex-1 text-text">{t("banner.defaultPassword")}</span>
      <Button size="small" onClick={askForPassword} className={buttonClass("secondary", "small")}>
        {t("banner.choosePassword")}
      </Button>
    </div>
  );
}

function preloadPages(): void {
  setTimeout(() => {
    for (const page of PAGES) page.preload().catch(() => undefined); // loaded again when it is opened
  }, 1500);
}
