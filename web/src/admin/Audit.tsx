import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf } from '../i18n/locale';
import { useLoad } from './hooks';
import { Pages, Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { AuditPage } from './types';

const PAGE = 50;

export function Audit() {
  const [before, setBefore] = useState('');
  const path = `/audit?limit=${PAGE}${before && `&before=${before}`}`;
  const { value, problem } = useLoad(() => ask<AuditPage>(path), [path]);
  return (
    <>
      <Title text={words.places.audit} />
      <Trouble text={problem} />
      {value && (
        <Table label={words.places.audit} head={words.audit.head}>
          {value.entries.map((entry) => (
            <tr key={entry.id}>
              <td>{momentOf(entry.at)}</td>
              <td class="name">{entry.actor || words.audit.stranger}</td>
              <td>{entry.role}</td>
              <td class="id">{entry.address ?? '–'}</td>
              <td>{entry.action}</td>
              <td class="id">{entry.subject}</td>
              <td class="detail">{JSON.stringify(entry.detail)}</td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.entries} page={PAGE} idOf={(entry) => entry.id} before={before} go={setBefore} />
    </>
  );
}
