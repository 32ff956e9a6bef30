import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { momentOf } from '../../i18n/locale';
import { useAction, useLoad } from '../hooks';
import { Trouble } from '../parts';
import { ask, may } from '../session';
import type { OrderBuyer } from '../types';

const text = words.buyers;

/** What the buyer of an order gave to be sent the goods; an owner can delete it. */
export function Buyer({ order, deleted }: { order: string; deleted: () => void }) {
  const path = `/orders/${order}/buyer`;
  const { value: buyer, problem } = useLoad(() => ask<OrderBuyer>(path), [path]);
  const [isSure, setSure] = useState(false);
  const removal = useAction();
  const remove = async (): Promise<void> => {
    if (await removal.act(() => ask(path, { method: 'DELETE' }))) deleted();
  };
  return (
    <section class="card" aria-labelledby="buyer">
      <h2 id="buyer">{text.button}</h2>
      <Trouble text={problem || removal.problem} />
      {buyer && buyer.given_at === undefined && <p>{text.nothing}</p>}
      {buyer?.given_at !== undefined && (
        <>
          <dl class="given">
            {shown(buyer).map(([label, lines]) => (
              <div key={label}>
                <dt>
                  <bdi>{label}</bdi>
                </dt>
                {lines.map((line) => (
                  <dd key={line}>
                    <bdi>{line}</bdi>
                  </dd>
                ))}
              </div>
            ))}
          </dl>
          <p>
            <small>{text.given(momentOf(buyer.given_at))}</small>
          </p>
          {may('own') && isSure && <p>{text.removeText}</p>}
          {may('own') &&
            (isSure ? (
              <button class="danger" type="button" disabled={removal.busy} onClick={() => void remove()}>
                {text.removeNow}
              </button>
            ) : (
              <button type="button" onClick={() => setSure(true)}>
                {text.remove}
              </button>
            ))}
        </>
      )}
    </section>
  );
}

/** What was given, under what it was asked for; as it is written on a parcel. */
function shown({ name, email, phone, address, answers = [], questions }: OrderBuyer): [label: string, lines: string[]][] {
  const { line1, line2, postal_code, city, region, country } = address ?? {};
  const lines = [line1, line2, [postal_code, city].filter(Boolean).join(' '), region, country].filter((line): line is string => !!line);
  const fields: [string, string[]][] = [
    [text.fields.name, name ? [name] : []],
    [text.fields.address, lines],
    [text.fields.email, email ? [email] : []],
    [text.fields.phone, phone ? [phone] : []],
    ...questions.map((question, number): [string, string[]] => [question, [answers[number] || text.noAnswer]]),
  ];
  return fields.filter(([, lines]) => lines.length > 0);
}
