import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { createCa } from '@mtls-gateway/test-kit'
import { contextLimits, createTargetTrust, type UpstreamPools } from '../../src/index.ts'
import { acme, globex, openUpstreamPools } from '../support/outbound-fixture.ts'

const tooMany = expect.objectContaining({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 })

describe('contexts that are made for ever other lists of large CAs', () => {
  let caCertificates: string
  let upstreams: UpstreamPools
  let making: Bulkhead

  beforeAll(async () => {
    const cas = await Promise.all(Array.from({ length: 10 }, (_, n) => createCa({ name: `${n}`.padEnd(5_500, 'x') })))
    caCertificates = cas.map(({ certificate }) => certificate).join('')
  })
  afterEach(async () => {
    making.close()
    await upstreams.destroy()
  })

  const open = () => {
    making = new Bulkhead('tls-contexts', { ...contextLimits, cooledPerSecond: 1_024 })
    upstreams = openUpstreamPools({ makingContexts: making })
  }
  const use = (accountId: AccountId, list: number) =>
    upstreams.acquire({ accountId, trust: createTargetTrust({ caCertificates }, `${list}`) }, 'https://localhost')

  it('are refused beyond what an account may have made, and others have theirs', () => {
    open()
    let made = 0
    const makeAll = () => {
      for (; made < 30; made++) use(acme, made)
    }
    expect(makeAll).toThrow(tooMany)
    // A megabyte each.
    expect(made).toBeGreaterThan(10)
    expect(made).toBeLessThan(20)
    expect(use(globex, 0)).toBeDefined()
    expect(making.state().refused).toBe(1)
  })

  it('cost nothing where there is one already', () => {
    open()
    for (let n = 0; n < 100; n++) use(acme, 0)
    expect(making.state().refused).toBe(0)
  })
})
