import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { leastHeapBytes, mebibyte } from '../../src/process/memory-limit.ts'

const program = fileURLToPath(new URL('limited-program.ts', import.meta.url))

async function run(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--disable-sigusr1', program, 'an argument'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  const { pid, heap, args } = JSON.parse(output) as { pid: number; heap: number; args: readonly string[] }
  expect({ pid, args }).toEqual({ pid: child.pid, args: ['an argument'] })
  return heap
}

describe('the limit of the heap', () => {
  it('is a part of the memory, in the same process', async () => {
    expect(await run({ MEMORY_LIMIT_MIB: '512', NODE_OPTIONS: '--max-semi-space-size=16' })).toBe(160 * mebibyte)
  })

  it('is the same without the young generation of the image', async () => {
    expect(await run({ MEMORY_LIMIT_MIB: '512' })).toBe(160 * mebibyte)
  })

  it('is never so small that a service could not start', async () => {
    expect(await run({ MEMORY_LIMIT_MIB: '128' })).toBe(leastHeapBytes)
  })

  it('is what the operator has given', async () => {
    const options = '--max-semi-space-size=16 --max-old-space-size=300'
    expect(await run({ MEMORY_LIMIT_MIB: '512', NODE_OPTIONS: options })).toBe(300 * mebibyte)
  })

  it('stays if the setting can’t be understood: its configuration refuses it', async () => {
    const heap = await run({})
    expect(await run({ MEMORY_LIMIT_MIB: 'much' })).toBe(heap)
  })
})
