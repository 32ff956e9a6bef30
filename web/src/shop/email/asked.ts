/**
 * A code that somebody waits for. It is kept until it has come, or could not any more: whoever looks into their mail may find the
 * page loaded anew.
 */
import { now } from '../../shared/clock';
import { readObject, write } from '../../shared/storage';

export interface Asked {
  email: string;
  /** When another may be asked for, and until when this one is good. */
  againAtMs: number;
  endsAtMs: number;
  /** Codes that are sent to one address within an hour at most. */
  hourMax: number;
}

const KEY = 'flashline.email';

export function read(): Asked | undefined {
  const { email, againAtMs = 0, endsAtMs = 0, hourMax = 0 } = readObject<Asked>(KEY) ?? {};
  if (email && now() < endsAtMs) return { email, againAtMs, endsAtMs, hourMax };
  if (email) keep(undefined);
  return undefined;
}

export const keep = (asked: Asked | undefined): void => write(KEY, asked && JSON.stringify(asked));

/** Enough of an address to know one's own: `a…@example.org`. */
export const masked = (email: string): string => email.trim().replace(/^(.).*@/u, '$1…@');
