/** This browser, as its push service knows it. */
import type { PushWish } from '../types';

const WORKER = '/push.js';

/** Whether it can be told while the page is closed: not over plain HTTP, nor where somebody switched it off. */
export const canPush = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** What the server knows this browser by, if it is subscribed. */
export async function known(): Promise<string | undefined> {
  const subscription = await subscribed();
  return subscription ? digest(subscription.endpoint) : undefined;
}

/** Lets go of what was subscribed here, whoever did that: its push service takes nothing for it any more. */
export async function unsubscribe(): Promise<void> {
  // What the server knows of it, it forgets with the session.
  await (await subscribed().catch(() => undefined))?.unsubscribe().catch(() => undefined);
}

async function subscribed(): Promise<PushSubscription | null | undefined> {
  if (!canPush()) return undefined;
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return registration?.pushManager.getSubscription();
}

/**
 * Subscribes it, once its person has allowed that; nothing, when they have not.
 *
 * @throws when the browser, or its push service, cannot.
 */
export async function subscribe(key: string): Promise<PushWish | undefined> {
  if ((await Notification.requestPermission()) !== 'granted') return undefined;
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = await pushManager.subscribe(options).catch(async (error: unknown) => {
    // By another key: an installation from before. What it subscribed to comes to nobody.
    const old = await pushManager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint = '', keys = {} } = subscription.toJSON();
  return { endpoint, p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' };
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
