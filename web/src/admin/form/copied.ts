/** A sale as a new one: everything of it, but for its times and for what cannot be read back. */
import { emptyDraft, lobbyBefore, type Draft } from '../draft';

export function copyOf(draft: Draft, name: string): Draft {
  const { opens, closes } = emptyDraft();
  const lobby = draft.lobby && { ...lobbyBefore(opens), beacon: draft.lobby.beacon };
  return { ...draft, name, opens, closes, lobby, accessCodes: '' };
}

export type NotCopied = 'times' | 'access_codes' | 'invitations' | 'series';

interface Original {
  access_code_count: number;
  participation: Draft['participation'];
  series_id?: string | null;
}

/** What is to be said of a copy. */
export function notCopiedOf({ access_code_count, participation, series_id }: Original): NotCopied[] {
  return [
    'times' as const,
    ...(access_code_count > 0 ? ['access_codes' as const] : []),
    ...(participation !== 'anyone' ? ['invitations' as const] : []),
    ...(series_id ? ['series' as const] : []),
  ];
}
