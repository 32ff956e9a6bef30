/** How the pages read what the ingress' description says of itself (`src/openapi.d.ts`, made by `web/describe/types`). */
import type { components } from '../openapi';

export type Schemas = components['schemas'];

/** A field that has nothing to say is left out, and never null. */
type Present<T> = T extends object ? { [Field in keyof T]: Present<Exclude<T[Field], null>> } : T;

/** What the ingress tells, by the name of its schema. */
export type Told<Name extends keyof Schemas> = Present<Schemas[Name]>;

/** With some fields known more closely, where the description names the words only in prose. */
export type With<T, Closer> = Omit<T, keyof Closer> & Closer;
