// Makes the smallest value that a JSON Schema accepts, for scripted structured answers and unimportant tool arguments.

type Fields = Readonly<Record<string, unknown>>;

/**
 * A value for the schema: required properties only, first enum member, first branch of a union, `""`, 0, false, [].
 * Understands Gemini's upper-case types; local `$ref` is followed. Constraints beyond `type` and `enum` are ignored.
 */
export function minimalInstance(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (depth > 20 || typeof schema !== "object" || schema === null) return null;
  const fields = schema as Fields;
  if (typeof fields["$ref"] === "string") return minimalInstance(resolve(fields["$ref"], root), root, depth + 1);
  if ("const" in fields) return fields["const"];
  const options = fields["enum"] ?? fields["anyOf"] ?? fields["oneOf"];
  if (Array.isArray(options))
    return Array.isArray(fields["enum"]) ? options[0] : minimalInstance(options[0], root, depth + 1);
  const type = Array.isArray(fields["type"]) ? fields["type"][0] : fields["type"];
  const make = INSTANCES[String(type ?? "object").toLowerCase()];
  return make ? make(fields, root, depth) : null;
}

const INSTANCES: Readonly<Record<string, (schema: Fields, root: unknown, depth: number) => unknown>> = {
  object(schema, root, depth) {
    const properties = (schema["properties"] ?? {}) as Fields;
    const required = Array.isArray(schema["required"]) ? schema["required"] : [];
    return Object.fromEntries(
      required.map((name) => [name, minimalInstance(properties[String(name)], root, depth + 1)]),
    );
  },
  string: () => "simulated",
  number: () => 1,
  integer: () => 1,
  boolean: () => false,
  array: () => [],
  null: () => null,
};

function resolve(reference: string, root: unknown): unknown {
  let at: unknown = root;
  for (const step of reference.split("/").slice(1)) {
    if (typeof at !== "object" || at === null) return {};
    at = (at as Fields)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return at;
}
