import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { count } from './amount';
import { CountField, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { alter, ask, change, may } from './session';
import type { Series, SeriesList as Listed } from './types';

const text = words.series;
const PAGE = 50;

/** Sales of which one shopper may not have more together. */
export function SeriesList() {
  const [before, setBefore] = useState('');
  const path = `/series?limit=${PAGE}${before && `&before=${before}`}`;
  const { value, problem, look } = useLoad(() => ask<Listed>(path), [path], 5_000);
  const [edited, setEdited] = useState<Series | 'new'>();
  return (
    <>
      <Title text={words.places.series}>
        {may('run') && (
          <button class="primary" type="button" onClick={() => setEdited('new')}>
            {text.create}
          </button>
        )}
      </Title>
      <p>{text.hint}</p>
      <Trouble text={problem} />
      {value?.series.length === 0 && <p>{text.noneYet}</p>}
      {!!value?.series.length && (
        <Table label={words.places.series} head={text.head}>
          {value.series.map((series) => (
            <tr key={series.id}>
              <th scope="row" class="name">
                {series.name}
              </th>
              <td>{number(series.per_shopper_max)}</td>
              <td>
                {series.events.length === 0 ? text.noSales : <Sales series={series} />}
              </td>
              <td>
                {may('run') && (
                  <button type="button" aria-label={text.editOf(series.name)} onClick={() => setEdited(series)}>
                    {text.edit}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.series} page={PAGE} idOf={(series) => series.id} before={before} go={setBefore} />
      {edited && <Edit series={edited === 'new' ? undefined : edited} close={() => (setEdited(undefined), void look())} />}
    </>
  );
}

function Sales({ series: { events } }: { series: Series }) {
  return (
    <ul>
      {events.map(({ id, name, scheduled, claimed_units: units }) => (
        <li key={id}>
          <a href={`#/events/${id}`}>{name}</a> {scheduled ? text.claimed(number(units)) : `(${words.status.draft})`}
        </li>
      ))}
    </ul>
  );
}

function Edit({ series, close }: { series: Series | undefined; close: () => void }) {
  const [name, setName] = useState(series?.name ?? '');
  const [most, setMost] = useState(String(series?.per_shopper_max ?? 2));
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = { name: name.trim(), per_shopper_max: count(most) };
    const saved = await act(() => (series ? alter(`/series/${series.id}`, said, series.version) : change('/series', said)));
    if (saved) close();
  };
  return (
    <Dialog title={series ? text.editTitle : text.create} close={close}>
      <Trouble text={problem} />
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <Field label={text.name} value={name} set={setName} hint={text.nameHint} required />
        <CountField label={text.perShopperMax} min={1} value={most} set={setMost} hint={text.onlyMore} required />
        <button class="primary" type="submit" disabled={busy}>
          {series ? text.save : text.createNow}
        </button>
      </form>
    </Dialog>
  );
}
