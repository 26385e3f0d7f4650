import { Option } from '@commander-js/extra-typings'

/** How to sign in at an identity provider. */
export const providerOptions = {
  issuer: () => new Option('--issuer <url>', 'its issuer url (OpenID Connect)').env('MTLS_ISSUER'),
  clientId: () => new Option('--client-id <id>', 'client id of mtls there').env('MTLS_CLIENT_ID'),
  device: () => new Option('--device', 'sign in on any device by a code, instead of in a browser of this machine'),
  scope: () =>
    new Option('--scope <scopes>', 'scopes to ask for; default: openid offline_access mtls:read mtls:write').env(
      'MTLS_SCOPE',
    ),
  redirectUri: () =>
    new Option('--redirect-uri <uri>', 'where the browser comes back to; default: http://127.0.0.1/callback, any port'),
  resource: () => new Option('--resource <uri>', 'what to ask a token for (RFC 8707), if the provider has to be told'),
} as const
