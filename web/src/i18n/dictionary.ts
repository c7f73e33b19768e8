// The shape that the Chinese texts must have: that of the English ones.

/** The same keys, any text. */
export type SameKeys<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends string ? string : SameKeys<Texts[Key]>;
};
