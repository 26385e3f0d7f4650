import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** `npm run faults` can run the services of another checkout, to see what they did before. */
const services = process.env.E2E_SERVICES === undefined ? root : `${resolve(process.env.E2E_SERVICES)}/`

export const configApiEntry = `${services}apps/config-api/dist/main.js`
export const proberEntry = `${services}apps/config-api/dist/prober.js`
export const forwarderApiEntry = `${services}apps/forwarder-api/dist/main.js`
export const consoleEntry = `${services}apps/console/dist/main.js`
export const cliEntry = `${root}apps/cli/bin/mtls.js`
export const adminEntry = `${root}apps/config-api/dist/mtls-admin.js`
export const forwarderAdminEntry = `${root}apps/forwarder-api/dist/mtls-admin.js`
export const consoleAdminEntry = `${root}apps/console/dist/mtls-admin.js`
