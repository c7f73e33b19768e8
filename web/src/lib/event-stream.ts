// Reads server-sent events from pieces of text, for answers to POST, which the browser's EventSource cannot read.

export interface StreamMessage {
  /** `message` when the event has no name. */
  readonly name: string;
  readonly data: string;
}

/** Takes text in any cut and returns the events that became whole with it. */
export interface EventReader {
  push(text: string): StreamMessage[];
}

/** Creates a reader for one stream. Comments and fields other than `event` and `data` are passed over. */
export function createEventReader(): EventReader {
  let rest = "";
  let name = "";
  let data: string[] = [];

  const takeLine = (line: string, into: StreamMessage[]) => {
    if (line === "") {
      if (data.length > 0) into.push({ name: name || "message", data: data.join("\n") });
      name = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
  };

  return {
    push(text) {
      const messages: StreamMessage[] = [];
      rest += text;
      // A CR at the very end may be half of a CRLF: it waits for what follows.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line, messages);
      return messages;
    },
  };
}
