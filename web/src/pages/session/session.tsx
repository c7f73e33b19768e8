// Who is logged in: the gate before the console, what happens when a session ends, and logging out.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { SessionInfo } from "../../../../src/admin/contract/session.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api, onSessionExpired } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useToast } from "../../ui/toast.tsx";
import { LoginPage, SessionEndedDialog } from "./login.tsx";
import { ChangePasswordDialog } from "./password.tsx";
import { SetupPage } from "./setup.tsx";
import { Starting } from "./starting.tsx";

export interface Session {
  readonly info: SessionInfo;
  /** Opens the dialog that changes the password. */
  askForPassword(): void;
  logout(): Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

/** The session. Throws outside `SessionGate`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is used outside SessionGate");
  return session;
}

/**
 * Shows login or set-up until somebody is logged in, then the console. When the session ends later, the console
 * stays and a login lies above it, so that nothing that was typed is lost.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const query = useQuery({ ...queries.session(), refetchInterval: ({ state }) => (state.error ? 3000 : 300_000) });
  const [isInside, setInside] = useState(false);
  const info = query.data;

  const enter = useMemo(
    () => (next: SessionInfo) => {
      client.setQueryData(queries.session().queryKey, next);
      // Whatever was refused while nobody was logged in is asked for again.
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
    },
    [client],
  );
  useEffect(() => {
    if (info?.authenticated) setInside(true);
  }, [info?.authenticated]);
  useEffect(
    () =>
      onSessionExpired(() =>
        client.setQueryData(queries.session().queryKey, (old) => old && { ...old, authenticated: false }),
      ),
    [client],
  );

  if (!info) return <Starting error={query.error} />;
  if (!info.authenticated && !isInside)
    return info.needs_setup_token ? <SetupPage info={info} onDone={enter} /> : <LoginPage info={info} onDone={enter} />;
  return (
    <Inside info={info} onChange={enter} onLeave={() => setInside(false)}>
      {children}
      {!info.authenticated && <SessionEndedDialog info={info} onDone={enter} />}
    </Inside>
  );
}

interface InsideProps {
  readonly info: SessionInfo;
  readonly onChange: (info: SessionInfo) => void;
  readonly onLeave: () => void;
  readonly children: ReactNode;
}

function Inside({ info, onChange, onLeave, children }: InsideProps) {
  const client = useQueryClient();
  const toast = useToast();
  const [isAsking, setAsking] = useState(info.authenticated && info.password_is_default);
  const session = useMemo<Session>(
    () => ({
      info,
      askForPassword: () => setAsking(true),
      async logout() {
        try {
          await api.delete("/session");
        } catch (error) {
          // Who is logged out already wants nothing else.
          if (!hasCode(error, "unauthenticated")) {
            toast.failed(error);
            return;
          }
        }
        onLeave();
        client.clear();
      },
    }),
    [client, info, onLeave, toast],
  );
  return (
    <SessionContext value={session}>
      {children}
      {isAsking && info.authenticated && (
        <ChangePasswordDialog
          info={info}
          onClose={() => setAsking(false)}
          onDone={(next) => {
            setAsking(false);
            onChange(next);
          }}
        />
      )}
    </SessionContext>
  );
}
