/** SKUs as they are proposed for new products: people who sell one thing need not think of one. */

const LETTERS_MAX = 40;

/** Of a name, what can stand in a SKU. Of one in another script nothing is left. */
const slug = (name: string): string =>
  name.normalize('NFKD').toLowerCase().replace(/[\u0300-\u036f]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, LETTERS_MAX).replace(/-$/, '');

const proposed = (name: string, mark: string): string => `${slug(name) || 'item'}-${mark}`;

/** Whether nobody has typed another one. */
export function isProposed(sku: string, name: string): boolean {
  const mark = /-([a-z0-9]{5})$/.exec(sku)?.[1];
  return !sku || (mark !== undefined && sku === proposed(name, mark));
}

/** The SKU of a new product after its name was typed: it follows the name for as long as nobody types another one. */
export function followed(sku: string, before: string, name: string, newMark: string): string {
  if (!isProposed(sku, before)) return sku;
  const mark = /-([a-z0-9]{5})$/.exec(sku)?.[1];
  return name.trim() ? proposed(name, mark ?? newMark) : '';
}

/** Five letters and digits that tell two products of one name apart. */
export const newMark = (): string => [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => (byte % 36).toString(36)).join('');
