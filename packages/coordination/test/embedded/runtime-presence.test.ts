import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
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

  it('does not take itself for whole for 5 s after it has met what the clock, set back, has yet to reach', async () => {
    const directory = newDirectory()
    const { presence, close } = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    await presence.join(one, state).leave()
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE board SET shown_at = shown_at + 3600000, ends_at = ends_at + 3600000')
    raw.close()
    const start = performance.now()
    await expect(presence.live()).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    const live = () => presence.live().catch(() => undefined)
    while ((await live()) === undefined) await setTimeout(50)
    expect(performance.now() - start).toBeGreaterThanOrEqual(4_900)
    expect(await live()).toEqual([])
    await close()
  })
})
