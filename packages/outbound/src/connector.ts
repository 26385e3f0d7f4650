import type { buildConnector } from 'undici'
import { type Connected, ConnectionAttempt, type ConnectionOptions } from './connection-attempt.ts'

/**
 * Opens the connections of one caller, in place of undici's connector: that one hands `blockList` to `tls.connect`, which
 * ignores it, keeps TLS sessions, and takes the server name from a Host header.
 */
export function createConnector(options: ConnectionOptions): buildConnector.connector {
  return ({ protocol, hostname, port }, callback) => {
    // undici's callback is one of [null, socket] and [error, null]; so is ours, below.
    const done = callback as Connected
    if (protocol !== 'https:') throw new TypeError('targets are https: urls')
    const attempt = new ConnectionAttempt(options, hostname, port === '' ? 443 : Number(port), done)
    return attempt.start()
  }
}
