import type { ComponentChildren } from 'preact';
import type { OwnEntryProps } from '../draw/OwnEntry';
import { useArrival } from '../hooks';
import { later } from '../later';
import { mayBeEntry } from '../rules/lobby';
import type { Shell } from '../shell';
import { Asked } from './Asked';

const OwnEntry = later<OwnEntryProps>(() => import('../draw/OwnEntry').then(({ OwnEntry }) => OwnEntry));

interface Props {
  shell: Shell;
  state: string;
  title: string;
  children: ComponentChildren;
}

/** What all views have: what has become of it, what was asked for, and what there is to check of a draw. */
export function Frame({ shell, state, title, children }: Props) {
  const { hasMoved, wish, event, sale } = shell.state;
  const heading = useArrival<HTMLHeadingElement>(hasMoved);
  return (
    <div data-state={state}>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      <Asked state={shell.state} />
      {children}
      {sale && wish?.attemptId && mayBeEntry(wish, sale) && (isDrawn(state) || state === 'entered') && (
        <OwnEntry
          key={wish.attemptId}
          event={event}
          entryId={wish.attemptId}
          commitment={wish.commitment}
          isDecided={isDrawn(state)}
          isStopped={sale.status === 'stopped'}
        />
      )}
    </div>
  );
}

/** Of an entry: whether it is decided. */
const isDrawn = (state: string): boolean => !['sending', 'in_line', 'entered', 'cancelled', 'lost'].includes(state);
