/** What commands read beside their options; as users read it. */
export const environmentVariables = {
  MTLS_ACCOUNT: 'instead of --account',
  MTLS_CONFIG_API: 'instead of --config-api',
  MTLS_FORWARDER_API: 'instead of --forwarder-api',
  MTLS_CONSOLE_URL: 'instead of --console-url',
  MTLS_ISSUER: 'instead of --issuer: the identity provider that login signs in at',
  MTLS_CLIENT_ID: 'instead of --client-id',
  MTLS_SCOPE: 'instead of --scope',
  MTLS_TOKEN: 'Bearer token, instead of the one from login',
  MTLS_APP_KEY: 'app key, instead of the one from login; needs MTLS_APP_SECRET',
  MTLS_APP_SECRET: 'secret of the app key',
  MTLS_PASSWORD: 'password of a PKCS#12 file, or passphrase of a key',
  MTLS_NOTICE_URL: 'url that notices are sent to, instead of --url-file',
  XDG_CONFIG_HOME: 'folder in which login writes mtls-gateway/login.json; default: ~/.config',
  NODE_EXTRA_CA_CERTS: 'PEM file of CAs to trust for the services, in addition to the well-known ones',
  BROWSER: 'program that opens pages, instead of the usual one of this machine',
  NO_COLOR: 'turns off colours',
} as const
