// Ids of 64 bits in calls of tools, through the real gateway on all 16 routes: a JavaScript number would change their
// last digits, and the tool would be called for something else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { PROTOCOLS } from "./recorded-answers.ts";
import { API_FORMATS } from "./replay-server.ts";

const ID = "1234567890123456789";
const ARGS = `{"id":${ID},"of":[${ID}]}`;
const TEXT = JSON.stringify(ARGS);

/** Requests whose history calls the tool, as text. */
const REQUESTS: Readonly<
  Record<ProtocolId, { readonly path: string; readonly stream: string; readonly body: string }>
> = {
  anthropic: {
    path: "/v1/messages",
    stream: "/v1/messages",
    body: `{"model":"m","max_tokens":99,STREAM"tools":[{"name":"find","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"find","input":${ARGS}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"r"}]}]}`,
  },
  "openai-chat": {
    path: "/v1/chat/completions",
    stream: "/v1/chat/completions",
    body: `{"model":"m",STREAM"tools":[{"type":"function","function":{"name":"find"}}],"messages":[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"find","arguments":${TEXT}}}]},{"role":"tool","tool_call_id":"t1","content":"r"}]}`,
  },
  "openai-responses": {
    path: "/v1/responses",
    stream: "/v1/responses",
    body: `{"model":"m",STREAM"tools":[{"type":"function","name":"find"}],"input":[{"role":"user","content":"go"},{"type":"function_call","call_id":"t1","name":"find","arguments":${TEXT}},{"type":"function_call_output","call_id":"t1","output":"r"}]}`,
  },
  gemini: {
    path: "/v1beta/models/m:generateContent",
    stream: "/v1beta/models/m:streamGenerateContent?alt=sse",
    body: `{"tools":[{"functionDeclarations":[{"name":"find"}]}],"contents":[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[{"functionCall":{"name":"find","args":${ARGS}}}]},{"role":"user","parts":[{"functionResponse":{"name":"find","response":{"output":"r"}}}]}]}`,
  },
};

const frames = (...events: string[]): string => events.map((event) => `data: ${event}\n\n`).join("");
const CALL_ITEM = `{"type":"function_call","id":"fc_1","call_id":"t2","name":"find","arguments":${TEXT},"status":"completed"}`;
const RESPONSE = `{"id":"resp_1","object":"response","status":"completed","model":"m","output":[${CALL_ITEM}]}`;

/** Answers that call the tool, whole and streamed, as text. */
const ANSWERS: Readonly<Record<ProtocolId, { readonly whole: string; readonly stream: string }>> = {
  anthropic: {
    whole: `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t2","name":"find","input":${ARGS}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`,
    stream: frames(
      '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}',
      '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t2","name":"find","input":{}}}',
      `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":${TEXT}}}`,
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":1}}',
      '{"type":"message_stop"}',
    ),
  },
  "openai-chat": {
    whole: `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t2","type":"function","function":{"name":"find","arguments":${TEXT}}}]},"finish_reason":"tool_calls"}]}`,
    stream: frames(
      `{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"t2","type":"function","function":{"name":"find","arguments":${TEXT}}}]},"finish_reason":null}]}`,
      '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}',
      "[DONE]",
    ),
  },
  "openai-responses": {
    whole: RESPONSE,
    stream: frames(
      '{"type":"response.created","response":{"id":"resp_1","object":"response","status":"in_progress","model":"m","output":[]}}',
      '{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"t2","name":"find","arguments":"","status":"in_progress"}}',
      `{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":0,"delta":${TEXT}}`,
      `{"type":"response.output_item.done","output_index":0,"item":${CALL_ITEM}}`,
      `{"type":"response.completed","response":${RESPONSE}}`,
    ),
  },
  gemini: {
    whole: `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"find","args":${ARGS}}}]},"finishReason":"STOP"}]}`,
    stream: frames(
      `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"find","args":${ARGS}}}]},"finishReason":"STOP"}]}`,
    ),
  },
};

/** How often the id stands in a text, with all its digits. */
const count = (text: string): number => text.split(ID).length - 1;

for (const upstream of PROTOCOLS) {
  describe(`ids of 64 bits to and from ${upstream}`, () => {
    let gateway: TestGateway;
    let server: Bun.Server<undefined>;
    let received = "";
    let isStream = false;
    beforeAll(async () => {
      server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        async fetch(request) {
          received = await request.text();
          const type = isStream ? "text/event-stream" : "application/json";
          const { stream, whole } = ANSWERS[upstream];
          return new Response(isStream ? stream : whole, { headers: { "content-type": type } });
        },
      });
      const url = `http://127.0.0.1:${server.port}/v1`;
      gateway = await startGateway({
        upstreams: [{ id: "up", base_url: url, api_format: API_FORMATS[upstream], keys: ["sk-up"] }],
      });
    });
    afterAll(async () => {
      await gateway.stop();
      server.stop(true);
    });

    for (const client of PROTOCOLS) {
      for (const streamed of [false, true]) {
        test(`keep their digits for a ${client} client, ${streamed ? "streamed" : "whole"}`, async () => {
          isStream = streamed;
          const { path, stream, body } = REQUESTS[client];
          const response = await fetch(gateway.url + (streamed ? stream : path), {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: body.replace("STREAM", streamed ? '"stream":true,' : ""),
          });
          expect(response.status).toBe(200);
          const answer = await response.text();
          expect(count(received)).toBe(2);
          // Twice in the arguments, which a Responses stream repeats.
          expect(count(answer)).toBeGreaterThanOrEqual(2);
          expect(received + answer).not.toContain("123456789012345680");
        });
      }
    }
  });
}
