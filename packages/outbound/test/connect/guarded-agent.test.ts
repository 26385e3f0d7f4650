import { once } from 'node:events'
import { get } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { GuardedAgent } from '../../src/index.ts'

describe('a guarded agent', () => {
  let target: TestTarget

  beforeAll(async () => {
    target = await startTestTarget({ requireClientCertificate: false })
  })
  afterAll(() => target.close())

  const statusOf = async (agent: GuardedAgent, url: string) => {
    const [response] = await once(get(url, { agent }), 'response')
    response.resume()
    return response.statusCode
  }
  const local = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const

  it('reaches a target that it may reach, by name and by address, without a certificate', async () => {
    const agent = new GuardedAgent({ guard: local, extraCa: [target.ca] })
    expect(await statusOf(agent, `${target.url}/`)).toBe(200)
    expect(await statusOf(agent, `https://127.0.0.1:${target.port}/`)).toBe(200)
    expect(target.seen.map(({ clientCertificate }) => clientCertificate)).toEqual([null, null])
  })

  it.each([
    ['a private address', { allowCidrs: [], ports: 'any' } as const, 'TARGET_ADDRESS_REFUSED'],
    ['a port', { ...local, ports: [443] } as const, 'TARGET_PORT_REFUSED'],
  ])('does not reach %s that the guard refuses', async (_what, guard, code) => {
    const agent = new GuardedAgent({ guard, extraCa: [target.ca] })
    await expect(statusOf(agent, `https://127.0.0.1:${target.port}/`)).rejects.toMatchObject({ code })
  })

  it('does not reach a target that is not trusted', async () => {
    const agent = new GuardedAgent({ guard: local, extraCa: [] })
    await expect(statusOf(agent, `${target.url}/`)).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNABLE_TO|SELF_SIGNED)/),
    })
  })
})
