import { request } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { isIP } from 'node:net'
import { type EgressProxy, readEgressProxies } from '@mtls-gateway/service-kit'
import { type Check, type Finding, fail, ok, reasonOf } from '../../finding.ts'

const check = 'EGRESS_PROXIES_FILE'
const timeLimitMs = 5_000
/** For documentation (RFC 5737): nothing is there. A proxy asks for credentials before it tries. */
const nowhere = '192.0.2.1:443'

/** Whether each proxy answers, and takes the credentials. No target is called. */
export const egressProxies: Check<{ readonly egressProxiesFile: string | undefined }> = async ({ configuration }) => {
  const { egressProxiesFile: file } = configuration
  if (file === undefined) return []
  try {
    const proxies = [...readEgressProxies(file).values()].filter((proxy) => proxy !== null)
    const different = new Map(
      proxies.map((proxy) => [JSON.stringify([addressOf(proxy), proxy.ca, proxy.authorization]), proxy]),
    )
    return await Promise.all([...different.values()].map(askProxy))
  } catch (error) {
    return [fail(check, reasonOf(error), 'Correct the file: docs/production.md has an example.')]
  }
}

function addressOf({ host, port }: EgressProxy): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function askProxy(proxy: EgressProxy): Promise<Finding> {
  const address = addressOf(proxy)
  const fix = 'Check the url in the file, the network, and the rules of the proxy.'
  try {
    const status = await statusOf(proxy)
    if (status === undefined) return ok(check, `${address} takes connections, and refused no credentials in 5 s`)
    if (status !== 407) return ok(check, `${address} answers`)
    const refused = proxy.authorization === undefined ? 'it wants credentials' : 'it refuses the credentials'
    return fail(check, `${address}: ${refused}`, 'Correct username and password in the file.')
  } catch (error) {
    return fail(check, `${address} is not reached, or is no HTTP proxy: ${reasonOf(error)}`, fix)
  }
}

/** Undefined if it takes the connection, and does not answer in time. */
function statusOf({ host, port, ca, authorization }: EgressProxy): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { host: nowhere, ...(authorization !== undefined && { 'proxy-authorization': authorization }) }
  const options = { host, port, method: 'CONNECT', path: nowhere, headers, agent: false } as const
  const tls = {
    // By the name of the proxy: Node would take that of `Host`.
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: true, // said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off
  }
  const asked = ca === undefined ? request(options) : requestOverTls({ ...options, ...tls, ca })
  let isConnected = false
  asked.once('socket', (socket) =>
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () => {
      isConnected = true
    }),
  )
  const timer = setTimeout(() => {
    if (isConnected) resolve(undefined)
    else reject(new Error('no connection within 5 s'))
  }, timeLimitMs)
  // With any answer to CONNECT, Node hands over the socket: the request closes it no longer, nor gets its errors.
  asked.once('connect', ({ statusCode }, socket) => {
    socket.destroy()
    resolve(statusCode)
  })
  asked.once('error', reject)
  asked.end()
  return promise.finally(() => {
    clearTimeout(timer)
    asked.destroy()
  })
}
