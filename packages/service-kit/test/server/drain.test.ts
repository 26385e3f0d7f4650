import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from '@jest/globals'
import { RawConnection, requestOf } from '../support/raw-connection.ts'
import { startTestService } from '../support/test-service.ts'

/**
 * A service whose requests to /hold and /stream wait for `release`; the latter have begun their answer. Those to /late
 * are answered later.
 */
async function startHoldingService(graceText = '20s', pauseText = '0s') {
  const released = Promise.withResolvers<void>()
  const held = { count: 0 }
  const service = await startTestService(
    {
      claim: (request, response) => {
        if (request.url === '/late') {
          setTimeout(() => response.end('late'), 100)
          return true
        }
        if (request.url !== '/hold' && request.url !== '/stream') return false
        held.count += 1
        if (request.url === '/stream') response.write('begun')
        void released.promise.then(() => response.end('done'))
        return true
      },
    },
    { SHUTDOWN_GRACE: graceText, SHUTDOWN_PAUSE: pauseText },
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
    const { service, release } = await startHoldingService()
    const connection = new RawConnection(service.url).get('/stream')
    await connection.until('begun')
    const stopped = service.stop()
    connection.send(requestOf('/health/ready'))
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

  it('answers the requests that wait behind the last one that is answered', async () => {
    const { service, release } = await startHoldingService()
    // Its answer has begun, so that it can't say that the connection closes.
    const streaming = new RawConnection(service.url).get('/stream')
    await streaming.until('begun')
    streaming.send(requestOf('/late'))
    await fetch(`${service.url}/health/live`)
    const stopped = service.stop()
    // Until it waits for what is open.
    await delay(200)
    release()
    await Promise.all([stopped, streaming.closed])
    expect(streaming.text).toMatch(/done[\s\S]*late/)
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'stopped', requestsCut: 0 }))
  })

  it('does not wait for a request whose caller has gone', async () => {
    const { service, held } = await startHoldingService()
    const connection = new RawConnection(service.url).get('/stream').get('/hold')
    while (held.count < 1) await fetch(`${service.url}/health/live`)
    connection.socket.destroy()
    await service.stop()
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'stopped', requestsCut: 0 }))
  })

  it('stops once, however often it is told', async () => {
    const { service } = await startHoldingService()
    await Promise.all([service.stop(), service.stop()])
    expect(service.lines.filter(({ event }) => event === 'stopped')).toHaveLength(1)
  })

  it('answers a request that has come just before on a kept connection', async () => {
    const { service } = await startHoldingService()
    const kept = new RawConnection(service.url).get('/health/live')
    await kept.until('{"status":"ok"}')
    kept.get('/health/ready')
    await Promise.all([service.stop(), kept.closed])
    expect(kept.text).toMatch(/503 Service Unavailable.*connection: close.*"stopping"/is)
  })

  it('answers the first request of a connection that was accepted before', async () => {
    const { service } = await startHoldingService()
    const fresh = new RawConnection(service.url)
    await once(fresh.socket, 'connect')
    // The service has accepted it by the time that it answers another one.
    await fetch(`${service.url}/health/live`)
    const stopped = service.stop()
    await delay(50)
    fresh.get('/health/live')
    await Promise.all([stopped, fresh.closed])
    expect(fresh.text).toMatch(/200 OK.*connection: close/is)
  })
})

describe('the pause before a stop', () => {
  const pauseMs = 500
  /** All that has to happen in it does, on a machine that stands still for a while. No test waits for its end. */
  const longPause = '4s'
  const stops: Promise<void>[] = []
  afterAll(() => Promise.all(stops))

  it('serves as before, unready, on new connections too, and its answers close their connections', async () => {
    const { service, release } = await startHoldingService('20s', longPause)
    release()
    const kept = new RawConnection(service.url).get('/health/live')
    await kept.until('{"status":"ok"}')
    expect(kept.text).not.toMatch(/connection: close/i)
    stops.push(service.stop())
    kept.get('/hold')
    await kept.closed
    expect(kept.text).toMatch(/connection: close.*done$/is)
    for (const [path, status] of Object.entries({ '/health/ready': 503, '/health/live': 200, '/nowhere': 404 })) {
      const response = await fetch(service.url + path)
      expect([path, response.status, response.headers.get('connection')]).toEqual([path, status, 'close'])
    }
  })

  it('leaves connections alone that are idle, until it is over, and then takes no new ones', async () => {
    const { service } = await startHoldingService('20s', `${pauseMs}ms`)
    const idle = new RawConnection(service.url).get('/health/live')
    await idle.until('{"status":"ok"}')
    const began = performance.now()
    const stopped = service.stop()
    await idle.closed
    expect(performance.now() - began).toBeGreaterThan(pauseMs - 10)
    await stopped
    await expect(fetch(`${service.url}/health/live`)).rejects.toThrow()
  })

  it('answers the request that it carries out, and none that was sent behind that', async () => {
    const { service, held, release } = await startHoldingService('20s', longPause)
    const connection = new RawConnection(service.url).get('/hold').get('/hold')
    while (held.count < 1) await delay(5)
    stops.push(service.stop())
    release()
    await connection.closed
    expect(connection.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(1)
    expect(connection.text).toMatch(/connection: close.*done$/is)
    expect(held.count).toBe(1)
  })

  it('tells callers to leave whose bodies it asks for with a 100', async () => {
    const wanted = Promise.withResolvers<void>()
    let come = 0
    const service = await startTestService(
      {
        claim: (request, response) => {
          if (request.url !== '/upload') return false
          come += 1
          void wanted.promise.then(() => request.resume().on('end', () => response.end('done')))
          return true
        },
      },
      { SHUTDOWN_GRACE: '20s', SHUTDOWN_PAUSE: longPause },
    )
    const upload = () =>
      new RawConnection(service.url).send(
        'POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
      )
    const before = upload()
    while (come < 1) await delay(5)
    stops.push(service.stop())
    const during = upload()
    while (come < 2) await delay(5)
    wanted.resolve()
    for (const connection of [before, during]) {
      await connection.until('100 Continue')
      connection.send('ab')
      await connection.until('done')
    }
    for (const { text } of [before, during]) expect(text).toMatch(/200 OK.*connection: close.*done/is)
  })

  it('carries out no request that comes after the answer which closes its connection', async () => {
    const { service, held, release } = await startHoldingService('20s', longPause)
    stops.push(service.stop())
    const connection = new RawConnection(service.url).get('/stream')
    await connection.until('begun')
    connection.get('/hold')
    await fetch(`${service.url}/health/live`)
    release()
    await connection.closed
    expect(held.count).toBe(1)
  })
})
