// Tools that Anthropic defines and the client runs (bash, text editor, memory, computer): their input schemas are not
// on the wire, so other protocols get the documented ones.
// @source platform.claude.com tool docs and SDK 1.12.0 `messages.d.ts` (input types), seen 2026-11

import type { JsonSchema } from "../../core/request.ts";
import type { WireObject } from "./wire.ts";

/** A function that stands in for a tool Anthropic defines. */
export interface ClientTool {
  readonly description: string;
  readonly parameters: JsonSchema;
}

const text = (description: string): WireObject => ({ type: "string", description });
const point = (description: string): WireObject => ({
  type: "array",
  items: { type: "integer" },
  minItems: 2,
  maxItems: 2,
  description,
});

const FILE_EDIT_PROPERTIES: WireObject = {
  path: text("Absolute path of the file or directory"),
  file_text: text("Content of the file to create"),
  old_str: text("Text to replace; must occur exactly once"),
  new_str: text("Replacement text"),
  insert_line: { type: "integer", description: "Line after which to insert; 0 inserts at the beginning" },
  insert_text: text("Text to insert"),
  view_range: {
    type: "array",
    items: { type: "integer" },
    description: "First and last line to view, counted from 1; -1 as last means the end",
  },
};

const BASH: ClientTool = {
  description: "Run a command in a persistent bash session, or restart that session.",
  parameters: {
    type: "object",
    properties: {
      command: text("The command to run; required unless restart is set"),
      restart: { type: "boolean", description: "Restart the session instead of running a command" },
    },
  },
};

const TEXT_EDITOR: ClientTool = {
  description: "View, create and edit text files.",
  parameters: {
    type: "object",
    properties: {
      command: { type: "string", enum: ["view", "create", "str_replace", "insert"], description: "What to do" },
      ...FILE_EDIT_PROPERTIES,
    },
    required: ["command", "path"],
  },
};

const MEMORY: ClientTool = {
  description: "Keep notes over conversations as files below /memories.",
  parameters: {
    type: "object",
    properties: {
      command: {
        type: "string",
        enum: ["view", "create", "str_replace", "insert", "delete", "rename"],
        description: "What to do",
      },
      ...FILE_EDIT_PROPERTIES,
      old_path: text("Path to rename"),
      new_path: text("New path"),
    },
    required: ["command"],
  },
};

const COMPUTER_ACTIONS = [
  "key",
  "type",
  "mouse_move",
  "left_click",
  "left_click_drag",
  "right_click",
  "middle_click",
  "double_click",
  "triple_click",
  "left_mouse_down",
  "left_mouse_up",
  "scroll",
  "hold_key",
  "wait",
  "zoom",
  "screenshot",
  "cursor_position",
] as const;

const COMPUTER: ClientTool = {
  description: "Control a computer with mouse and keyboard, and take screenshots.",
  parameters: {
    type: "object",
    properties: {
      action: { type: "string", enum: COMPUTER_ACTIONS, description: "What to do" },
      coordinate: point("x and y in pixels from the top left"),
      start_coordinate: point("Where a drag begins"),
      text: text("Text to type, or the key or keys to press"),
      scroll_direction: { type: "string", enum: ["up", "down", "left", "right"] },
      scroll_amount: { type: "integer", description: "How many steps to scroll" },
      duration: { type: "number", description: "Seconds to wait or to hold a key" },
      region: { type: "array", items: { type: "integer" }, description: "x0, y0, x1, y1 to zoom into" },
    },
    required: ["action"],
  },
};

const BY_PREFIX: readonly (readonly [string, ClientTool])[] = [
  ["bash_", BASH],
  ["text_editor_", TEXT_EDITOR],
  ["memory_", MEMORY],
];

/** The stand-in for a tool declaration; undefined for types that have none. */
export function clientTool(declaration: WireObject): ClientTool | undefined {
  const type = String(declaration["type"]);
  // Only dated computer tools have one documented schema; toolsets do not.
  if (/^computer_\d/.test(type)) return { ...COMPUTER, description: computerDescription(declaration) };
  return BY_PREFIX.find(([prefix]) => type.startsWith(prefix))?.[1];
}

function computerDescription(declaration: WireObject): string {
  const { display_width_px: width, display_height_px: height } = declaration;
  if (typeof width !== "number" || typeof height !== "number") return COMPUTER.description;
  return `${COMPUTER.description} The screen is ${width} x ${height} pixels.`;
}
