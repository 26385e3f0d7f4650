import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

const request = (version = '1.1') => `GET / HTTP/${version}\r\nHost: a\r\n\r\n`

const open = (url: string) => {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true })
}

describe('a caller that leaves', () => {
  it.each([
    ['before its answer', '1.1', false, 'destroy'],
    ['before its answer', '1.0', false, 'destroy'],
    ['within its answer', '1.1', true, 'destroy'],
    // As nginx does, and any service of Node: nobody can tell whether such a caller still reads.
    ['before its answer, closing only its side', '1.1', false, 'end'],
    ['within its answer, closing only its side', '1.1', true, 'end'],
  ] as const)('ends its request: %s, HTTP/%s', async (_, version, isBegun, leave) => {
    const [arrived, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    service = await startTestService({
      claim: (_, response) => {
        if (isBegun) response.write('begun')
        arrived.resolve()
        response.once('close', () => ended.resolve())
        return true
      },
    })
    const socket = open(service.url)
    socket.write(request(version))
    await arrived.promise
    if (isBegun) await once(socket, 'data')
    socket[leave]()
    await ended.promise
    expect(await service.line({ event: 'request' })).toMatchObject({ aborted: true })
    socket.destroy()
  })
})
