// What localstripe's stand-in for Stripe.js lacks of what the shop's page uses: the Payment Element (here its card element),
// confirmation tokens (its tokens), next actions (its dialog of 3-D Secure). Served behind it, as one script.
(() => {
  const standIn = window.Stripe;
  window.Stripe = (publishableKey) => {
    const stripe = standIn(publishableKey);
    return {
      elements: ({ mode, amount, currency, captureMethod }) => {
        if (mode !== 'payment' || !Number.isInteger(amount) || currency !== currency.toLowerCase() || captureMethod !== 'manual') {
          throw new Error('not as the Payment Element wants it');
        }
        const elements = stripe.elements();
        let card;
        return {
          create: (type) => {
            if (type !== 'payment') throw new Error(`no ${type} element here`);
            card = elements.create('card');
            return {
              mount: (into) => card.mount(into),
              unmount: () => card.unmount(),
              on: (event, then) => event === 'ready' && queueMicrotask(then),
            };
          },
          submit: async () =>
            card.value?.card.number ? {} : { error: { message: 'Your card number is incomplete.' } },
          card: () => card,
        };
      },
      createConfirmationToken: async ({ elements, params }) => {
        if (!params.return_url) throw new Error('a return_url is needed');
        const { error, token } = await stripe.createToken(elements.card());
        return error ? { error } : { confirmationToken: { id: `ctoken_${token.card.id}` } };
      },
      handleNextAction: ({ clientSecret }) => stripe.confirmCardPayment(clientSecret),
    };
  };
})();
