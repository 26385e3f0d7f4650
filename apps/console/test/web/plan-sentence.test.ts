import { describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import { type PlanFacts, planSentence } from '../../src/web/format/plan-sentence.ts'

const now = Date.parse('2026-11-01T12:00:00Z')
const mappings = ['a', 'b', 'c', 'd'].map((name) => ({ url: `https://${name}.example/`, enable: true }))

const plan: Plan = {
  profile: 'pki-client',
  source: null,
  renewAt: 0.66,
  test: 'auto',
  promote: 'auto',
  rollBack: 'auto',
  state: 'idle',
  next: { step: 'request', at: '2026-12-03T12:00:00Z' },
  waitsFor: null,
  attempts: 0,
  lastFailure: null,
}

function sentence(changed: Partial<Plan>, facts: Partial<PlanFacts> = {}): string {
  return planSentence({ plan: { ...plan, ...changed }, mappings, now, ...facts })
}

const soon = '2026-11-01T12:05:30Z'

describe('the sentence of a plan', () => {
  it('says when it renews, by whom, and all that follows', () => {
    expect(sentence({})).toBe('Renews on 3 December by pki-client, then tests 4 urls, then puts it in use.')
    expect(sentence({ promote: 'eachTarget' }, { mappings: mappings.slice(0, 2) })).toBe(
      'Renews on 3 December by pki-client, then tests 2 urls, then switches each of 2 mappings when its target accepts it.',
    )
    expect(sentence({ promote: 'manual', test: 'manual' })).toBe(
      'Renews on 3 December by pki-client, then waits for somebody to promote it.',
    )
  })

  it.each([
    [{ next: { step: 'request', at: '2027-02-01T12:00:00Z' } }, 'Renews on 1 February 2027 by pki-client, '],
    [{ next: { step: 'request', at: soon } }, 'Renews in 5 minutes by pki-client, '],
    [{ next: { step: 'order', at: soon }, state: 'ordered' }, 'Asks pki-client for it in 5 minutes, '],
    [{ next: { step: 'order', at: '2026-11-01T11:00:00Z' }, state: 'requested' }, 'Orders it from pki-client now, '],
    [{ next: { step: 'test', at: soon }, state: 'staged' }, 'Tests 4 urls in 5 minutes, then puts it in use.'],
    [{ next: { step: 'promote', at: soon }, state: 'tested' }, 'Puts it in use in 5 minutes.'],
    [{ next: null, waitsFor: 'owners' }, 'Waits for the owners of targets to register the next version.'],
  ] as const)('begins with what comes next: %j', (changed, words) => {
    expect(sentence(changed)).toContain(words)
  })

  it('says that it takes what a source has', () => {
    const sourced = { profile: null, source: 'mounted' }
    expect(sentence({ ...sourced, next: null })).toBe('Takes what is new in mounted.')
    const next = { step: 'fetch', at: soon } as const
    expect(sentence({ ...sourced, next })).toBe(
      'Looks into mounted again in 5 minutes, then tests 4 urls, then puts it in use.',
    )
  })

  it('leaves out a test where there is nothing to test', () => {
    const patterns = [{ url: 'https://a.example/*', enable: true }]
    expect(sentence({}, { mappings: patterns })).toBe('Renews on 3 December by pki-client, then puts it in use.')
    expect(sentence({ test: 'manual' }, { mappings: [] })).toContain('by pki-client, then puts it in use.')
    expect(sentence({ test: 'manual' })).toContain('then waits for somebody to test it, then puts it in use.')
  })

  it('counts those that are left, and nothing that it does not know', () => {
    const facts = { mappings: undefined }
    expect(sentence({ promote: 'eachTarget' }, facts)).toContain('then switches each of its mappings when')
    expect(sentence({ promote: 'eachTarget' }, { ...facts, left: 1 })).toContain(
      'then switches 1 mapping when its target accepts it.',
    )
  })
})
