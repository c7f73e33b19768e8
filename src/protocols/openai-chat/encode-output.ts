// `response_format`, neutral to wire.

import type { LossSink } from "../../core/loss.ts";
import { isObjectSchema } from "../../core/object-schema.ts";
import type { IrOutputFormat } from "../../core/request.ts";
import type { Dialect } from "./dialect.ts";
import { isStrictSchema } from "./schema.ts";

/** Fields for the output format; JSON mode where the target knows no schemas. */
export function encodeOutput(
  format: IrOutputFormat | undefined,
  isOwn: boolean,
  dialect: Dialect,
  loss: LossSink,
): Record<string, unknown> {
  if (!format) return {};
  if (format.type === "json-object") return { response_format: { type: "json_object" } };
  if (!isOwn && isRefusedRoot(format, dialect)) {
    const detail = "sent as an instruction, the schema has no object at its root";
    loss({ kind: "approximated", path: "response_format", feature: "json-schema", detail });
    return {};
  }
  if (!dialect.jsonSchema) {
    loss({ kind: "approximated", path: "response_format", feature: "json-schema", detail: "sent as an instruction" });
    return { response_format: { type: "json_object" } };
  }
  const wire: Record<string, unknown> = { name: format.name ?? "response" };
  if (format.description !== undefined) wire["description"] = format.description;
  wire["schema"] = format.schema;
  const strict = strictOf(format, isOwn, loss);
  if (strict !== undefined) wire["strict"] = strict;
  return { response_format: { type: "json_schema", json_schema: wire } };
}

/** Strict only where the schema can bear it; a client that said nothing gets it then as well. */
function strictOf(
  format: IrOutputFormat & { type: "json-schema" },
  isOwn: boolean,
  loss: LossSink,
): boolean | undefined {
  if (isOwn || format.strict === false) return format.strict;
  if (isStrictSchema(format.schema)) return true;
  if (format.strict === true)
    loss({ kind: "dropped", path: "response_format.json_schema.strict", feature: "strict-schema" });
  return undefined;
}

/** Gemini's clients ask for lists; OpenAI answers 400 to any root but an object. */
function isRefusedRoot(format: IrOutputFormat & { type: "json-schema" }, { objectSchemas }: Dialect): boolean {
  return objectSchemas && !isObjectSchema(format.schema);
}

/** The schema as an instruction, for targets that take none, or not this one; undefined for all others. */
export function jsonInstruction(
  format: IrOutputFormat | undefined,
  isOwn: boolean,
  dialect: Dialect,
): string | undefined {
  if (format?.type !== "json-schema") return undefined;
  if (!isOwn && isRefusedRoot(format, dialect)) {
    return `Answer with one JSON value that follows this JSON schema, and nothing else:\n${JSON.stringify(format.schema)}`;
  }
  if (dialect.jsonSchema) return undefined;
  return `Answer with one JSON object that follows this JSON schema, and nothing else:\n${JSON.stringify(format.schema)}`;
}
