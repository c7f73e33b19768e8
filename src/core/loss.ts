// What a conversion could not carry: recorded for the log, the response header and the generated tables.

/** One item that a conversion dropped, approximated or made up. */
export interface Loss {
  readonly kind: "dropped" | "approximated" | "invented";
  /** Where, in the wire format it came from or goes to: `messages[3].content[0].cache_control`. */
  readonly path: string;
  /** Stable short name of the feature, kebab-case: `cache-control`, `top-k`, `tool-call-id`. */
  readonly feature: string;
  /** One lower-case sentence for people, without user content. */
  readonly detail?: string | undefined;
}

/** Where encoders and decoders report losses; order is order of discovery, duplicates are allowed. */
export type LossSink = (loss: Loss) => void;

/** A conversion's result together with what it could not carry. */
export interface Encoded<T> {
  readonly value: T;
  readonly losses: readonly Loss[];
}
