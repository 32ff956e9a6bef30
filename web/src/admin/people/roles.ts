import { words } from '../../i18n/admin';
import { words as text } from '../../i18n/people';
import type { Right, Role, Token } from '../types';

export type PersonRole = Exclude<Role, 'shop'>;

/** What people can be, with what it is called: a shop is none. */
export const ROLES: (readonly [PersonRole, string])[] = (['viewer', 'support', 'manager', 'owner'] as const).map((role) => [role, words.roles[role]] as const);

/** What each role may do, as the server has it: of these, a token can have some. */
export const RIGHTS: Record<Role, Right[]> = {
  viewer: ['read'],
  support: ['read', 'read_buyers', 'refund'],
  manager: ['read', 'read_buyers', 'run'],
  owner: ['read', 'read_buyers', 'refund', 'run', 'own'],
  shop: ['hand_over'],
};

/** What a token may do of what its role may, and where, if it is less than all. */
export function narrowerOf({ role, rights, event_name: sale, event_id: event }: Token): string {
  const some = rights.length < RIGHTS[role].length ? text.only(rights.map((right) => text.rights[right]).join(', ')) : '';
  return [some, event && text.onlyFor(sale ?? event)].filter(Boolean).join('; ');
}
