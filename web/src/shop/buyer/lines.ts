import type { BuyerDetails } from '../types';
import { nameOfCountry } from './country';

/** What a buyer has given, line by line. */
export const linesOf = ({ name, email, phone, address: at, answers = [] }: BuyerDetails): string[] =>
  [
    name, email, phone, at?.line1, at?.line2, [at?.postal_code, at?.city].filter(Boolean).join(' '),
    at?.region, at?.country && nameOfCountry(at.country), ...answers,
  ].filter((line): line is string => !!line);
