import { words as texts } from '../../i18n/draw';
import { moment, momentBeside } from '../../i18n/locale';
import type { Lobby, Sale } from '../types';

/** How the order of a draw comes about. It is as true after the draw as before. */
export function Explained({ sale: { event_id, opens_at_ms }, lobby }: { sale: Sale; lobby: Lobby }) {
  const { beacon } = lobby;
  return (
    <>
      <p>{texts.how(momentBeside(lobby.closes_at_ms, opens_at_ms))}</p>
      <p>{beacon ? texts.beacon(String(beacon.round), moment(beacon.at_ms)) : texts.limits}</p>
      <p>
        <a href={`/api/v1/sales/${event_id}/draw`}>{texts.published}</a>
      </p>
    </>
  );
}
