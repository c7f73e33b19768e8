import { afterEach, expect, mock, test } from "bun:test";
import { api, type PasswordRequest, setPasswordQuestion } from "./client.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
  setPasswordQuestion(undefined);
});

/** Answers every call that shows no right password with `password-needed`. Paths are relative: no server can be asked. */
function stubGateway(rightPassword: string): (string | null)[] {
  const shown: (string | null)[] = [];
  const answer = async (_path: unknown, init?: RequestInit): Promise<Response> => {
    const confirmed = new Headers(init?.headers).get("x-apirouter-confirm");
    shown.push(confirmed);
    if (confirmed === encodeURIComponent(rightPassword)) return Response.json({ ok: true });
    const message = confirmed === null ? "this would send env:A to https://a.example" : "the password is wrong";
    return Response.json({ error: { code: "password-needed", message } }, { status: 403 });
  };
  globalThis.fetch = Object.assign(mock(answer), { preconnect: realFetch.preconnect });
  return shown;
}

test("asks until the password is right, with the first reason, and shows it in any letters", async () => {
  const shown = stubGateway("größer");
  const asked: PasswordRequest[] = [];
  const typed = ["wrong", "größer"];
  setPasswordQuestion(async (request) => {
    asked.push(request);
    return typed.shift();
  });
  expect(await api.post("/upstreams", { body: {} })).toEqual({ ok: true });
  const reason = "this would send env:A to https://a.example";
  expect(asked).toEqual([
    { reason, isWrong: false },
    { reason, isWrong: true },
  ]);
  expect(shown).toEqual([null, "wrong", "gr%C3%B6%C3%9Fer"]);
});

test("fails without asking again when the person would rather not, and asks nobody for what is quiet", async () => {
  stubGateway("right");
  let questions = 0;
  setPasswordQuestion(async () => {
    questions += 1;
    return undefined;
  });
  await expect(api.post("/upstreams")).rejects.toMatchObject({ code: "password-needed", status: 403 });
  await expect(api.post("/upstreams/models", { isQuiet: true })).rejects.toMatchObject({ code: "password-needed" });
  expect(questions).toBe(1);
});

test("two calls ask one after the other, and neither loses its question", async () => {
  stubGateway("right");
  const open: ((password: string | undefined) => void)[] = [];
  setPasswordQuestion(() => new Promise((resolve) => open.push(resolve)));
  const both = Promise.allSettled([api.post("/upstreams"), api.post("/upstreams/test")]);
  while (open.length === 0) await Promise.resolve();
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  expect(open).toHaveLength(1);
  open[0]?.(undefined);
  while (open.length === 1) await Promise.resolve();
  open[1]?.("right");
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
