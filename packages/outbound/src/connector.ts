import { ConnectionAttempt, type ConnectionOptions } from './connection-attempt.ts'
import type { Connect } from './http1/target-pool.ts'

/** Opens the connections of one caller. */
export function createConnector(options: ConnectionOptions): Connect {
  return (hostname, port, done) => {
    const attempt = new ConnectionAttempt(options, hostname, port, done)
    attempt.start()
    return attempt
  }
}
