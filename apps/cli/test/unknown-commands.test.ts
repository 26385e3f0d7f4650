import { describe, expect, it } from '@jest/globals'
import { mtls } from './invocation.ts'

describe('a command that there is not', () => {
  it.each([
    ['help rotat', 'rotate'],
    ['rotat --help', 'rotate'],
    ['rotat', 'rotate'],
    ['mappings help edt', 'edit'],
    ['help mappings edt', 'edit'],
  ])('%s fails with the name that may be meant, and without the help of all others', async (line, meant) => {
    const { exitCode, stdout, stderr } = await mtls(line.split(' '))
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain("error: unknown command '")
    expect(stderr).toContain(`(Did you mean ${meant}?)`)
    expect(stderr).not.toContain('Commands:')
  })

  it.each(['help rotate', 'rotate --help', 'help mappings edit', 'mappings --help', 'help', '--help'])(
    '%s is there, and prints its help',
    async (line) => {
      const { exitCode, stdout } = await mtls(line.split(' '))
      expect(exitCode).toBe(0)
      expect(stdout).toContain('Usage: mtls')
    },
  )
})
