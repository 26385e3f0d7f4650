import { describe, expect, it } from '@jest/globals'
import { admit } from '../../src/index.ts'
import { TurnedCounter } from '../support/turned-counter.ts'

describe('admit', () => {
  it('answers at once where the counter does, and throws RATE_LIMITED with the time to wait', () => {
    const counter = new TurnedCounter(1)
    expect(admit(counter, '192.0.2.1')).toBeUndefined()
    expect(() => admit(counter, '192.0.2.1')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterSeconds: 1 }),
    )
    expect(admit(counter, '192.0.2.2')).toBeUndefined()
  })

  it('rejects where the counter answers by a promise', async () => {
    const counter = { admit: async () => ({ admitted: false, retryAfterMs: 20 }) }
    await expect(admit(counter, '192.0.2.1')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('counts the addresses of one IPv6 network together', () => {
    const counter = new TurnedCounter(1)
    void admit(counter, '2001:db8::1')
    expect(() => admit(counter, '2001:db8::2')).toThrow()
  })
})
