// An OpenID provider to test with: `serve.mjs PORT REDIRECT_URI`. Whoever types a name is the account of that name, with any password. Its packages
// are those of `web/`.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const [port, redirectUri] = process.argv.slice(2);
const client = { redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code'] };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { ...client, client_id: 'flashline', client_secret: 'a secret: of+the%testbed' },
    { ...client, client_id: 'flashline-public', token_endpoint_auth_method: 'none' },
  ],
  cookies: { keys: ['a key of the testbed'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // Nobody is asked whether Flashline may know who they are.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});
provider.listen(Number(port), '127.0.0.1');
