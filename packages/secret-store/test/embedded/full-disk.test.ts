import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { openEmbeddedStore } from '../../src/index.ts'
import { numbered, writtenPath } from '../numbered.ts'
import { startChild, startChildOnSmallDisk } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** Undefined where this user may not mount anything. */
function mountSmall(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'secret-store-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' })
    return directory
  } catch {
    rmdirSync(directory)
    return undefined
  }
}

const quota = {
  what: 'over a limit for the size of files, which fails as a quota does',
  open: () => {
    const directory = temporaryDirectory()
    return { directory, start: () => startChildOnSmallDisk('full-disk', directory) }
  },
  makeRoom: (_directory: string, pid: number) => execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited']),
  cause: 'disk I/O error',
}

const small = mountSmall()

afterAll(() => {
  if (small === undefined) return
  execFileSync('umount', [small])
  rmdirSync(small)
})

const fileSystem = {
  what: 'on a full file system',
  open: () => ({ directory: small ?? '', start: () => startChild('full-disk', small ?? '') }),
  makeRoom: (directory: string) => execFileSync('mount', ['-o', 'remount,size=8m', directory]),
  cause: 'database or disk is full',
}

describe.each(small === undefined ? [quota] : [quota, fileSystem])('a write $what', ({ open, makeRoom, cause }) => {
  it('fails definitely and is told of; reads go on, health checks fail, and both are over once there is room', async () => {
    const { directory, start } = open()
    const child = await start()
    let full: { readonly version: number } = { version: 0 }
    const ended = once(child, 'exit')
    try {
      const told = once(child, 'message')
      child.send('go')
      ;[full] = await told
      const failed = {
        kind: 'write-failed',
        cause: expect.stringContaining(cause),
        freeBytes: expect.any(Number),
      }
      expect(full).toMatchObject({
        failure: 'not-writable',
        readVersion: full.version,
        check: 'not-writable',
        events: [failed, failed],
      })
      expect(full.version).toBeGreaterThan(1)

      makeRoom(directory, child.pid ?? 0)
      const toldAgain = once(child, 'message')
      child.send('go on')
      expect((await toldAgain)[0]).toEqual({ check: 'done', put: 'done', events: [{ kind: 'writable' }] })
    } finally {
      child.disconnect()
      await ended
    }

    const store = openEmbeddedStore({ directory })
    expect(await store.get(writtenPath)).toEqual({ value: numbered(full.version + 1), version: full.version + 1 })
    await store.close()
  })
})
