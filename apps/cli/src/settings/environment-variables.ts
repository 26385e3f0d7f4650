/** What commands read beside their options; as users read it. */
export const environmentVariables = {
  MTLS_ACCOUNT: 'instead of --account',
  MTLS_CONFIG_API: 'instead of --config-api',
  MTLS_FORWARDER_API: 'instead of --forwarder-api',
  MTLS_TOKEN: 'Bearer token, instead of the one that was kept by login',
  MTLS_APP_KEY: 'app key, instead of the one that was kept by login; with MTLS_APP_SECRET',
  MTLS_APP_SECRET: 'secret of the app key',
  MTLS_PASSWORD: 'password of a PKCS#12 file, passphrase of a key',
  XDG_CONFIG_HOME: 'where login keeps mtls-gateway/login.json; ~/.config unless set',
  NODE_EXTRA_CA_CERTS: 'PEM file of CAs that the certificates of the services come from, beside the well-known ones',
  NO_COLOR: 'no colours on a terminal',
} as const
