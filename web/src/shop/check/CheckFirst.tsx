import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { ProblemNotice } from '../ProblemNotice';
import type { HostedCheck } from '../types';

interface Props {
  offer: HostedCheck;
}

/** What a sale asks of its guests first, as long as it does; then, that it is done. Code and words come only where it is asked. */
export function CheckFirst({ offer, isAsked }: Props & { isAsked: boolean }) {
  const [Check, setCheck] = useState<ComponentType<Props>>();
  const [isAway, setAway] = useState(false);
  const wasAsked = useRef(isAsked);
  wasAsked.current ||= isAsked;
  useEffect(() => {
    if (!isAsked) return;
    import('./Check').then(
      ({ Check }) => setCheck(() => Check),
      () => setAway(true),
    );
  }, [isAsked]);
  return (
    <>
      {isAsked && (isAway ? <ProblemNotice problem={{ kind: 'offline' }} /> : Check ? <Check offer={offer} /> : <p class="soft">{words.loading}</p>)}
      <p class="hidden-but-read" role="status">
        {wasAsked.current && !isAsked && words.checkPassed}
      </p>
    </>
  );
}
