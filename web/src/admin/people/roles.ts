import { words } from '../../i18n/admin';
import type { Role } from '../types';

export type PersonRole = Exclude<Role, 'shop'>;

/** What people can be, with what it is called: a shop is none. */
export const ROLES: (readonly [PersonRole, string])[] = (['viewer', 'support', 'manager', 'owner'] as const).map((role) => [role, words.roles[role]] as const);
