/** What a shopper has filled in before a sale opens: kept for that sale on this device, and sent with nothing before it is needed. */
import { keysOf, readObject, write } from '../shared/storage';
import type { BuyerDetails } from './types';

export interface Ahead {
  coupon?: string;
  buyer?: BuyerDetails;
}

const ALL = 'flashline.ahead.';

export const read = (event: string): Ahead => readObject<Ahead>(`${ALL}${event}`) ?? {};
export const keep = (event: string, ahead: Ahead): void => write(`${ALL}${event}`, JSON.stringify(ahead));
export const drop = (event: string): void => write(`${ALL}${event}`, undefined);
/** Of all sales: it is somebody else's. */
export const dropAll = (): void => keysOf(ALL).forEach((key) => write(key, undefined));
