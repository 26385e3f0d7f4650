import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'

const program = join(import.meta.dirname, 'descriptors-program.ts')

it('a gateway without a file descriptor for the connection says so, and blames no target', async () => {
  const shell = ['-c', 'ulimit -n 64 && exec "$0" "$1"', process.execPath, program]
  const { stdout } = await promisify(execFile)('/bin/sh', shell)
  const message = expect.stringMatching(/^This gateway has no file descriptor left/)
  expect(JSON.parse(stdout)).toEqual([
    { code: 'EMFILE', phase: 'connect', message },
    { code: 'EMFILE', phase: 'resolve', message },
  ])
})
