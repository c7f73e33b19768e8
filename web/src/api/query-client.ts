// How long what was loaded counts as fresh, and what is tried again.

import { QueryClient } from "@tanstack/react-query";
import { ApiFailure } from "./api-failure.ts";

/** The console's cache of what the gateway said. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) =>
          count < 2 && error instanceof ApiFailure && (error.status === 0 || error.status >= 500),
        retryDelay: (attempt) => 400 * 2 ** attempt,
        refetchOnWindowFocus: true,
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}
