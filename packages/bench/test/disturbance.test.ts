import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { repeatedly } from '../src/scenarios/disturbance.ts'

describe('what is done over and over', () => {
  it('ends when it is stopped, with what was begun', async () => {
    let [begun, ended] = [0, 0]
    const disturbance = repeatedly(3, async () => {
      begun++
      await setImmediate()
      ended++
    })
    await setImmediate()
    await disturbance.stop()

    expect(begun).toBeGreaterThanOrEqual(3)
    expect(ended).toBe(begun)
  })

  it('tells of its failure when it is stopped', async () => {
    const disturbance = repeatedly(1, async () => {
      throw new Error('refused')
    })
    await setImmediate()

    await expect(disturbance.stop()).rejects.toThrow('refused')
  })
})
