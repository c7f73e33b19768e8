// What generateContent accepts: it refuses the whole request for one unknown field.

import { type Fields, fields, list } from "../expected/reading.ts";
import { Faults } from "./rules.ts";

const TOP = "contents systemInstruction tools toolConfig safetySettings generationConfig";
const SETTINGS =
  "temperature topP topK candidateCount maxOutputTokens stopSequences responseLogprobs logprobs presencePenalty " +
  "frequencyPenalty seed responseMimeType responseJsonSchema thinkingConfig";
const KINDS = "text inlineData fileData functionCall functionResponse executableCode codeExecutionResult";
const SCHEMA =
  "type format title description enum items prefixItems minItems maxItems minimum maximum anyOf properties " +
  "additionalProperties required propertyOrdering";
const MEDIA = /^(image\/(png|jpeg|webp|heic|heif)|application\/pdf|text\/plain|(audio|video)\/[\w.+-]+)$/;

/** What is wrong with a body for this model. */
export function geminiFaults(value: unknown, model: string): string[] {
  const faults = new Faults();
  const body = faults.keys(value, TOP, "body");
  if (body["systemInstruction"] !== undefined) {
    const parts = list(faults.keys(body["systemInstruction"], "role parts", "systemInstruction")["parts"]);
    faults.expect(parts.length > 0, "systemInstruction", "no parts");
    for (const part of parts) faults.filled(part["text"], "systemInstruction");
  }
  checkContents(list(body["contents"]), model, faults);
  checkTools(body, faults);
  checkSettings(fields(body["generationConfig"]), model, faults);
  return faults.all;
}

function checkContents(contents: readonly Fields[], model: string, faults: Faults): void {
  faults.expect(contents.length > 0, "contents", "empty");
  faults.expect(contents[0]?.["role"] === "user", "contents[0]", "the user speaks first");
  let open: { name: unknown; id: unknown }[] = [];
  contents.forEach((content, at) => {
    const path = `contents[${at}]`;
    faults.keys(content, "role parts", path);
    faults.oneOf(content["role"], "user model", path);
    const parts = list(content["parts"]);
    faults.expect(parts.length > 0, path, "no parts");
    parts.forEach((part, number) => {
      checkPart(part, model, `${path}.parts[${number}]`, faults);
    });
    const answers = parts
      .map((part) => part["functionResponse"])
      .filter(Boolean)
      .map(fields);
    if (open.length > 0 || answers.length > 0) {
      const names = answers.map(({ name, id }) => ({ name, id }));
      faults.expect(
        JSON.stringify(names) === JSON.stringify(open),
        path,
        `answers ${JSON.stringify(names)} for ${JSON.stringify(open)}`,
      );
      faults.expect(answers.length === parts.length, path, "something beside function responses");
    }
    open = parts
      .map((part) => part["functionCall"])
      .filter(Boolean)
      .map(fields)
      .map(({ name, id }) => ({ name, id }));
    if (open.length > 0) faults.expect(contents[at - 1]?.["role"] === "user", path, "calls do not follow the user");
  });
  faults.expect(open.length === 0, "contents", "calls without responses at the end");
}

function checkPart(part: Fields, model: string, path: string, faults: Faults): void {
  faults.keys(part, `${KINDS} thought thoughtSignature`, path);
  const kinds = KINDS.split(" ").filter((kind) => part[kind] !== undefined);
  faults.expect(kinds.length === 1, path, `a part of kinds ${kinds}`);
  if (kinds[0] === "text") faults.filled(part["text"], path);
  if (kinds[0] === "inlineData") {
    const media = faults.keys(part["inlineData"], "mimeType data", path);
    faults.expect(MEDIA.test(String(media["mimeType"])), path, `mimeType ${media["mimeType"]}`);
    faults.filled(media["data"], path);
  }
  if (kinds[0] === "fileData") faults.filled(faults.keys(part["fileData"], "mimeType fileUri", path)["fileUri"], path);
  if (kinds[0] === "functionCall") {
    const call = faults.keys(part["functionCall"], "id name args", path);
    faults.expect(typeof call["args"] === "object" && !Array.isArray(call["args"]), path, "args are no object");
  }
  if (kinds[0] === "functionResponse") {
    const response = faults.keys(part["functionResponse"], "id name response parts", path);
    faults.filled(response["name"], path);
    const inner = response["response"];
    faults.expect(typeof inner === "object" && inner !== null && !Array.isArray(inner), path, "response is no object");
    for (const media of list(response["parts"])) checkPart(media, model, `${path}.parts`, faults);
    faults.expect(response["parts"] === undefined || model.startsWith("gemini-3"), path, "parts before version 3");
  }
}

function checkTools(body: Fields, faults: Faults): void {
  const tools = list(body["tools"]);
  faults.expect(body["tools"] === undefined || tools.length > 0, "tools", "an empty list");
  for (const tool of tools) faults.keys(tool, "functionDeclarations googleSearch codeExecution urlContext", "tools");
  const declarations = tools.flatMap((tool) => list(tool["functionDeclarations"]));
  const hasBuiltin = tools.some((tool) => tool["functionDeclarations"] === undefined);
  faults.expect(declarations.length === 0 || !hasBuiltin, "tools", "functions and built-in tools together");
  const names = declarations.map((each) => each["name"]);
  faults.expect(new Set(names).size === names.length, "tools", "a name twice");
  for (const declaration of declarations) {
    const path = `tools.${declaration["name"]}`;
    faults.keys(declaration, "name description parametersJsonSchema", path);
    faults.expect(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(String(declaration["name"])), path, "name");
    const schema = declaration["parametersJsonSchema"];
    if (schema !== undefined) faults.expect(fields(schema)["type"] === "object", path, "no object schema");
    checkSchema(schema, path, faults);
  }
  const config = fields(fields(body["toolConfig"])["functionCallingConfig"]);
  faults.keys(body["toolConfig"], "functionCallingConfig", "toolConfig");
  if (config["mode"] === undefined) return;
  faults.expect(declarations.length > 0, "toolConfig", "without functions");
  faults.oneOf(config["mode"], "AUTO ANY NONE VALIDATED", "toolConfig");
  const allowed = Array.isArray(config["allowedFunctionNames"]) ? (config["allowedFunctionNames"] as unknown[]) : [];
  for (const name of allowed) faults.expect(names.includes(name), "toolConfig", `unknown function ${name}`);
}

function checkSchema(value: unknown, path: string, faults: Faults): void {
  if (value === undefined || typeof value !== "object") return;
  const schema = faults.keys(value, SCHEMA, path);
  const properties = fields(schema["properties"]);
  for (const [name, inner] of Object.entries(properties)) checkSchema(inner, `${path}.${name}`, faults);
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  for (const name of required) faults.expect(name in properties, path, `required ${name} is not declared`);
  checkSchema(schema["items"], `${path}[]`, faults);
  checkSchema(schema["additionalProperties"], `${path}.*`, faults);
  for (const name of ["anyOf", "prefixItems"])
    for (const inner of list(schema[name])) checkSchema(inner, `${path}.${name}`, faults);
}

function checkSettings(settings: Fields, model: string, faults: Faults): void {
  const isThree = model.startsWith("gemini-3");
  faults.keys(settings, SETTINGS, "generationConfig");
  faults.range(settings["temperature"], 0, 2, "temperature");
  const stops = settings["stopSequences"];
  faults.expect(stops === undefined || (stops as unknown[]).length <= 5, "stopSequences", "too many");
  const thinking = faults.keys(
    settings["thinkingConfig"],
    "includeThoughts thinkingBudget thinkingLevel",
    "thinkingConfig",
  );
  faults.expect(thinking["thinkingLevel"] === undefined || isThree, "thinkingLevel", "before version 3");
  faults.expect(thinking["thinkingBudget"] === undefined || !isThree, "thinkingBudget", "from version 3 on");
  if (!isThree) faults.range(thinking["thinkingBudget"], 128, 32_768, "thinkingBudget");
  checkSchema(settings["responseJsonSchema"], "responseJsonSchema", faults);
  if (settings["responseJsonSchema"] !== undefined)
    faults.oneOf(settings["responseMimeType"], "application/json", "responseMimeType");
}
