import { words } from '../../i18n/admin';
import { words as desk } from '../../i18n/desk';
import { momentOf } from '../../i18n/locale';
import { Sentence } from '../audit/Sentence';
import type { Both } from '../draft';
import { Table } from '../parts';
import type { AuditEntry } from '../types';
import { preciseIn } from '../zone';

const text = words.form;

/** What became of the sale while the form was open. */
export interface Meanwhile {
  entries: AuditEntry[];
  both: Both[];
}

/** Who changed what since the sale was read, and what is to be looked at before it is saved again. */
export function Changes({ entries, both, zone }: Meanwhile & { zone: string }) {
  return (
    <div class="notice bad" role="alert">
      <p>{text.stale}</p>
      <ul>
        {entries.map((entry) => (
          <li key={entry.id}>
            {momentOf(entry.at)}: <Sentence entry={entry} />
          </li>
        ))}
      </ul>
      {both.length > 0 && (
        <>
          <p>{text.bothChanged(both.map(({ name }) => name).join(', '))}</p>
          <Table label={desk.editing.differs} head={desk.editing.head}>
            {both.map(({ name, mine, is }) => (
              <tr key={name}>
                <th scope="row" class="product">
                  {name}
                </th>
                <td class="detail">
                  <bdi>{said(mine, zone)}</bdi>
                </td>
                <td class="detail">
                  <bdi>{said(is, zone)}</bdi>
                </td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </div>
  );
}

/** What stands in a field, or in several that belong together, as it was typed. */
function said(value: unknown, zone: string): string {
  if (value === undefined || value === null || value === '') return desk.editing.nothing;
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? preciseIn(value, zone) : value;
  if (Array.isArray(value)) return value.length === 0 ? desk.editing.nothing : value.map((one) => said(one, zone)).join('; ');
  if (typeof value === 'object') return Object.values(value).filter((one) => one !== '').map((one) => said(one, zone)).join(' · ');
  return String(value);
}
