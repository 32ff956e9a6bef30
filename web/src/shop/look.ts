/** Whose shop it is, as the server wrote it into the page. */
export const { name: shopName = 'Flashline', logo = '/images/flashline.svg', welcome, seller } = document.body.dataset;
