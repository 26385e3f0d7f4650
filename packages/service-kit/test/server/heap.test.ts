import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const program = fileURLToPath(new URL('listeners-program.ts', import.meta.url))

function bytesEach(how: string): number {
  // V8 decides where to make objects by collections of a young generation that does not grow any more.
  const args = ['--expose-gc', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning', program, how]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

describe('the heap of a service', () => {
  it('does not keep what is dead because its listeners were listed in the old generation', () => {
    expect(bytesEach('tuned')).toBeLessThan(50)
    // Otherwise this test shows nothing, and the flag can be removed.
    expect(bytesEach('as it is')).toBeGreaterThan(200)
  })
})
