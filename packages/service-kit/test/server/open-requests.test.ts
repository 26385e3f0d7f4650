import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const program = fileURLToPath(new URL('open-requests-program.ts', import.meta.url))

/** In its own process: where V8 puts objects depends on how long those of other tests lived. */
function oldBytesEach(how: string): number {
  const flags = ['--expose-gc', '--no-allocation-site-pretenuring', '--disable-warning=ExperimentalWarning']
  return Number(execFileSync(process.execPath, [...flags, program, how], { encoding: 'utf8' }))
}

describe('requests that have been answered', () => {
  it('leave nothing that outlives young collections', () => {
    expect(oldBytesEach('open requests')).toBeLessThan(50)
    // Otherwise this shows nothing: V8 no longer makes a new table when a Set becomes empty.
    expect(oldBytesEach('set')).toBeGreaterThan(100)
  })
})
