/** Sends what the form holds: products that are new first, and then the sale. */
import { Problem } from '../../shared/api';
import { loadedOf, minor, rebased, skuOf, specOf, type Draft, type Loaded } from '../draft';
import { refusedOf, type Refused } from '../refused';
import { ask, change, replace } from '../session';
import type { AuditPage, SaleEvent } from '../types';
import type { Meanwhile } from './Changes';

interface Sent {
  draft: Draft;
  scheduled: boolean;
  loaded: Loaded | undefined;
  /** A product was made: a second try after a later problem must not make it again. */
  made: (at: number, sku: string) => void;
  /** What is not taken, by the fields of the API. */
  refuse: (refused: Refused) => void;
}

/**
 * The sale, as the server has it now.
 *
 * @throws {Problem} `stale` when somebody has changed it since it was read.
 */
export async function saved({ draft, scheduled, loaded, made, refuse }: Sent): Promise<SaleEvent> {
  /** Marks the fields of what is not taken. A product's are those of the item that it is for. */
  const marking = <T,>(sent: Promise<T>, of = ''): Promise<T> =>
    sent.catch((error: unknown) => {
      if (error instanceof Problem && error.kind === 'invalid') refuse(refusedOf(error.detail, of));
      throw error;
    });
  for (const [at, item] of draft.items.entries()) {
    if (item.sku) continue;
    const product = {
      sku: skuOf(item), name: item.newName.trim(), description: '', currency: draft.currency,
      list_minor: minor(item.list, draft.currency), ...(item.newPicture && { image_url: item.newPicture.trim() }),
    };
    await marking(change('/products', product), `items[${at}].`);
    made(at, skuOf(item));
  }
  const spec = specOf(draft, scheduled, loaded);
  return marking(loaded ? replace<SaleEvent>(`/events/${loaded.event.id}`, spec, loaded.event.version) : change<SaleEvent>('/events', spec));
}

/** Somebody has changed the sale since it was read: takes that over, but for what was typed here. */
export async function followed(draft: Draft, before: Loaded): Promise<{ loaded: Loaded; draft: Draft; meanwhile: Meanwhile }> {
  const loaded = loadedOf(await ask<SaleEvent>(`/events/${before.event.id}`));
  const { entries } = await ask<AuditPage>(`/audit?subject=${before.event.id}&limit=200`);
  const merged = rebased(draft, before, loaded);
  const since = entries.filter(({ detail }) => Number(detail['version'] ?? 0) > before.event.version);
  return { loaded, draft: merged.draft, meanwhile: { entries: since, both: merged.both } };
}
