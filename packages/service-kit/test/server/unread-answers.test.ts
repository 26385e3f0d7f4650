import { afterEach, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

/** More than the systems on both ends buffer for a caller that reads nothing. */
const answer = Buffer.alloc(32 * 1024 * 1024, 'x')

function start(unreadMs: number): Promise<TestService> {
  return startTestService({
    limits: { unreadMs },
    claim: (_, response) => {
      response.end(answer)
      return true
    },
  })
}

describe('an answer', () => {
  it('that nobody reads ends its connection', async () => {
    service = await start(300)
    const connection = new RawConnection(service.url)
    connection.socket.pause()
    connection.get('/silent')
    expect(await service.line({ event: 'request', path: '/silent' })).toMatchObject({ aborted: true })
    connection.socket.destroy()
  })

  it('that nobody reads ends its connection, others that wait behind it among them', async () => {
    service = await start(300)
    const connection = new RawConnection(service.url)
    connection.socket.pause()
    connection.get('/first').get('/second')
    expect(await service.line({ event: 'request', path: '/first' })).toMatchObject({ aborted: true })
    expect(await service.line({ event: 'request', path: '/second' })).toMatchObject({ aborted: true })
    connection.socket.destroy()
  })

  it('that is read slowly comes whole, though that takes longer', async () => {
    const unreadMs = 1_500
    service = await start(unreadMs)
    const { socket } = new RawConnection(service.url).get('/slow')
    const startedAt = performance.now()
    let bytes = 0
    await new Promise<void>((resolve) => {
      socket.on('data', (text: string) => {
        bytes += text.length
        if (bytes >= answer.length) resolve()
        if (socket.isPaused()) return
        socket.pause()
        setTimeout(() => socket.resume(), 8)
      })
      socket.once('close', () => resolve())
    })
    expect(performance.now() - startedAt).toBeGreaterThan(unreadMs)
    expect(bytes).toBeGreaterThanOrEqual(answer.length)
    socket.destroy()
  })
})
