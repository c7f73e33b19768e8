// Gateways of other projects, installed by whoever wants to compare: one process each, on the core under test, nothing
// switched on that they do not do by themselves.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../macro/free-port.ts";
import { type Program, startPinned } from "../macro/programs.ts";

/** One gateway that is ready. */
export interface OtherGateway extends Program {
  readonly name: string;
  /** Header lines that a client of it sends on top of an SDK's own, each with its line end. */
  readonly headers: string;
}

const KEY = "sk-bench-0123456789abcdef";
const PATIENCE_MS = 90_000;

/** Portkey's gateway (npm: @portkey-ai/gateway) from its `build/start-server.js`, before a chat upstream. */
export async function startPortkey(script: string, folder: string, upstreamPort: number): Promise<OtherGateway> {
  const port = freePort();
  const program = await startPinned({
    command: ["node", script, "--headless", `--port=${port}`],
    env: { ...process.env, NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
    port,
    readyPath: "/",
    folder,
    patienceMs: PATIENCE_MS,
  });
  const host = `http://127.0.0.1:${upstreamPort}/v1`;
  const headers = `x-portkey-provider: openai\r\nx-portkey-custom-host: ${host}\r\nauthorization: Bearer ${KEY}\r\n`;
  return { ...program, name: "Portkey", headers };
}

/** LiteLLM's proxy (PyPI: litellm[proxy]) from its program `litellm`, one worker, before a chat upstream. */
export async function startLiteLlm(binary: string, folder: string, upstreamPort: number): Promise<OtherGateway> {
  const port = freePort();
  const file = join(folder, "litellm.yaml");
  const model = "claude-sonnet-4-5";
  const upstream = { model: `openai/${model}`, api_base: `http://127.0.0.1:${upstreamPort}/v1`, api_key: KEY };
  // JSON is YAML as well.
  writeFileSync(file, JSON.stringify({ model_list: [{ model_name: model, litellm_params: upstream }] }));
  const program = await startPinned({
    command: [binary, "--config", file, "--host", "127.0.0.1", "--port", String(port), "--num_workers", "1"],
    env: {
      ...process.env,
      LITELLM_LOG: "ERROR",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
    },
    port,
    readyPath: "/health/liveliness",
    folder,
    patienceMs: PATIENCE_MS,
  });
  return { ...program, name: "LiteLLM", headers: "" };
}
