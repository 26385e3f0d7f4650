import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runDemo } from '../src/demo.ts'
import { readDemoFile } from '../src/demo-file.ts'
import { freePorts } from '../src/ports.ts'
import { builtEntries } from '../src/repository.ts'
import { Terminal } from '../src/terminal.ts'
import { fixture } from './fixture-entries.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('a service that ends by itself while the demo is up', () => {
  it('ends the demo, which says which service it was and shows its last lines', async () => {
    const dataDir = await temporaryDirectory()
    const deadlyFile = join(dataDir, 'deadly')
    const up = Promise.withResolvers<void>()
    const complaints: string[] = []
    const terminal = new Terminal({
      json: false,
      colour: false,
      out: (text) => text.includes('Press Ctrl-C') && up.resolve(),
      err: (text) => complaints.push(text),
    })
    const ended = runDemo({
      once: false,
      environment: {
        ...freePorts,
        DATA_DIR: dataDir,
        REAL_ENTRY: builtEntries.forwarderApi,
        DEADLY_FILE: deadlyFile,
      },
      entries: { ...builtEntries, forwarderApi: fixture('mortal-service') },
      terminal,
      interrupted: new AbortController().signal,
    })
    await Promise.race([up.promise, ended])
    await writeFile(deadlyFile, '')
    expect(await ended).toBe(false)
    const told = complaints.join('')
    expect(told).toContain('forwarder-api has exited on its own (exit code 7); stopping.')
    expect(told).toContain(`The last lines of ${join(dataDir, 'forwarder-api.log')}:\n`)
    expect(told).toContain('the last words of the service\n')
    expect(await readDemoFile(dataDir)).toBeUndefined()
  })
})
