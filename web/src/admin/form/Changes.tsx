import { words } from '../../i18n/admin';
import { momentOf } from '../../i18n/locale';
import { Sentence } from '../audit/Sentence';
import type { AuditEntry } from '../types';

const text = words.form;

/** What became of the sale while the form was open. */
export interface Meanwhile {
  entries: AuditEntry[];
  both: string[];
}

/** Who changed what since the sale was read, and what is to be looked at before it is saved again. */
export function Changes({ entries, both }: Meanwhile) {
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
      {both.length > 0 && <p>{text.bothChanged(both.join(', '))}</p>}
    </div>
  );
}
