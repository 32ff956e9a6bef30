// A stand-in for the scripts of Turnstile (/api.js) and of hCaptcha (/1/api.js): what both offer to pages that show their widgets
// themselves. The widget is a frame with a box to tick.
(() => {
  const own = new URL(document.currentScript.src);
  const isTurnstile = !own.pathname.startsWith('/1/');
  const widgets = new Map();
  let count = 0;

  const load = ({ frame, options }) => {
    const query = new URLSearchParams({
      sitekey: options.sitekey,
      hostname: location.hostname,
      theme: options.theme ?? 'light',
      size: options.size ?? 'normal',
      ...(isTurnstile && options.action && { action: options.action }),
    });
    frame.src = `${own.origin}/frame?${query}`;
  };

  const render = (container, options) => {
    if (!(container instanceof HTMLElement)) throw new Error('no container');
    if (!options.sitekey) throw new Error('no sitekey');
    if (options.action !== undefined && !/^[\w-]{0,32}$/.test(options.action)) throw new Error('110420');
    const frame = document.createElement('iframe');
    frame.title = 'Widget of the hosted check';
    frame.style.border = '0';
    [frame.width, frame.height] = options.size === 'compact' ? [150, 140] : [300, 65];
    const id = isTurnstile ? `cf-chl-widget-${(count += 1)}` : String((count += 1));
    widgets.set(id, { frame, options });
    load(widgets.get(id));
    container.append(frame);
    return id;
  };

  addEventListener('message', ({ origin, source, data }) => {
    const widget = [...widgets.values()].find(({ frame }) => frame.contentWindow === source);
    if (origin !== own.origin || !widget) return;
    if (data.token) widget.options.callback(data.token);
    else widget.options['error-callback']?.(data.error);
  });

  window[isTurnstile ? 'turnstile' : 'hcaptcha'] = {
    render,
    reset: (id) => load(widgets.get(id)),
    remove: (id) => {
      widgets.get(id)?.frame.remove();
      widgets.delete(id);
    },
  };
  const ready = own.searchParams.get('onload');
  if (ready) setTimeout(() => window[ready]());
})();
