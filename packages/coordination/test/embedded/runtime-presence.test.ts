import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { dataDirectories } from '../data-directory.ts'

const newDirectory = dataDirectories()
const one = { instance: 'one', service: 'forwarder-api', startedAt: 'now' }
const state = { epoch: () => undefined, served: () => undefined, onFailed: () => {} }

describe('presence in runtime.db', () => {
  it('keeps nothing of who is gone', async () => {
    const directory = newDirectory()
    const { presence, close } = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    await presence.join(one, state).leave()
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE board SET ends_at = shown_at')
    expect(await presence.live()).toEqual([])
    await presence.join({ ...one, instance: 'other' }, state).leave()
    expect(raw.prepare('SELECT key FROM board').all()).toEqual([{ key: 'other' }])
    raw.close()
    await close()
  })

  it('does not count an instance as live that the clock, set back, has yet to reach', async () => {
    const directory = newDirectory()
    const { presence, close } = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    await presence.join(one, state).leave()
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE board SET shown_at = shown_at + 3600000, ends_at = ends_at + 3600000')
    raw.close()
    expect(await presence.live()).toEqual([])
    await close()
  })
})
