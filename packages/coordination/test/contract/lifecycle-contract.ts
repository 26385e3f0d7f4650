import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { Coordination } from '../../src/port.ts'
import { RecordingListener } from './recording-listener.ts'

export function lifecycleContract(open: () => Promise<Coordination>): void {
  describe('lifecycle', () => {
    it('answers a check', async () => {
      await expect((await open()).check()).resolves.toBeUndefined()
    })

    it('can be closed twice, with a follower', async () => {
      const coordination = await open()
      await coordination.changeFeed.follow(new RecordingListener())
      await coordination.close()
      await expect(coordination.close()).resolves.toBeUndefined()
    })

    it('does not stop the others when one is closed', async () => {
      const [closed, open1] = [await open(), await open()]
      await closed.close()
      await expect(open1.check()).resolves.toBeUndefined()
    })

    it('rejects with COORDINATION_UNAVAILABLE after it was closed', async () => {
      const { changeFeed, nonces, leases, presence, usage, check, close } = await open()
      const lease = await leases.acquire(randomUUID(), 60_000)
      await close()
      const notice = { account: parseAccountId('tenant'), revision: 1, revoked: [] }
      const unavailable = { code: 'COORDINATION_UNAVAILABLE' }
      await expect(check()).rejects.toMatchObject(unavailable)
      await expect(changeFeed.append(notice)).rejects.toMatchObject(unavailable)
      await expect(changeFeed.follow(new RecordingListener())).rejects.toMatchObject(unavailable)
      const claim = { appKey: 'tenant.key', nonce: 'n', timestamp: Math.floor(Date.now() / 1_000) + 60 }
      await expect(nonces.claim(claim)).rejects.toMatchObject(unavailable)
      await expect(leases.acquire('a', 1)).rejects.toMatchObject(unavailable)
      await expect(lease?.release()).rejects.toMatchObject(unavailable)
      const identity = { instance: randomUUID(), service: 'a', startedAt: new Date().toISOString() }
      const { promise: failure, resolve: onFailed } = Promise.withResolvers<unknown>()
      const membership = presence.join(identity, { epoch: () => undefined, served: () => undefined, onFailed })
      expect(await failure).toMatchObject(unavailable)
      await membership.leave()
      await expect(presence.live()).rejects.toMatchObject(unavailable)
      const entry = { account: notice.account, subject: 'a', calls: 1, at: Date.now() }
      await expect(usage.record([entry])).rejects.toMatchObject(unavailable)
      await expect(usage.of(notice.account)).rejects.toMatchObject(unavailable)
      await expect(presence.ofAccount(notice.account)).rejects.toMatchObject(unavailable)
    })
  })
}
