import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/form';
import { moment, money, number, percent } from '../../i18n/locale';
import type { Draft } from '../draft';
import type { Pictures } from './pictures';
import { shopWords as shop } from './shopWords';
import type { Shown, ShownItem } from './shown';

interface Props {
  draft: Draft;
  shown: Shown;
  pictures: Pictures;
}

/** The page of the sale, as shoppers find it before it opens: with their words, and without what runs there. */
export function Preview({ draft, shown, pictures }: Props) {
  const { name, description, opens, lobby, currency, accessCodes, coupons } = draft;
  return (
    <div class="preview">
      <p class="preview-time">{lobby?.opens ? shop.lobbyOpensAt(moment(Date.parse(lobby.opens))) : opens ? shop.opensAt(moment(Date.parse(opens))) : ''}</p>
      <p class="preview-name">
        <bdi>{name.trim() || words.unnamed}</bdi>
      </p>
      {description.trim() && (
        <p class="soft">
          <bdi>{description.trim()}</bdi>
        </p>
      )}
      <ul class="preview-items">
        {shown.items.map((item, at) => (
          <PreviewItem key={at} item={item} at={at + 1} currency={currency} pictures={pictures} />
        ))}
      </ul>
      <p class="soft">{limitOf(shown)}</p>
      {accessCodes.trim() && <p class="soft">{words.codeNeeded}</p>}
      {coupons.length > 0 && <p class="soft">{shop.haveCode}</p>}
      {draft.hoarding && <p class="soft">{shop.hoardingSale}</p>}
    </div>
  );
}

function limitOf({ quantityMax, perShopperMax }: Shown): string {
  if (perShopperMax === undefined || quantityMax === undefined) return '';
  return quantityMax < perShopperMax ? shop.upToAtOnce(number(quantityMax), number(perShopperMax)) : shop.upTo(number(perShopperMax));
}

function PreviewItem({ item, at, currency, pictures }: { item: ShownItem; at: number; currency: string; pictures: Pictures }) {
  const { name, description, picture, listMinor, saleMinor, off, ladder, units } = item;
  return (
    <li>
      {picture && pictures.get(picture) === 'there' && <img src={picture} alt="" width="320" height="180" />}
      <p class="preview-item">
        <bdi>{name || admin.item.title(number(at))}</bdi>
      </p>
      {description && (
        <p class="soft">
          <bdi>{description}</bdi>
        </p>
      )}
      <p class="preview-price">
        {saleMinor === undefined ? words.noPrice : <strong>{money(saleMinor, currency)}</strong>}{' '}
        {listMinor !== undefined && saleMinor !== undefined && saleMinor < listMinor && (
          <>
            <span class="hidden-but-read">{shop.listPrice} </span>
            <s>{money(listMinor, currency)}</s>
          </>
        )}{' '}
        {off !== undefined && <span class="off">{percent(-off)}</span>}
      </p>
      {units !== undefined && <p class="soft">{units === 0 ? shop.soldOut : shop.left(number(units), number(units))}</p>}
      {ladder.length > 0 && (
        <ol class="preview-ladder">
          {ladder.map((rung, index) => (
            <li key={index}>
              {rung.units === undefined ? shop.tierThen : index === 0 ? shop.tierFirst(number(rung.units)) : shop.tierNext(number(rung.units))}: <b>{money(rung.unitMinor, currency)}</b>
              {index === 0 && <> · {shop.tierNow}</>}
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
