/** Runs commands: a client, or the link that may have one. */
export interface CommandSender {
  /** `key` tells a cluster which node to use. The reply has the form of RESP2. */
  send(key: string, words: readonly string[]): Promise<unknown>
}

/** An open connection. It does not reconnect: whoever hears that it is lost makes a new one. */
export interface RedisClient extends CommandSender {
  /** A name of the server that has this key. */
  serverOf(key: string): string
  /** Every server's reply to a command without a key. */
  sendToAll(words: readonly string[]): Promise<readonly unknown[]>
  destroy(): void
}

export interface Connecting {
  /** Ends connecting: connections that open later are destroyed. */
  readonly signal: AbortSignal
  /** A connection has failed. May be called several times, also while connecting. */
  readonly onLost: (error: unknown) => void
}

export type ConnectRedis = (connecting: Connecting) => Promise<RedisClient>

/** What node-redis' clients of one node and of a cluster have in common. */
interface Connectable {
  connect(): Promise<unknown>
  destroy(): void
}

/** Connects unless the signal aborts it. A connection that opens after that is destroyed. */
export async function connectUntil(client: Connectable, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => {
    client.destroy()
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const connecting = client.connect()
  try {
    await Promise.race([connecting, aborted])
  } catch (error) {
    // A TCP connection that is under way is not ended by `destroy`, but can be once it is there.
    connecting.catch(() => undefined).then(() => client.destroy())
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Connects and prepares; whatever fails, or if the signal aborts it, no connection stays. */
export async function openConnection(
  connect: ConnectRedis,
  prepare: ((client: CommandSender) => Promise<void>) | undefined,
  connecting: Connecting,
): Promise<RedisClient> {
  const { signal } = connecting
  const client = await connect(connecting)
  try {
    // The caller may have given up waiting, and then nobody else would destroy the client.
    signal.addEventListener('abort', () => client.destroy(), { once: true })
    signal.throwIfAborted()
    await prepare?.(client)
    return client
  } catch (error) {
    client.destroy()
    throw error
  }
}

export class DeadlineError extends Error {
  readonly code = 'TIMEOUT'
}

/** Settles like `work`, or rejects with the code `TIMEOUT` after `ms`. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  // After a stall of this process the timer fires before the reply that waits in the socket, so that is read first.
  const timer = setTimeout(() => setImmediate(reject, new DeadlineError(`no answer within ${ms} ms`)), ms)
  work.then(resolve, reject).finally(() => clearTimeout(timer))
  return promise
}
