/** What is to be done about an event: values that the shell acts on. */
import type { Span } from './pause';
import type { Wish } from './state';

/** What the courier carries to the door, under a name that makes sending it twice the same as once. */
export type Errand =
  | { what: 'attempt'; key: string; wish: Wish }
  | { what: 'payment'; key: string; attemptId: string; card: string | undefined }
  /** There is no more than one of an attempt, so its id is the key. */
  | { what: 'cancel'; key: string };

/** What comes due after a while. */
export type Timer = 'ask' | 'catch up' | 'read sale';

export type Effect =
  /** Writes it to the browser's storage. Comes before a wish is sent. */
  | { do: 'keep'; wish: Wish | undefined }
  /** Remembers that something was bought here. */
  | { do: 'note purchase' }
  /** Asks what this shopper has here, where it may be more than this browser knows. */
  | { do: 'read holdings' }
  /** Asks what was bought here before, where anything was. */
  | { do: 'read orders' }
  | { do: 'send'; errand: Errand }
  /** Nobody waits any more for what is carried under this key, or for anything that is. */
  | { do: 'recall'; key?: string }
  /** The link hears about another attempt from now on. How it stands now need not be told where that is known. */
  | { do: 'watch'; isKnown?: true }
  /** Asks how the attempt stands. */
  | { do: 'ask' }
  /** The same, in the way that is quickest. */
  | { do: 'catch up' }
  | { do: 'read sale' }
  /** After sleep: all of it anew, and the time. */
  | { do: 'wake' }
  /** Replaces what was due under the same name. */
  | { do: 'later'; timer: Timer; span: Span }
  | { do: 'ring' };
