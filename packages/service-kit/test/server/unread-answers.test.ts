import { afterEach, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { largeAnswer } from '../support/test-controller.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

const idleMs = 1_000

describe('a large answer', () => {
  it('comes whole, and says how long it is', async () => {
    service = await startTestService()
    const answer = await fetch(`${service.url}/large/get`)
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(largeAnswer)))
    expect((await answer.text()) === largeAnswer).toBe(true)
    const head = await fetch(`${service.url}/large/head`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, answer.headers.get('content-length')])
  })

  it('that nobody reads ends its connection', async () => {
    service = await startTestService({ limits: { idleMs } })
    const connection = new RawConnection(service.url)
    connection.socket.pause()
    connection.get('/large/silent')
    expect(await service.line({ event: 'request', path: '/large/silent' })).toMatchObject({ aborted: true })
    connection.socket.destroy()
  })

  it('that is read slowly comes whole, though that takes longer', async () => {
    service = await startTestService({ limits: { idleMs } })
    const { socket } = new RawConnection(service.url).get('/large/slow')
    const startedAt = performance.now()
    let characters = 0
    await new Promise<void>((resolve) => {
      socket.on('data', (text: string) => {
        characters += text.length
        if (characters >= largeAnswer.length) resolve()
        if (socket.isPaused()) return
        socket.pause()
        setTimeout(() => socket.resume(), 8)
      })
      socket.once('close', () => resolve())
    })
    expect(performance.now() - startedAt).toBeGreaterThan(idleMs)
    expect(characters).toBeGreaterThanOrEqual(largeAnswer.length)
    socket.destroy()
  })
})
