import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService } from '../support/test-service.ts'

/** A service whose requests to /hold and /stream wait for `release`; the latter have begun their answer. */
async function startHoldingService(graceText = '20s') {
  const released = Promise.withResolvers<void>()
  const held = { count: 0 }
  const service = await startTestService(
    {
      claim: (request, response) => {
        if (request.url !== '/hold' && request.url !== '/stream') return false
        held.count += 1
        if (request.url === '/stream') response.write('begun')
        void released.promise.then(() => response.end('done'))
        return true
      },
    },
    { SHUTDOWN_GRACE: graceText },
  )
  return { service, held, release: () => released.resolve() }
}

describe('a service that is told to stop', () => {
  it('lets requests in flight end, and says in their answers that the connection closes', async () => {
    const { service, held, release } = await startHoldingService()
    const answer = fetch(`${service.url}/hold`)
    while (held.count === 0) await fetch(`${service.url}/health/live`)
    const stopped = service.stop()
    release()
    const response = await answer
    expect(response.headers.get('connection')).toBe('close')
    expect(await response.text()).toBe('done')
    await stopped
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'stopped', requestsCut: 0 }))
  })

  it('takes no new connections and closes those that are idle at once', async () => {
    const { service, release } = await startHoldingService()
    const idle = new RawConnection(service.url).get('/health/live')
    await idle.until('200 OK')
    const streaming = new RawConnection(service.url).get('/stream')
    await streaming.until('begun')
    const stopped = service.stop()
    await idle.closed
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow()
    expect(streaming.text).not.toContain('done')
    release()
    await Promise.all([stopped, streaming.closed])
    expect(streaming.text).toContain('done')
  })

  it('is unready at once, also to those who are still connected', async () => {
    const { service, held, release } = await startHoldingService()
    const connection = new RawConnection(service.url).get('/stream')
    await connection.until('begun')
    const stopped = service.stop()
    connection.get('/health/ready').get('/hold')
    while (held.count < 2) await delay(5)
    release()
    await Promise.all([stopped, connection.closed])
    expect(connection.text).toContain('503 Service Unavailable')
    expect(connection.text).toContain('{"status":"stopping","checks":{}}')
    expect(connection.text).toMatch(/connection: close/i)
  })

  it('cuts what does not end within the grace, and tells how many', async () => {
    const { service } = await startHoldingService('50ms')
    const connection = new RawConnection(service.url).get('/stream')
    await connection.until('begun')
    await service.stop()
    await connection.closed
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'stopped', requestsCut: 1 }))
  })

  it('does not wait for a request whose caller has gone', async () => {
    const { service, held } = await startHoldingService()
    const connection = new RawConnection(service.url).get('/stream').get('/hold')
    while (held.count < 2) await fetch(`${service.url}/health/live`)
    connection.socket.destroy()
    await service.stop()
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'stopped', requestsCut: 0 }))
  })

  it('stops once, however often it is told', async () => {
    const { service } = await startHoldingService()
    await Promise.all([service.stop(), service.stop()])
    expect(service.lines.filter(({ event }) => event === 'stopped')).toHaveLength(1)
  })
})
