// Writes chunks of one streamed answer. What is the same in every chunk is put together once.

import type { ReplyContext } from "../protocol.ts";
import { identityOf } from "./trail.ts";

/** Writers for the kinds of chunks; each call is one whole frame. */
export interface ChunkWriter {
  content(text: string): void;
  /** Thinking of the block at `index` among the thinking blocks. */
  reasoning(text: string, isSummary: boolean, index: number): void;
  callArguments(index: number, text: string): void;
  /** Any other delta. */
  delta(delta: object): void;
  logprobs(content: unknown): void;
  /** The chunk that ends the choice; `stopSequence` is vLLM's extension. */
  finish(reason: string, stopSequence: string | undefined): void;
  /** The chunk without choices at the end. */
  usage(usage: object, serviceTier: string | undefined): void;
}

/** Creates the writers. Where the client wants usage, every chunk but the last carries `usage: null`, as OpenAI's do. */
export function createChunkWriter(write: (frame: string) => void, context: ReplyContext): ChunkWriter {
  const identity = identityOf(context);
  const id = JSON.stringify(identity.id);
  const model = JSON.stringify(identity.model);
  const outer = `data: {"id":${id},"object":"chat.completion.chunk","created":${identity.created},"model":${model},"choices":[`;
  const head = `${outer}{"index":0,"delta":`;
  const end = context.request.includeUsage ? `}],"usage":null}\n\n` : "}]}\n\n";
  const tail = `,"logprobs":null,"finish_reason":null${end}`;
  const contentHead = `${head}{"content":`;
  const contentTail = `}${tail}`;
  const reasoningHead = `${head}{"reasoning_content":`;
  const callHead = `${head}{"tool_calls":[{"index":`;
  const callTail = `}}]}${tail}`;
  return {
    content(text) {
      write(contentHead + JSON.stringify(text) + contentTail);
    },
    reasoning(text, isSummary, index) {
      // Clients split on the name, so all three in use are there; none of them sums them up.
      const json = JSON.stringify(text);
      const detail = isSummary ? '"reasoning.summary","summary":' : '"reasoning.text","text":';
      const details = `,"reasoning_details":[{"type":${detail}${json},"index":${index}}]`;
      write(`${reasoningHead}${json},"reasoning":${json}${details}${contentTail}`);
    },
    callArguments(index, text) {
      write(`${callHead}${index},"function":{"arguments":${JSON.stringify(text)}${callTail}`);
    },
    delta(delta) {
      write(head + JSON.stringify(delta) + tail);
    },
    logprobs(content) {
      write(`${head}{},"logprobs":${JSON.stringify({ content, refusal: null })},"finish_reason":null${end}`);
    },
    finish(reason, stopSequence) {
      const matched = stopSequence === undefined ? "" : `,"stop_reason":${JSON.stringify(stopSequence)}`;
      write(`${head}{},"logprobs":null,"finish_reason":${JSON.stringify(reason)}${matched}${end}`);
    },
    usage(usage, serviceTier) {
      const tier = serviceTier === undefined ? "" : `,"service_tier":${JSON.stringify(serviceTier)}`;
      write(`${outer}],"usage":${JSON.stringify(usage)}${tier}}\n\n`);
    },
  };
}
