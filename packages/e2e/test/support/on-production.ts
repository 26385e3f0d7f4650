/** Loaded before a file that is run on Vault and Redis. */
process.env.E2E_BACKENDS = 'production'
