import { fileURLToPath } from 'node:url'

/** The checkout's root. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url))

export const configApiEntry = `${root}apps/config-api/dist/main.js`
export const proberEntry = `${root}apps/config-api/dist/prober.js`
export const forwarderApiEntry = `${root}apps/forwarder-api/dist/main.js`
export const cliEntry = `${root}apps/cli/bin/mtls.js`
export const gcCommand = `${root}apps/config-api/dist/cli/gc.js`
export const storeRestoredCommand = `${root}apps/config-api/dist/cli/store-restored.js`
export const tokenCommand = `${root}apps/config-api/dist/cli/token.js`
