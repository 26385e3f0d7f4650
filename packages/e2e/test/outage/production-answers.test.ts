import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { itLeavesNoOrphan, itRidesOut, ridingOut } from '../support/outage-behaviour.ts'
import { System } from '../support/system.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

describe('a Vault for which something else answers', () => {
  let target: TestTarget
  let identity: IssuedCertificate
  let proxy: FaultyProxy
  let system: System

  beforeAll(async () => {
    target = await startTestTarget()
    identity = await target.clientCa.issue({ commonName: 'mapped' })
    proxy = await startFaultyProxy(vaultOfTheRun().address)
    const env = { VAULT_ADDR: proxy.address }
    system = await System.start({ targets: [target], env, ...ridingOut })
  })

  afterAll(async () => {
    await system?.stop()
    await proxy?.close()
    await target?.close()
  })

  const scene = () => ({ system, identity, targetUrl: `${target.url}/` })

  itRidesOut('is redirected elsewhere (307)', scene, {
    begin: () => proxy.breakBy('redirect'),
    end: () => proxy.mend(),
  })

  itRidesOut('is answered for byte by byte, far beyond the deadline', scene, {
    begin: () => proxy.breakBy('drip'),
    end: () => proxy.mend(),
  })

  itRidesOut('is answered for by a page of HTML with status 200', scene, {
    begin: () => proxy.breakBy('html'),
    end: () => proxy.mend(),
  })

  describe('where a redirect points', () => {
    it('no request, and with it no token, goes there', () => {
      expect(proxy.strays).toBe(0)
    })
  })

  itLeavesNoOrphan(scene)
})
