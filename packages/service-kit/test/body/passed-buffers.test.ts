import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { PassedBuffers } from '../../src/body/body-bytes.ts'

const MiB = 1_048_576

describe('the buffers of bodies that have gone through', () => {
  it('are collected each time that 16 MiB of them have', () => {
    let collections = 0
    const buffers = new PassedBuffers(() => collections++)
    for (let piece = 0; piece < 1_023; piece++) buffers.passed(65_536)

    expect(collections).toBe(3)
    buffers.passed(65_536)
    expect(collections).toBe(4)
  })

  it('take little memory, however much goes through', async () => {
    const buffers = new PassedBuffers()
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    for (let piece = 1; piece <= 8_192; piece++) {
      buffers.passed(Buffer.allocUnsafeSlow(65_536).length)
      // A turn of the event loop, as between two reads of a socket.
      if (piece % 64 === 0) await setImmediate()
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }

    expect(most).toBeLessThan(48 * MiB)
  })

  it('are no reason to expose the collector to all', () => {
    new PassedBuffers()

    expect(globalThis.gc).toBeUndefined()
  })
})
