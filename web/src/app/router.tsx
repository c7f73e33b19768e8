// The console's own addresses: a path below /admin-ui, a query, and a question before unsaved work is left.

import { type ComponentProps, type MouseEvent, useEffect, useId, useSyncExternalStore } from "react";

const ROOT = "/admin-ui";

/** Where the console is: `/upstreams` and its query. */
export interface Place {
  /** Without the root and without a trailing slash: `/`, `/logs/req_1`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Asks whether the page may be left; true lets it go. */
export type LeaveQuestion = () => Promise<boolean>;

interface Router {
  place: Place;
  href: string;
  /** Names of forms with unsaved changes. */
  readonly unsaved: Set<string>;
  question: LeaveQuestion;
  readonly listeners: Set<() => void>;
}

// The browser has one address, so there is one router; pages see it through the hooks only.
const router: Router = {
  place: { path: "/", query: new URLSearchParams() },
  href: "",
  unsaved: new Set(),
  question: async () => true,
  listeners: new Set(),
};

/** Starts following the browser's address. Call once, before the first render. */
export function startRouter(): void {
  readAddress();
  addEventListener("popstate", () => void followBrowser());
  addEventListener("beforeunload", (event) => {
    if (router.unsaved.size > 0) event.preventDefault();
  });
}

/** Sets how the user is asked before unsaved changes are left. */
export function setLeaveQuestion(question: LeaveQuestion): void {
  router.question = question;
}

/** The current place. */
export function usePlace(): Place {
  return useSyncExternalStore(subscribe, () => router.place);
}

/** The address of a path of the console. */
export function addressOf(path: string): string {
  return path === "/" ? ROOT : ROOT + path;
}

export interface NavigateOptions {
  /** Without a new entry in the browser's history. */
  readonly replace?: boolean;
  /** Without asking: what was unsaved has just been saved or deleted. */
  readonly isSettled?: boolean;
}

/** Goes to `/path?query`, after asking when there are unsaved changes. Resolves with whether it went there. */
export async function navigate(to: string, options: NavigateOptions = {}): Promise<boolean> {
  const href = addressOf(to);
  const isElsewhere = pathOf(to) !== router.place.path;
  if (options.isSettled) router.unsaved.clear();
  if (isElsewhere && !(await mayLeave())) return false;
  if (options.replace || href === router.href) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  readAddress();
  if (isElsewhere) scrollTo(0, 0);
  return true;
}

/** Changes the query of the current place without a new entry in the browser's history. */
export function replaceQuery(query: URLSearchParams): void {
  const text = query.toString();
  void navigate(router.place.path + (text === "" ? "" : `?${text}`), { replace: true });
}

/** While `isUnsaved`, leaving the page asks first, inside the console and when the tab is closed. */
export function useUnsavedChanges(isUnsaved: boolean): void {
  const id = useId();
  useEffect(() => {
    if (!isUnsaved) return undefined;
    router.unsaved.add(id);
    return () => {
      router.unsaved.delete(id);
    };
  }, [id, isUnsaved]);
}

export interface LinkProps extends ComponentProps<"a"> {
  /** Path inside the console, with query. */
  readonly to: string;
}

/** A link inside the console. Middle clicks and the like stay the browser's. */
export function Link({ to, onClick, ...props }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    void navigate(to);
  };
  return <a {...props} href={addressOf(to)} onClick={follow} />;
}

/** The part of a path behind its first segment, decoded: the `x` of `/logs/x`; undefined when there is none. */
export function detailOf(path: string): string | undefined {
  const rest = path.split("/").slice(2).join("/");
  if (rest === "") return undefined;
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest; // a stray percent sign is part of the name then
  }
}

async function mayLeave(): Promise<boolean> {
  if (router.unsaved.size === 0) return true;
  if (!(await router.question())) return false;
  router.unsaved.clear();
  return true;
}

// The browser has already moved when it tells: on "stay" the old address is put back.
async function followBrowser(): Promise<void> {
  const target = location.pathname + location.search;
  const isElsewhere = pathOf(target.slice(ROOT.length)) !== router.place.path;
  if (isElsewhere && router.unsaved.size > 0) {
    history.pushState(null, "", router.href);
    if (!(await mayLeave())) return;
    history.replaceState(null, "", target);
  }
  readAddress();
}

function readAddress(): void {
  router.href = location.pathname + location.search;
  router.place = { path: pathOf(location.pathname.slice(ROOT.length)), query: new URLSearchParams(location.search) };
  for (const listener of router.listeners) listener();
}

function pathOf(to: string): string {
  const path = (to.split("?")[0] ?? "").replace(/\/+$/, "");
  return path === "" ? "/" : path;
}

function subscribe(listener: () => void): () => void {
  router.listeners.add(listener);
  return () => router.listeners.delete(listener);
}
