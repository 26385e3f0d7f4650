import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { bearerToken } from '../../src/auth/bearer-token.ts'

const program = fileURLToPath(new URL('tokens-program.ts', import.meta.url))

describe('the token of a request', () => {
  it('is that of its own header, whatever the one before had', () => {
    expect(bearerToken({ authorization: 'Bearer one' })).toBe('one')
    expect(() => bearerToken({ authorization: 'Bearer' })).toThrow('malformed')
    expect(() => bearerToken({ authorization: 'Bearer one two' })).toThrow('malformed')
    expect(bearerToken({ authorization: 'bearer two' })).toBe('two')
  })

  it('leaves nothing of a request in the old generation', () => {
    // V8 decides what survives by collections of a young generation that does not grow any more.
    const args = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning', program]
    // With Passport's `authenticate` it is 1,400.
    expect(Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toBeLessThan(100)
  })
})
