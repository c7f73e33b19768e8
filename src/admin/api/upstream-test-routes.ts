// Trying an upstream out, saved or not: a test call, its list of models; and showing one of its keys.

import type { UpstreamConfig } from "../../config/config.ts";
import { unmaskUpstream } from "../../config/redact.ts";
import { ConfigSaveError } from "../../store/config-file.ts";
import {
  type DraftInput,
  draftInput,
  draftTestInput,
  revealedKey,
  revealInput,
  testInput,
  testResult,
  upstreamModels,
} from "../contract/upstreams.ts";
import { AdminError, keysAgain, saveError } from "./admin-error.ts";
import { createCallBudget } from "./call-budget.ts";
import { findUpstream, guardReferences, withFields } from "./change-config.ts";
import type { AdminIdentity } from "./gate.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";
import { listModels, testUpstream } from "./test-upstream.ts";

export function upstreamTestRoutes(parts: AdminParts): Route[] {
  const { configFile, gateway, gate } = parts;
  const budget = createCallBudget({ nowMs: () => gateway.clock.monotonicMs(), perMinute: 60, atOnce: 8 });

  function savedUpstream(id: string): UpstreamConfig {
    const upstream = configFile.current().upstreams.find((entry) => entry.id === id);
    if (!upstream) throw new AdminError("not-found", "there is no upstream of this id");
    return upstream;
  }

  /** What a definition that is not saved would be. Keys must be complete, or those of a saved upstream. */
  function draftUpstream({ upstream, keys_of: keysOf }: DraftInput, identity: AdminIdentity): UpstreamConfig {
    const document = configFile.document();
    const definition = keysOf === undefined ? upstream : unmaskUpstream(upstream, findUpstream(document, keysOf).entry);
    if (!definition) throw keysAgain();
    const draft = withFields(document, { upstreams: [definition] });
    guardReferences(configFile, identity, document, draft);
    const preview = configFile.preview(draft);
    if (!preview.ok)
      throw saveError(new ConfigSaveError("invalid", "", preview.problems), "", (path) =>
        path.replace(/^upstreams\[0\]\.?/, ""),
      );
    return preview.config.upstreams[0] as UpstreamConfig;
  }

  return [
    route({
      method: "POST",
      path: "/upstreams/{id}/test",
      summary: "asks an upstream one short question; neither logged nor counted by its breakers",
      body: testInput,
      answer: json(testResult),
      errors: ["not-found", "throttled", "upstream"],
      handle: ({ params, body }) => {
        const test = { upstream: savedUpstream(params.id), model: body.model, keyId: body.key_id };
        return budget.run(() => testUpstream(gateway, { ...test, config: configFile.current() }));
      },
    }),
    route({
      method: "POST",
      path: "/upstreams/test",
      summary: "the same for a definition that is not saved; masked keys are those of the upstream in `keys_of`",
      body: draftTestInput,
      problemRoot: "upstream",
      answer: json(testResult),
      errors: ["not-found", "throttled", "upstream", "password-needed"],
      handle: ({ body, identity }) => {
        const test = { upstream: draftUpstream(body, identity), model: body.model, keyId: undefined };
        return budget.run(() => testUpstream(gateway, { ...test, config: configFile.current() }));
      },
    }),
    route({
      method: "GET",
      path: "/upstreams/{id}/models",
      summary: "asks an upstream for its list of models",
      answer: json(upstreamModels),
      errors: ["not-found", "throttled", "upstream"],
      handle: ({ params }) => {
        const upstream = savedUpstream(params.id);
        return budget.run(() => listModels(gateway, upstream));
      },
    }),
    route({
      method: "POST",
      path: "/upstreams/models",
      summary: "the same for a definition that is not saved",
      body: draftInput,
      problemRoot: "upstream",
      answer: json(upstreamModels),
      errors: ["not-found", "throttled", "upstream", "password-needed"],
      handle: ({ body, identity }) => {
        const upstream = draftUpstream(body, identity);
        return budget.run(() => listModels(gateway, upstream));
      },
    }),
    route({
      method: "POST",
      path: "/upstreams/{id}/keys/{key_id}/reveal",
      summary: "shows one key of an upstream; takes the password again and is audited",
      body: revealInput,
      maxBodyBytes: 65_536,
      answer: json(revealedKey),
      errors: ["not-found"],
      handle: async ({ params, body, peer, identity }) => {
        await gate.confirm(body.password, peer);
        const key = savedUpstream(params.id).keys.find(({ id }) => id === params.key_id);
        if (!key) throw new AdminError("not-found", "the upstream has no such key");
        identity.audit("key-revealed", `key ${key.secret.masked()} of upstream ${params.id} shown`);
        return { key: key.secret.reveal() };
      },
    }),
  ];
}
