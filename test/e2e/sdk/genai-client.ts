// @google/genai as an SdkClient. Its chats keep the history themselves, streamed or not.

import { type GenerateContentResponse, GoogleGenAI, type Part, type PartListUnion } from "@google/genai";
import {
  CITY,
  CITY_SCHEMA,
  IMAGE_BASE64,
  IMAGE_URL,
  MODEL,
  QUESTION,
  type SdkClient,
  type SdkTurn,
  SYSTEM,
  TOOLS,
} from "./sdk-client.ts";

export const genaiClient: SdkClient = {
  name: "@google/genai",
  converse(gatewayUrl, isStream) {
    const chat = clientFor(gatewayUrl).chats.create({
      model: MODEL,
      config: {
        systemInstruction: SYSTEM,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 },
        tools: [
          {
            functionDeclarations: TOOLS.map(({ name, description, schema }) => ({
              name,
              description,
              parametersJsonSchema: schema,
            })),
          },
        ],
      },
    });
    let calls: SdkTurn["calls"] = [];
    async function turn(message: PartListUnion): Promise<SdkTurn> {
      const responses: GenerateContentResponse[] = [];
      if (isStream) for await (const chunk of await chat.sendMessageStream({ message })) responses.push(chunk);
      else responses.push(await chat.sendMessage({ message }));
      const read = readTurn(responses);
      calls = read.calls;
      return read;
    }
    return {
      ask: () =>
        turn([
          { text: QUESTION },
          { inlineData: { mimeType: "image/png", data: IMAGE_BASE64 } },
          { fileData: { mimeType: "image/png", fileUri: IMAGE_URL } },
        ]),
      answer: (results) =>
        turn(
          calls.map(({ id, name }, at) => ({
            functionResponse: { ...(id === "" ? {} : { id }), name, response: { output: results[at] ?? "" } },
          })),
        ),
    };
  },
  async parse(gatewayUrl, isStream) {
    const { models } = clientFor(gatewayUrl);
    const params = {
      model: MODEL,
      contents: "The largest city?",
      config: { responseMimeType: "application/json", responseJsonSchema: CITY_SCHEMA },
    };
    let text = "";
    if (isStream) for await (const chunk of await models.generateContentStream(params)) text += chunk.text ?? "";
    else text = (await models.generateContent(params)).text ?? "";
    return CITY.parse(JSON.parse(text));
  },
};

function clientFor(gatewayUrl: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey: "client", httpOptions: { baseUrl: gatewayUrl } });
}

function readTurn(responses: readonly GenerateContentResponse[]): SdkTurn {
  const parts = responses.flatMap((response) => response.candidates?.[0]?.content?.parts ?? []);
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall ? [{ id: functionCall.id ?? "", name: functionCall.name ?? "", input: functionCall.args }] : [],
  );
  const finish = responses.map((response) => response.candidates?.[0]?.finishReason).findLast(Boolean);
  const usage = responses.findLast((response) => response.usageMetadata)?.usageMetadata;
  const thinking = usage?.thoughtsTokenCount ?? 0;
  return {
    text: joined(parts, false),
    thinking: joined(parts, true),
    calls,
    stop: finish === "STOP" ? (calls.length > 0 ? "tool" : "end") : String(finish),
    usage: {
      input: usage?.promptTokenCount ?? 0,
      cached: usage?.cachedContentTokenCount ?? 0,
      output: (usage?.candidatesTokenCount ?? 0) + thinking,
      thinking,
    },
  };
}

function joined(parts: readonly Part[], isThought: boolean): string {
  return parts.map((part) => ((part.thought === true) === isThought ? (part.text ?? "") : "")).join("");
}
