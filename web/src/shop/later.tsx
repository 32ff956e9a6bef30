import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { ProblemNotice } from './ProblemNotice';

/** A view whose code and words come when it is shown first. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return function Later(props: Props) {
    const [View, setView] = useState<ComponentType<Props>>();
    const [isAway, setAway] = useState(false);
    useEffect(() => {
      load().then(
        (view) => setView(() => view),
        () => setAway(true),
      );
    }, []);
    if (isAway) return <ProblemNotice problem={{ kind: 'offline' }} />;
    return View ? <View {...props} /> : <p class="soft">{words.loading}</p>;
  };
}
