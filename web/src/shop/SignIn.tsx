import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { ProblemNotice } from './ProblemNotice';
import type { Sale } from './types';

export interface WayProps {
  /** The sale that somebody signs in for. */
  event: string;
  /** Whether it is the first way that is offered. */
  isFirst: boolean;
}

/** The code and the words of each way come only where it is offered. */
const WAYS: Record<string, () => Promise<ComponentType<WayProps>>> = {
  email: () => import('./email/EmailForm').then(({ EmailForm }) => EmailForm),
  account: () => import('./account/AccountForm').then(({ AccountForm }) => AccountForm),
};

/** Signing in, where a sale asks for it, in each way that there is. */
export function SignIn({ sale }: { sale: Sale }) {
  const ways = sale.sign_in?.filter((way) => way in WAYS) ?? [];
  const [forms, setForms] = useState<ComponentType<WayProps>[]>();
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    Promise.all(ways.map((way) => WAYS[way]!())).then(setForms, () => setAway(true));
  }, [ways.join()]);
  if (isAway) return <ProblemNotice problem={{ kind: 'offline' }} />;
  if (!forms) return <p class="soft">{words.loading}</p>;
  if (!forms.length) return <p>{words.signInAtShop}</p>;
  return forms.map((Form, index) => <Form key={index} event={sale.event_id} isFirst={index === 0} />);
}
