import { describe, expect, it } from '@jest/globals'
import { hotIdentityHeapBytes } from '@mtls-gateway/outbound'
import { mebibyte } from '@mtls-gateway/service-kit'
import { forwarderMemory } from '../../src/runtime/forwarder-memory.ts'

const unset = {
  cacheMiB: undefined,
  maxHotIdentities: undefined,
  maxConnections: undefined,
  tlsCertFile: undefined,
}
type Settings = Parameters<typeof forwarderMemory>[2]

function divided(mib: number, heapMiB: number, settings: Partial<Settings> = {}) {
  const memory = forwarderMemory({ bytes: mib * mebibyte, from: 'container' }, heapMiB * mebibyte, {
    ...unset,
    ...settings,
  })
  const { process, heap, parts } = memory.budget
  expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, process + heap)).toBeLessThanOrEqual(mib * mebibyte)
  expect(memory.cacheBytes + memory.maxIdentities * hotIdentityHeapBytes).toBeLessThanOrEqual(heap)
  return memory
}

describe('the memory of a forwarder', () => {
  it.each([
    ['a container of 1 GiB', { mib: 1024, heap: 364 }, { identities: 2_023, cacheMiB: 110, callers: 2_626 }],
    ['a container of 512 MiB', { mib: 512, heap: 160 }, { identities: 780, cacheMiB: 42, callers: 1_152 }],
    ['a container of 300 MiB', { mib: 300, heap: 75 }, { identities: 262, cacheMiB: 14, callers: 541 }],
  ])('is divided so that all of it is never more than there is: %s', (_, { mib, heap }, expected) => {
    const { maxIdentities, cacheBytes, maxConnections } = divided(mib, heap)
    const found = { identities: maxIdentities, cacheMiB: Math.floor(cacheBytes / mebibyte), callers: maxConnections }
    expect(found).toEqual(expected)
  })

  it('has room for everything on a machine of 24 GiB, whose heap is V8’s own', () => {
    const { maxIdentities, cacheBytes, budget } = divided(24_000, 4_096)
    expect({ maxIdentities, cacheBytes }).toEqual({ maxIdentities: 20_000, cacheBytes: 1_024 * mebibyte })
    expect(budget.parts).toMatchObject({ bodies: 96 * mebibyte, forms: 64 * mebibyte, replays: 128 * mebibyte })
  })

  it('is divided within half of a container, which V8 takes if nobody tells it otherwise', () => {
    expect(divided(1024, 512).maxIdentities).toBe(1_696)
  })

  it('has less for identities where more is cached, and the other way round', () => {
    const usual = divided(1024, 364)
    expect(divided(1024, 364, { cacheMiB: 200 }).maxIdentities).toBeLessThan(usual.maxIdentities)
    expect(divided(1024, 364, { maxHotIdentities: 3_000 }).cacheBytes).toBeLessThan(usual.cacheBytes)
  })

  it('counts connections of callers with TLS for more', () => {
    expect(divided(1024, 364, { tlsCertFile: '/tls.pem' }).maxConnections).toBe(1_050)
  })

  it.each<[string, Partial<Settings>, string]>([
    ['caches', { cacheMiB: 256 }, '256 MiB for caches (CACHE_MIB), 6 MiB for identities, at least.'],
    ['identities', { maxHotIdentities: 20_000 }, '1094 MiB for identities (MAX_HOT_IDENTITIES).'],
    ['both', { cacheMiB: 150, maxHotIdentities: 2_000 }, '150 MiB for caches (CACHE_MIB), 110 MiB for identities'],
    ['callers', { maxConnections: 20_000 }, '625 MiB for caller-connections (MAX_CONNECTIONS)'],
  ])('refuses more than there is: %s', (_, settings, sentence) => {
    expect(() => divided(1024, 364, settings)).toThrow(sentence)
  })
})
