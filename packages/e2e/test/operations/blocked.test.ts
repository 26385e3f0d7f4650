import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startService } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from '../support/entries.ts'

const hook = new URL('../fixtures/block-when-asked.ts', import.meta.url).href

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-blocked-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('a service whose event loop is blocked', () => {
  it.each([
    { name: 'config-api', entry: configApiEntry },
    { name: 'forwarder-api', entry: forwarderApiEntry },
  ])('ends, and names where it was stuck: $name', async ({ name, entry }) => {
    const ports = [
      'CONFIG_API_PORT',
      'CONFIG_API_MANAGEMENT_PORT',
      'FORWARDER_API_PORT',
      'FORWARDER_API_MANAGEMENT_PORT',
    ]
    const free = Object.fromEntries(ports.map((port) => [port, '0']))
    const env = { ...free, DATA_DIR: directory, BLOCKED_LIMIT: '1s', NODE_OPTIONS: `--import=${hook}` }
    const service = await startService({ entry, env })
    await expect(fetch(`${service.url}/block`)).rejects.toThrow()
    expect(await service.stop()).toBe(70)
    const report = service.output.split('\n').find((line) => line.includes('"event":"event-loop-blocked"'))
    expect(JSON.parse(report ?? '{}')).toMatchObject({
      level: 'fatal',
      service: name,
      stack: expect.arrayContaining([
        expect.stringMatching(/setHeader \(.*\/block-when-asked\.ts:\d+:\d+\)$/),
        expect.stringMatching(/ \(file:.*\/dist\/.*\.js:\d+:\d+\)$/),
      ]),
    })
  })
})
