import { describe, expect, it } from '@jest/globals'
import { bulkhead } from './support.ts'

/** Too slow for anything to cool while a test runs. */
const slowly = { cooledPerSecond: 0.001, waiting: undefined }

describe('what an owner has used', () => {
  it('counts until it has cooled, and takes nothing from others', async () => {
    const pool = bulkhead(slowly)
    for (let n = 0; n < 2; n++) (await pool.acquire('one')).release()
    expect(() => pool.acquire('one')).toThrow('Too many calls of this account are in flight.')
    expect(pool.tryAcquire('other')).toBeDefined()
    expect(pool.state().inUse).toBe(3)
  })

  it('is free again when it has cooled, one unit after the other', async () => {
    const pool = bulkhead({ cooledPerSecond: 20 })
    const [first, second] = [await pool.acquire('one'), await pool.acquire('one')]
    const began = performance.now()
    first.release()
    second.release()
    await pool.acquire('one')
    const firstMs = performance.now() - began
    await pool.acquire('one')
    expect(firstMs).toBeGreaterThan(45)
    expect(performance.now() - began).toBeGreaterThan(95)
  })

  it('is free at once where it was little', async () => {
    const pool = bulkhead({ cooledPerSecond: 1_000, waiting: undefined })
    for (let n = 0; n < 10; n++) (await pool.acquire('one')).release()
    expect(pool.state().inUse).toBe(0)
  })

  it('cools for as long as what it was used for was worth', async () => {
    const pool = bulkhead({ share: 10, cooledPerSecond: 1_000, waiting: undefined })
    const permit = await pool.acquire('one', 10)
    permit.charge(1_000_000)
    permit.release()
    expect(() => pool.acquire('one')).toThrow('Too many calls of this account are in flight.')
  })
})

describe('what an owner has not used', () => {
  it('is free at once', async () => {
    const pool = bulkhead({ ...slowly, share: 10 })
    const permit = await pool.acquire('one', 10)
    permit.shrinkTo(1)
    expect(pool.state().inUse).toBe(1)
  })
})
