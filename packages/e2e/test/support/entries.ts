import { fileURLToPath } from 'node:url'

/** The checkout's root. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url))

export const configApiEntry = `${root}apps/config-api/dist/main.js`
export const proberEntry = `${root}apps/config-api/dist/prober.js`
export const forwarderApiEntry = `${root}apps/forwarder-api/dist/main.js`
export const cliEntry = `${root}apps/cli/bin/mtls.js`
export const adminEntry = `${root}apps/config-api/dist/mtls-admin.js`
export const forwarderAdminEntry = `${root}apps/forwarder-api/dist/mtls-admin.js`
