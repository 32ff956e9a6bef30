// What the shop shows. Nothing of Flashline is in here.
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export const money = (minor, currency) => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
};

export const time = (at) => at.toLocaleTimeString('en', { hour12: false });

/** A button. */
export const ask = (verb, purchase, text) =>
  `<form method="post" action="/${verb}"><input type="hidden" name="purchase" value="${escaped(purchase)}"><button>${escaped(text)}</button></form>`;

/** Where what became of it is told. */
export const back = (flashline, event) =>
  `<p><a href="${escaped(event ? `${flashline}/sales/${event}` : flashline)}">Back to the sale</a></p>`;

export const page = (status, title, texts, actions) => ({
  status,
  html: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>body { font: 1.1rem system-ui; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }
button { font: inherit; padding: .5rem 1rem; margin: .25rem 0 }</style>
<h1>${escaped(title)}</h1>${texts.map((text) => `<p>${escaped(text)}</p>`).join('')}${actions.join('')}`,
});
