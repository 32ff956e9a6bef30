/** Who this shopper is, for all tabs of the browser. */
import { call, Problem, type Call } from '../shared/api';

interface Session {
  token: string;
  expires_at_ms: number;
}

const KEY = 'flashline.session';

function stored(): Session | undefined {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '') as Session;
  } catch {
    return undefined;
  }
}

/** Tabs that open together must not become two shoppers. */
async function token(): Promise<string> {
  const known = stored();
  if (known) return known.token;
  const open = async (): Promise<string> => {
    const meanwhile = stored();
    if (meanwhile) return meanwhile.token;
    const session = await call<Session>('/api/v1/sessions', { method: 'POST' });
    localStorage.setItem(KEY, JSON.stringify(session));
    return session.token;
  };
  return 'locks' in navigator ? navigator.locks.request(KEY, open) : open();
}

/** A call as this shopper. A session that the server no longer takes is opened anew, once. */
export async function callAsShopper<T>(path: string, options: Call = {}): Promise<T> {
  const mine = await token();
  try {
    return await call<T>(path, { ...options, token: mine });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    if (stored()?.token === mine) localStorage.removeItem(KEY);
    return call<T>(path, { ...options, token: await token() });
  }
}
