import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { words as desk } from '../../i18n/desk';
import { words as form } from '../../i18n/form';
import { lobbyBefore } from '../draft';
import { Choice, Group, TimeField, ZoneField } from '../fields';
import { browserZone, isZone, sameClock } from '../zone';
import type { StepProps } from './SoldStep';

const text = words.form;

/** When it opens and closes, and in which order shoppers are served from the beginning. */
export function StartStep({ draft, refused, put, isScheduled }: StepProps & { isScheduled: boolean }) {
  const { lobby } = draft;
  /** The last that was one: half a name is typed before all of it. */
  const [was, setWas] = useState(isZone(draft.zone) ? draft.zone : browserZone);
  const turn = (zone: string): void => {
    if (!isZone(zone)) return put({ zone });
    setWas(zone);
    if (isScheduled) return put({ zone });
    const moved = (instant: string): string => sameClock(instant, was, zone);
    put({ zone, opens: moved(draft.opens), closes: moved(draft.closes), lobby: lobby && { ...lobby, opens: moved(lobby.opens), closes: moved(lobby.closes) } });
  };
  const zoneHint = [draft.zone === browserZone && desk.zone.browser(browserZone), isScheduled ? desk.zone.keepsInstant : desk.zone.keepsClock].filter(Boolean).join(' ');
  const isBackwards = Date.parse(draft.closes) <= Date.parse(draft.opens);
  return (
    <Group title={form.checks.times}>
      <ZoneField value={draft.zone} set={turn} refused={refused['time_zone']} hint={zoneHint} />
      <div class="grid">
        <TimeField zone={draft.zone} label={text.opens} value={draft.opens} refused={refused['opens_at']} set={(opens) => put({ opens })} />
        <TimeField zone={draft.zone} label={text.closes} value={draft.closes} refused={refused['closes_at']} problem={isBackwards ? text.closesFirst : undefined} set={(closes) => put({ closes })} />
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
            <TimeField zone={draft.zone} label={text.lobbyOpens} value={lobby.opens} refused={refused['lobby.opens_at']} set={(opens) => put({ lobby: { ...lobby, opens } })} />
            <TimeField zone={draft.zone} label={text.lobbyCloses} value={lobby.closes} refused={refused['lobby.closes_at']} set={(closes) => put({ lobby: { ...lobby, closes } })} />
            <label class="check wide">
              <input type="checkbox" checked={lobby.beacon} onChange={(change) => put({ lobby: { ...lobby, beacon: change.currentTarget.checked } })} /> {text.beacon}
            </label>
          </>
        )}
      </div>
    </Group>
  );
}
