import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { withinOwnTime } from '../../engine/own-time.ts'
import { pick, type Random } from '../../engine/random.ts'

/** Counted from the last byte and our end of the connection, on a busy machine. */
const deadlineMs = 20_000
/**
 * Without a byte, until this side is closed. That gives up what is still unanswered, so a longer time would see more
 * answers, of fewer requests.
 */
const quietMs = 20

/**
 * The answer over its own connection, one character per byte; undefined if the other side neither answers nor closes.
 */
export async function exchange(url: string, bytes: Buffer, random: Random): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  socket
    .on('data', (data) => {
      text += data.toString('latin1')
    })
    .on('error', () => {})
    .on('end', () => socket.destroy())
    .on('close', () => resolve(text))
  for (let at = 0; at < bytes.length && !socket.destroyed; ) {
    const length = 1 + random(pick(random, [4, 100, 2_000, bytes.length]))
    socket.write(bytes.subarray(at, at + length))
    at += length
    await setImmediate()
  }
  socket.setTimeout(quietMs, () => socket.end())
  const answers = await withinOwnTime(promise, deadlineMs)
  socket.destroy()
  return answers
}
