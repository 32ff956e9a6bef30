/** What buying needs of a device, each tried for real. */
import type { words } from '../../i18n/before';
import { asking, now } from '../../shared/clock';
import { call } from '../../shared/api';
import { isLasting } from '../../shared/storage';
import { callAsShopper, isGuest } from '../session';
import type { Sale, SocketTicket } from '../types';

export interface Found {
  /** Nothing to do; as they like; something is missing that one can do without; nothing can be bought so. */
  how: 'good' | 'note' | 'warn' | 'bad';
  word: keyof (typeof words)['found'];
  /** How long it took, or how far it is off. */
  ms?: number;
}

type Check = [name: string, check: () => Promise<Found>];

const SOCKET_WITHIN_MS = 8_000;
/** The device's clock may be so far off before anybody says so. */
const CLOCK_OFF_MS = 5_000;

export function checksOf(sale: Sale): Check[] {
  const asksForWork = isGuest() && (sale.machine_check === 'always' || sale.machine_check === 'when_pressed');
  return [
    ['door', () => door(sale)],
    ['socket', socket],
    ['clock', async () => clock()],
    ['storage', async () => (isLasting() ? { how: 'good', word: 'keeps' } : { how: 'warn', word: 'keepsNot' })],
    ['notifications', async () => notifications()],
    ['screen', screenOn],
    ...(asksForWork ? ([['work', work]] as Check[]) : []),
  ];
}

async function door({ event_id }: Sale): Promise<Found> {
  const begun = performance.now();
  const learn = asking();
  try {
    const { server_time_ms } = await call<Sale>(`/api/v1/sales/${event_id}`);
    learn(server_time_ms, 1_000);
    return { how: 'good', word: 'answers', ms: performance.now() - begun };
  } catch {
    return { how: 'bad', word: 'answersNot' };
  }
}

/** A socket of its own, as the page's is: it counts once it is greeted. */
async function socket(): Promise<Found> {
  const begun = performance.now();
  let opened: WebSocket | undefined;
  try {
    const { token, url } = await callAsShopper<SocketTicket>('/api/v1/socket-tickets', { method: 'POST' });
    await new Promise<void>((greeted, fail) => {
      setTimeout(() => fail(new Error('late')), SOCKET_WITHIN_MS);
      const socket = (opened = new WebSocket(url));
      socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token, events: [], attempts: [] }));
      socket.onmessage = ({ data }) => String(data).includes('"welcome"') && greeted();
      socket.onerror = socket.onclose = () => fail(new Error('closed'));
    });
    return { how: 'good', word: 'opens', ms: performance.now() - begun };
  } catch {
    return { how: 'warn', word: 'opensNot' };
  } finally {
    opened?.close();
  }
}

/** The page goes by the shop's clock, whatever the device's says. */
function clock(): Found {
  const off = Date.now() - now();
  if (Math.abs(off) < CLOCK_OFF_MS) return { how: 'good', word: 'clockRight' };
  return { how: 'warn', word: off > 0 ? 'clockFast' : 'clockSlow', ms: Math.abs(off) };
}

function notifications(): Found {
  if (!('Notification' in window)) return { how: 'note', word: 'notesNot' };
  switch (Notification.permission) {
    case 'granted':
      return { how: 'good', word: 'notesAllowed' };
    case 'denied':
      return { how: 'note', word: 'notesDenied' };
    default:
      return { how: 'note', word: 'notesUnasked' };
  }
}

async function screenOn(): Promise<Found> {
  try {
    const held = await navigator.wakeLock.request('screen');
    await held.release();
    return { how: 'good', word: 'stays' };
  } catch {
    return { how: 'note', word: 'staysNot' };
  }
}

/** For nobody: what the sale asks for is solved once it does. */
async function work(): Promise<Found> {
  const begun = performance.now();
  try {
    await (await import('../proof/solve')).solve();
    return { how: 'good', word: 'works', ms: performance.now() - begun };
  } catch {
    return { how: 'bad', word: 'worksNot' };
  }
}
