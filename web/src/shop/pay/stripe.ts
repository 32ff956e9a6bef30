/** Stripe's script: what of it is used here, and its coming. It comes from Stripe alone, as Stripe asks, and only once. */
import { locale } from '../../i18n/locale';
import type { Gateway } from '../types';

interface Failed {
  error?: { message?: string };
}

export interface PaymentElement {
  mount(into: HTMLElement): void;
  unmount(): void;
  on(event: 'ready' | 'loaderror', then: () => void): void;
}

export interface Elements {
  create(type: 'payment', options: { paymentMethodOrder: string[] }): PaymentElement;
  /** Checks what was entered, and says what is wrong at the field. */
  submit(): Promise<Failed>;
}

export interface Stripe {
  elements(options: {
    mode: 'payment';
    amount: number;
    currency: string;
    captureMethod: 'manual';
    appearance: { theme: 'stripe' | 'night' };
  }): Elements;
  createConfirmationToken(options: {
    elements: Elements;
    params: { return_url: string };
  }): Promise<Failed & { confirmationToken?: { id: string } }>;
  /** Does what the bank asks for: shows its page, for instance. */
  handleNextAction(options: { clientSecret: string }): Promise<Failed>;
}

declare global {
  interface Window {
    Stripe?: (publishableKey: string, options: { locale: string }) => Stripe;
  }
}

/** Whether the server has what the script needs. Without it no form will come, however often it is asked for. */
export const isOffered = ({ publishable_key: key, script_url: url }: Gateway): boolean => !!key && !!url;

let coming: Promise<Stripe> | undefined;

export function stripe({ publishable_key: key = '', script_url: url = '' }: Gateway): Promise<Stripe> {
  coming ??= script(url).then(() => {
    if (!window.Stripe) throw new Error(`${url} brought no Stripe`);
    return window.Stripe(key, { locale });
  });
  // It may come the next time.
  coming.catch(() => (coming = undefined));
  return coming;
}

function script(url: string): Promise<void> {
  const element = document.createElement('script');
  element.src = url;
  return new Promise((come, fail) => {
    element.onload = () => come();
    element.onerror = () => (element.remove(), fail(new Error(`${url} did not come`)));
    document.head.append(element);
  });
}
