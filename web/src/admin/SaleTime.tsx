import { momentIn, utcOf, zoneIn, zoneOf } from './zone';

/** A moment of a sale, in the zone of the sale, with UTC beside. */
export function SaleTime({ at, zone }: { at: string; zone: string | null | undefined }) {
  const its = zoneIn(zone);
  return (
    <span class="sale-time">
      <time dateTime={at}>{momentIn(at, its)}</time>
      <small>
        {zoneOf(at, its)}
        {its !== 'UTC' && ` · ${utcOf(at)}`}
      </small>
    </span>
  );
}
