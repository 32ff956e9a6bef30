/** What can be bought, and the way to it: for who wants nothing here at the moment. */
import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import * as ahead from './ahead';
import { BuyForm, FORM } from './BuyForm';
import { CheckFirst } from './check/CheckFirst';
import { Codes } from './Codes';
import { useNow } from './hooks';
import { ItemList } from './ItemList';
import { MyOrders } from './MyOrders';
import { Others } from './Others';
import { ProblemNotice } from './ProblemNotice';
import { mayHaveClicked } from './rules/holdings';
import { lobbyPhase } from './rules/lobby';
import { isChecked, isGuest } from './session';
import type { Shell } from './shell';
import { SignIn } from './SignIn';
import { isOver, isSoldOut } from './states';
import { TellMe } from './notifications/TellMe';
import { SoundSwitch } from './SoundSwitch';
import { Terms } from './Terms';
import type { Sale } from './types';

interface Props {
  shell: Shell;
  sale: Sale;
  isLive: boolean;
  /** It is yet to open: how to be reminded is said above. */
  isBefore: boolean;
  /** Only who has signed in may take part, and this shopper has not. */
  signsIn: boolean;
  problem: { kind: string } | undefined;
}

export function Offer({ shell, sale, isLive, isBefore, signsIn, problem }: Props) {
  // What the door refused is there to be put right.
  const filled = shell.state.refused;
  const coupon = filled ? filled.coupon : ahead.read(sale.event_id).coupon;
  const [sku, choose] = useState(filled?.sku ?? sale.items.find((item) => !item.sold_out)?.sku ?? '');
  const [quantity, setQuantity] = useState(String(filled?.quantity ?? 1));
  const [hasCoupon, setHasCoupon] = useState(!!coupon && sale.has_coupons);
  const now = useNow();
  const isOpen = !isOver(sale.status) && !isSoldOut(sale);
  const isAsked = isGuest() && !isChecked() && isOpen;
  const item = sale.items.find((one) => one.sku === sku) ?? sale.items[0];
  const codes = isOpen && (
    <Codes sale={sale} form={FORM} filled={filled} coupon={coupon} isWrong={problem?.kind === 'access_code_wrong'} named={setHasCoupon} />
  );
  const notice = problem && <ProblemNotice problem={problem} />;
  const title = signsIn ? words.toSignIn : lobbyPhase(sale, now) ? words.enter : words.buy;
  return (
    <>
      {!signsIn && mayHaveClicked(shell.state, isGuest(), now) && <p class="notice">{words.clickedElsewhere}</p>}
      <div class="columns">
        <section aria-label={words.item}>
          {!signsIn && sale.access_code_needed && codes && <div class="card needed">{codes}</div>}
          <ItemList sale={sale} isLive={isLive} choice={isOpen && !signsIn ? { sku: item?.sku ?? '', choose, form: FORM } : undefined} />
          <Terms sale={sale} />
          {signsIn && (
            <a class="button primary jump" href="#panel">
              {words.toSignIn}
            </a>
          )}
        </section>
        <section id="panel" tabIndex={-1} class={`card panel${sale.hosted_check && isAsked ? ' first' : ''}`} aria-label={title}>
          <Others shell={shell} sale={sale} />
          {signsIn ? (
            <>
              {notice}
              <SignIn sale={sale} />
            </>
          ) : (
            <>
              {sale.hosted_check && <CheckFirst offer={sale.hosted_check} isAsked={isAsked} />}
              <BuyForm
                shell={shell}
                sale={sale}
                wanted={{ item, quantity, hasCoupon }}
                change={setQuantity}
                isUnchecked={sale.hosted_check !== undefined && isAsked}
                problem={notice}
              >
                {!sale.access_code_needed && codes}
              </BuyForm>
            </>
          )}
          <MyOrders orders={shell.state.orders} sale={sale} />
          {!isOver(sale.status) && <SoundSwitch />}
          {!isOver(sale.status) && !isBefore && <TellMe event={sale.event_id} hasLobby={sale.lobby !== undefined} takesPart={false} />}
        </section>
      </div>
    </>
  );
}
