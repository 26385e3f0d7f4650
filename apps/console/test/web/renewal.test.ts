import { describe, expect, it } from '@jest/globals'
import { examplePlan } from '@mtls-gateway/contract'
import { nextLook } from '../../src/web/format/renewal.ts'

const now = Date.parse('2026-11-01T12:00:00Z')
const due = (seconds: number) => ({
  ...examplePlan,
  next: { step: 'request' as const, at: new Date(now + seconds * 1_000).toISOString() },
})

describe('when a page looks again', () => {
  it('is soon after a step is due, and at least each minute of the hour before', () => {
    expect(nextLook([due(-5)], now)).toBe(2_000)
    expect(nextLook([due(40), due(20), undefined], now)).toBe(20_000)
    expect(nextLook([due(600)], now)).toBe(60_000)
  })

  it('is never, where nothing is due within an hour or a plan waits for a person', () => {
    expect(nextLook([due(7_200)], now)).toBe(false)
    expect(nextLook([{ ...examplePlan, next: null, waitsFor: 'owners' }, undefined], now)).toBe(false)
    expect(nextLook([], now)).toBe(false)
  })
})
