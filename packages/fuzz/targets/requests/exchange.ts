import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { pick, type Random } from '../../engine/random.ts'

/** From the last byte and the end of our side, on a busy machine. */
const deadlineMs = 20_000

/**
 * What comes back over a connection of its own; undefined if the other side neither answers nor closes. One byte a
 * character.
 */
export async function exchange(url: string, bytes: Buffer, random: Random): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  let text = ''
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  const late = setTimeout(() => resolve(undefined), deadlineMs)
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
  socket.end()
  const answers = await promise
  clearTimeout(late)
  socket.destroy()
  return answers
}
