// The shop's calls of Flashline: each may be made again, and is while nobody knows what came of it.
export const FLASHLINE = process.env.FLASHLINE_URL ?? 'http://127.0.0.1:8080';
const TOKEN = process.env.SHOP_TOKEN;
if (!TOKEN) throw new Error('SHOP_TOKEN is missing: an API token of the role shop');
/** How long Flashline may take for an answer; how often the same call is made, and the longest pause between. */
const ANSWERED_WITHIN_MS = 12_000;
const TRIES = 3;
const PAUSE_MAX_S = 5;

/** Nobody knows yet, and the same call has the answer later. No answer says as little as 503. */
export const isOpen = ({ status }) => status === 429 || status >= 500;

/** Makes a call, and while its outcome is open the same call again, after as long as Flashline asks for; then gives up. */
export async function flashline(reservation, verb, body) {
  for (let tries = 1; ; tries += 1) {
    const said = await call(reservation, verb, body);
    if (!isOpen(said) || tries === TRIES) return said;
    await new Promise((go) => setTimeout(go, Math.min(said.retryAfter || 1, PAUSE_MAX_S) * 1_000));
  }
}

async function call(reservation, verb, body) {
  try {
    const answer = await fetch(`${FLASHLINE}/api/v1/shop/reservations/${reservation}/${verb}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
    });
    return { status: answer.status, retryAfter: Number(answer.headers.get('Retry-After')), body: await answer.json() };
  } catch (error) {
    console.error(`${verb} ${reservation}: ${error.message}`);
    return { status: 503, body: {} };
  }
}
