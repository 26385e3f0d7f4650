import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { takeDataDirectory } from '../src/data-directory.ts'
import { type DemoFile, readDemoFile } from '../src/demo-file.ts'
import { startDemo } from './started-demo.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const usualPorts = [8080, 8081, 8082, 8090, 9080, 9081, 9083]
/** As if the user had set none: those that are empty count as not set. */
const unset = {
  ...{ CONFIG_API_PORT: '', CONFIG_API_MANAGEMENT_PORT: '', FORWARDER_API_PORT: '' },
  ...{ FORWARDER_API_MANAGEMENT_PORT: '', CONSOLE_PORT: '', CONSOLE_MANAGEMENT_PORT: '' },
}

const holders: Server[] = []
afterEach(async () => {
  for (const holder of holders.splice(0)) await once(holder.close(), 'close')
})

/** Whoever has one of these already may keep it: it is in use. */
async function holdUsualPorts(): Promise<void> {
  for (const port of usualPorts) {
    // Whoever asks there is told at once that it is not what it takes it for.
    const holder = createServer((socket) => socket.destroy()).listen({ port, host: '127.0.0.1', exclusive: true })
    const isHeld = await once(holder, 'listening').then(
      () => true,
      () => false,
    )
    if (isHeld) holders.push(holder)
  }
}

/** All that a demo listens on. */
function portsOf({ configApi, forwarderApi, console, targetUrl, metrics }: DemoFile): readonly number[] {
  return [configApi, forwarderApi, console, targetUrl, ...metrics].map((url) => Number(new URL(url).port))
}

describe('a demo beside another', () => {
  it('takes free ports where the usual ones are in use, says so, and does not share a data directory', async () => {
    await holdUsualPorts()
    const DATA_DIR = await temporaryDirectory()
    const first = startDemo([], { ...unset, DATA_DIR })
    await first.printed('Press Ctrl-C to stop.')
    const file = await readDemoFile(DATA_DIR)
    const ports = file === undefined ? [] : portsOf(file)

    expect(new Set(ports).size).toBe(usualPorts.length)
    expect(ports.filter((port) => usualPorts.includes(port))).toEqual([])
    expect(first.stdout).toMatch(/✓ demo target started .*\(8082 is in use\)\n/)
    expect(first.stdout).toMatch(/✓ config-api and .* started .*\(8080, 9080, 8081, and 9081 are in use\)\n/)
    expect(first.stdout).toMatch(/✓ console started .*\(8090 and 9083 are in use\)\n/)
    for (const url of file?.metrics ?? []) expect((await fetch(url)).status).toBe(200)

    // Another one, in its place.
    const before = await readFile(join(DATA_DIR, 'demo-target-ca.pem'), 'utf8')
    const second = startDemo([], { DATA_DIR })
    expect(await second.ended).toBe(1)
    expect(second.stdout).toMatch(/^✗ demo target started .*\n {2}A demo is running with the data directory .*\n$/)
    expect(second.stdout).toContain(`${DATA_DIR} (its console is at ${file?.console}). Stop it first, or `)
    expect(second.stderr).toBe('')
    expect(await readFile(join(DATA_DIR, 'demo-target-ca.pem'), 'utf8')).toBe(before)
    expect(await readDemoFile(DATA_DIR)).toEqual(file)
  })
})

describe('the data directory of a demo', () => {
  it('is hidden from git, and another demo may have it once it is released', async () => {
    const dataDir = join(await temporaryDirectory(), 'new')
    const lock = await takeDataDirectory(dataDir)
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(dataDir, '.gitignore'), 'utf8')).toBe('*\n')
    expect((await readdir(dataDir)).sort()).toEqual(['.gitignore', 'demo.lock'])
    await expect(takeDataDirectory(dataDir)).rejects.toThrow(
      `A demo is running with the data directory ${dataDir}. Stop it first, or start this one with a directory of its own`,
    )
    lock.release()
    ;(await takeDataDirectory(dataDir)).release()
  })

  it("keeps a .gitignore of the user's own", async () => {
    const dataDir = await temporaryDirectory()
    await writeFile(join(dataDir, '.gitignore'), 'build/\n')
    const lock = await takeDataDirectory(dataDir)
    lock.release()
    expect(await readFile(join(dataDir, '.gitignore'), 'utf8')).toBe('build/\n')
  })
})
