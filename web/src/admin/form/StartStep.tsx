import { words } from '../../i18n/admin';
import { words as form } from '../../i18n/form';
import { lobbyBefore } from '../draft';
import { Choice, Group, TimeField } from '../fields';
import type { StepProps } from './SoldStep';

const text = words.form;

/** When it opens and closes, and in which order shoppers are served from the beginning. */
export function StartStep({ draft, refused, put }: StepProps) {
  const { lobby } = draft;
  const isBackwards = Date.parse(draft.closes) <= Date.parse(draft.opens);
  return (
    <Group title={form.checks.times}>
      <div class="grid">
        <TimeField label={text.opens} value={draft.opens} refused={refused['opens_at']} set={(opens) => put({ opens })} />
        <TimeField label={text.closes} value={draft.closes} refused={refused['closes_at']} problem={isBackwards ? text.closesFirst : undefined} set={(closes) => put({ closes })} />
        <Choice
          label={text.start}
          value={lobby ? 'draw' : 'first_come'}
          set={(start) => put({ lobby: start === 'draw' ? lobbyBefore(draft.opens) : undefined })}
          options={[
            ['first_come', text.firstCome],
            ['draw', text.byDraw],
          ]}
        />
        {lobby && (
          <>
            <TimeField label={text.lobbyOpens} value={lobby.opens} refused={refused['lobby.opens_at']} set={(opens) => put({ lobby: { ...lobby, opens } })} />
            <TimeField label={text.lobbyCloses} value={lobby.closes} refused={refused['lobby.closes_at']} set={(closes) => put({ lobby: { ...lobby, closes } })} />
            <label class="check wide">
              <input type="checkbox" checked={lobby.beacon} onChange={(change) => put({ lobby: { ...lobby, beacon: change.currentTarget.checked } })} /> {text.beacon}
            </label>
          </>
        )}
      </div>
    </Group>
  );
}
