import { words } from '../../i18n/look';
import { shopWords as shop } from '../form/shopWords';
import type { Colours } from '../types';
import { shown, type Draft, type Language } from './draft';

interface Props {
  draft: Draft;
  reader: Language;
  colours: Colours | undefined;
}

/** The shop's pages with what is typed, as readers with a light and with a dark screen find them. */
export function Preview({ draft, reader, colours }: Props) {
  return (
    <>
      <Page of="light" draft={draft} reader={reader} shades={colours?.light} />
      <Page of="dark" draft={draft} reader={reader} shades={colours?.dark} />
    </>
  );
}

const LINKS = ['terms_url', 'privacy_url', 'imprint_url'] as const;

function Page({ of, draft, reader, shades }: { of: 'light' | 'dark'; draft: Draft; reader: Language; shades: Colours['light'] | undefined }) {
  const said = (name: Parameters<typeof shown>[2]): string => shown(draft, reader, name);
  const links = LINKS.filter(said);
  // An inline style attribute would be against the page's policy; properties that a script sets are not.
  const style = shades && { '--accent': shades.accent, '--accent-ground': shades.accent_ground, '--on-accent': shades.on_accent };
  return (
    <section class={`look-page ${of}`} style={style} aria-label={words[of]} data-preview={of} lang={reader} dir={reader === 'ar' ? 'rtl' : 'ltr'}>
      <p class="look-top">
        <img src={draft.logo || '/images/flashline.svg'} alt="" /> <bdi>{draft.name.trim() || 'Flashline'}</bdi>
      </p>
      <div class="look-main">
        {said('welcome') && <p dir="auto">{said('welcome')}</p>}
        <p class="look-heading">{words.sample.heading}</p>
        <p>
          <span class="look-link">{words.sample.link}</span>
        </p>
        <p class="look-chosen">{words.sample.chosen}</p>
        <p class="look-button">{shop.buy}</p>
      </div>
      {(said('seller') || said('footer') || said('support') || links.length > 0) && (
        <div class="look-foot">
          {said('footer') && <p dir="auto">{said('footer')}</p>}
          {said('support') && (
            <p>
              {words.fields.support}: <bdi>{said('support')}</bdi>
            </p>
          )}
          {links.length > 0 && (
            <p>
              {links.map((name) => (
                <span class="look-link" key={name}>
                  {words.links[name]}
                </span>
              ))}
            </p>
          )}
          {said('seller') && (
            <p class="look-seller" dir="auto">
              {words.onReceipt}: {said('seller')}
            </p>
          )}
        </div>
      )}
    </section>
  );
}
