/** What the API refuses of a sale, by the field that it names: `items[0].list_minor: from 0 to …; name: …`. */
export type Refused = Readonly<Record<string, string>>;

/** A price may be refused for what a coupon makes of it: then it is still the price's field, and the sentence says so. */
const NAMED = /^([a-z_]+(?:\[\d+\]|\.[a-z_]+)*)(?:: | (?=with coupons\[\d+\]: ))(.+)$/;

/**
 * Every field's own sentences, with what the fields are `of` before their names. A sentence may have a semicolon, too:
 * what names no field goes on with the one before.
 */
export function refusedOf(detail: string, of = ''): Refused {
  const refused: Record<string, string> = {};
  let field: string | undefined;
  for (const part of detail.split('; ')) {
    const [, name, said = part] = NAMED.exec(part) ?? [];
    field = name === undefined ? field : of + name;
    if (field === undefined) continue;
    refused[field] = refused[field] ? `${refused[field]}; ${said}` : said;
  }
  return refused;
}
