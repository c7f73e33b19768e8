// Saving a part of the configuration without overwriting what others saved meanwhile.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { compareThreeWays } from "../lib/three-way.ts";
import { hasCode } from "./api-failure.ts";

/** A version of the thing that is edited. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: string;
}

/** Somebody else changed the same thing: what a `ConflictDialog` shows. */
export interface Conflict<T> {
  readonly base: T;
  readonly mine: T;
  /** Null when it was deleted. */
  readonly theirs: Versioned<T> | null;
}

export interface SaveOptions<T> {
  /** Sends the value, based on a version. */
  readonly send: (value: T, version: string) => Promise<unknown>;
  /** Loads the thing as it is now; null when it is gone. */
  readonly reload: () => Promise<Versioned<T> | null>;
}

/** Saves, and notices conflicts. */
export interface Saver<T> {
  readonly isSaving: boolean;
  readonly conflict: Conflict<T> | undefined;
  dismissConflict(): void;
  /**
   * Saves `mine`, edited from `base`. When somebody saved meanwhile but touched nothing of this, it goes on top by
   * itself; otherwise `conflict` is set. Resolves with whether it was saved; throws every other failure.
   */
  save(base: Versioned<T>, mine: T): Promise<boolean>;
}

const MAX_TRIES = 4;

/** A saver for one editor. */
export function useSaver<T extends object>({ send, reload }: SaveOptions<T>): Saver<T> {
  const client = useQueryClient();
  const [isSaving, setSaving] = useState(false);
  const [conflict, setConflict] = useState<Conflict<T>>();

  async function attempt(base: Versioned<T>, mine: T): Promise<boolean> {
    let { version } = base;
    for (let tries = 1; ; tries++) {
      try {
        await send(mine, version);
        return true;
      } catch (error) {
        if (!hasCode(error, "conflict") || tries === MAX_TRIES) throw error;
      }
      const theirs = await reload();
      if (!theirs || compareThreeWays(base.value, mine, theirs.value).theirs.length > 0) {
        setConflict({ base: base.value, mine, theirs });
        return false;
      }
      version = theirs.version;
    }
  }

  return {
    isSaving,
    conflict,
    dismissConflict: () => setConflict(undefined),
    async save(base, mine) {
      setSaving(true);
      setConflict(undefined);
      try {
        const isSaved = await attempt(base, mine);
        await refreshConfig(client);
        return isSaved;
      } finally {
        setSaving(false);
      }
    },
  };
}

/** Loads anew what a change of the configuration makes old. */
export function refreshConfig(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: ({ queryKey }) => CONFIG_QUERIES.has(String(queryKey[0])) });
}

const CONFIG_QUERIES: ReadonlySet<string> = new Set(["upstreams", "keys", "settings", "history", "models", "connect"]);
