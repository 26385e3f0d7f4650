import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { Coordination, NonceClaim } from '../../src/port.ts'

export function nonceContract(open: () => Promise<Coordination>): void {
  describe('nonces', () => {
    it('takes a nonce once', async () => {
      const { nonces } = await open()
      const claim = someClaim()
      expect(await nonces.claim(claim)).toBe('fresh')
      expect(await nonces.claim(claim)).toBe('replayed')
      expect(await nonces.claim({ ...claim })).toBe('replayed')
    })

    it('takes one of many simultaneous claims of a nonce', async () => {
      const { nonces } = await open()
      const claim = someClaim()
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => nonces.claim(claim)))
      expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(1)
      expect(verdicts.filter((verdict) => verdict === 'replayed')).toHaveLength(19)
    })

    it('takes the same nonce with another app key or timestamp', async () => {
      const { nonces } = await open()
      const claim = someClaim()
      await nonces.claim(claim)
      expect(await nonces.claim({ ...claim, appKey: `${claim.appKey}x` })).toBe('fresh')
      expect(await nonces.claim({ ...claim, timestamp: claim.timestamp + 1 })).toBe('fresh')
    })

    it('tells app key and nonce apart wherever one ends and the other begins', async () => {
      const { nonces } = await open()
      const { appKey, nonce, timestamp } = someClaim()
      await nonces.claim({ appKey: `${appKey}a`, nonce: `b${nonce}`, timestamp })
      expect(await nonces.claim({ appKey, nonce: `ab${nonce}`, timestamp })).toBe('fresh')
      expect(await nonces.claim({ appKey: `${appKey}ab`, nonce, timestamp })).toBe('fresh')
    })

    it('takes any text as a nonce', async () => {
      const { nonces } = await open()
      const claim = someClaim()
      for (const nonce of ['', ' ', ':', '__proto__', 'é\u0000\n', 'x'.repeat(4_096)]) {
        expect(await nonces.claim({ ...claim, nonce })).toBe('fresh')
        expect(await nonces.claim({ ...claim, nonce })).toBe('replayed')
      }
    })
  })
}

function someClaim(): NonceClaim {
  return { appKey: `tenant.${randomUUID()}`, nonce: randomUUID(), timestamp: Math.floor(Date.now() / 1_000) + 60 }
}
