/** What the fields of a row are: the order in which JSON has them, and which of them count. */

/** By field, in the order of JSON. What counts begins with zero after `clear counters`. */
export type Kinds<Row> = {
  readonly [Field in keyof Row]: Row[Field] extends number ? 'state' | 'count' : 'state';
};

export function namesOf<Row>(kinds: Kinds<Row>): readonly (keyof Row)[] {
  return Object.keys(kinds) as (keyof Row)[];
}

export function countsOf<Row>(kinds: Kinds<Row>): readonly (keyof Row)[] {
  return namesOf(kinds).filter((name) => kinds[name] === 'count');
}
