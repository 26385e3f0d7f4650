import { once } from 'node:events'
import { connect } from 'node:net'
import { inParallel } from '../scale/pace.ts'
import type { Call, Subject } from '../subject.ts'

const atOnce = 32

/** Calls once with each identity, over connections of its own to the subject. @throws Error if an answer is not 200 */
export async function callOnce(subject: Subject, call: Call): Promise<void> {
  const { hostname, port } = new URL(subject.url)
  await inParallel(subject.requests({ ...call, closes: true }, call.identities), atOnce, async (request) => {
    const socket = connect({ host: hostname, port: Number(port) }).setEncoding('latin1')
    let answer = ''
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.write(request)
    await once(socket, 'close')
    if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`${subject.name} answered ${answer.slice(0, 100)}`)
  })
}
