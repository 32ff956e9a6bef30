import { useEffect, useState } from 'preact/hooks';
import { within } from '../jitter';
import { callAsShopper } from '../session';
import type { Buyer, BuyerDetails } from '../types';

/** Until it is asked again what is known, when there was no answer. */
const AGAIN = { fromMs: 2_000, toMs: 4_000 };

/** What is known of who buys, once that is known here; asked for anew whenever `reason` changes. */
export function useBuyer(event: string, attempt: string, reason: unknown) {
  const path = `/api/v1/sales/${event}/reservations/${attempt}/buyer`;
  const [known, setKnown] = useState<Buyer>();
  useEffect(() => {
    let isLeft = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void =>
      void callAsShopper<Buyer>(path).then(
        (buyer) => (isLeft ? undefined : setKnown(buyer)),
        () => (isLeft ? undefined : (timer = setTimeout(look, within(AGAIN)))),
      );
    look();
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [path, reason]);
  /** @throws {Problem} when it is not taken, or nobody answers. */
  const give = async (body: BuyerDetails): Promise<void> => setKnown(await callAsShopper<Buyer>(path, { method: 'PUT', body }));
  return { known, give };
}
