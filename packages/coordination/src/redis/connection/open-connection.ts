import type { CommandSender, Connecting, ConnectRedis, RedisClient } from './redis-client.ts'

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
