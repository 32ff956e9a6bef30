/** The provider's script: what of it is used here, and its coming. Turnstile and hCaptcha offer the same calls to pages that show their widgets themselves. */
import { language } from '../../i18n/locale';
import type { HostedCheck } from '../types';

interface Api {
  render(into: HTMLElement, options: Record<string, unknown>): string;
  reset(widget: string): void;
  remove(widget: string): void;
}

declare global {
  interface Window {
    turnstile?: Api;
    hcaptcha?: Api;
    flashlineCheckIsThere?: () => void;
  }
}

export interface Widget {
  /** Has the shopper do it once more. */
  reset: () => void;
  remove: () => void;
}

interface Heard {
  /** The check was passed, as the provider will confirm. */
  token: (token: string) => void;
  /** It does not work in this browser, or not now. */
  failed: () => void;
}

/** What the check is for: the server compares it, where the provider gives it back. */
const ACTION = 'session';
/** A script that has not come by then may still come, after another try. */
const COMES_WITHIN_MS = 20_000;
/** Narrower, a widget of the usual size does not fit. */
const WIDTH_PX = 300;
const LANGUAGE = language === 'zh' ? 'zh-CN' : language;

let coming: Promise<Api> | undefined;

/** Shows the widget. Fails when the script does not come. */
export async function show({ script_url: url, site_key }: HostedCheck, into: HTMLElement, heard: Heard): Promise<Widget> {
  coming ??= script(url);
  // It may come the next time.
  coming.catch(() => (coming = undefined));
  const api = await coming;
  const widget = api.render(into, {
    sitekey: site_key,
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    size: into.clientWidth < WIDTH_PX ? 'compact' : 'normal',
    callback: heard.token,
    // That it is said here, Turnstile wants to be told.
    'error-callback': () => (heard.failed(), true),
    ...(api === window.turnstile ? { action: ACTION, language: LANGUAGE, 'response-field': false } : { hl: LANGUAGE }),
  });
  return { reset: () => api.reset(widget), remove: () => api.remove(widget) };
}

/** Both say by a callback of the page's, which their address names, that all of it is there. */
function script(address: string): Promise<Api> {
  const url = new URL(address);
  url.searchParams.set('render', 'explicit');
  url.searchParams.set('onload', 'flashlineCheckIsThere');
  const element = document.createElement('script');
  element.src = url.href;
  return new Promise((come, fail) => {
    const failed = (): void => {
      clearTimeout(late);
      element.remove();
      fail(new Error(`${address} did not come`));
    };
    const late = setTimeout(failed, COMES_WITHIN_MS);
    window.flashlineCheckIsThere = () => {
      clearTimeout(late);
      const api = window.turnstile ?? window.hcaptcha;
      return api ? come(api) : failed();
    };
    element.onerror = failed;
    document.head.append(element);
  });
}
