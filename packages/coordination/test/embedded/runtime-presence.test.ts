import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { dataDirectories } from '../data-directory.ts'

const newDirectory = dataDirectories()
const account = parseAccountId('tenant')

describe('presence in runtime.db', () => {
  it('is whole again when the file was emptied, and keeps nothing of who is gone', async () => {
    const directory = newDirectory()
    const { presence, close } = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    const [one, gone] = ['one', 'gone'].map((instance) => ({ instance, service: 'forwarder-api', startedAt: 'now' }))
    if (!one || !gone) throw new Error('two were made')
    const announcer = presence.announcer(one)
    await announcer.announce(new Map([[account, 1]]))
    const before = await presence.ofAccount(account)
    raw.exec('DELETE FROM presence; DELETE FROM served_revision')
    await announcer.announce(new Map([[account, 1]]))
    expect(before).toEqual([{ ...one, revision: 1, since: expect.any(Number), epoch: undefined }])
    expect(await presence.ofAccount(account)).toEqual(before)

    await presence.announcer(gone).announce(new Map([[account, 1]]))
    raw.exec("UPDATE presence SET announced_at = announced_at - 5000 WHERE instance = 'gone'")
    expect(await presence.ofAccount(account)).toMatchObject([one])
    await announcer.announce(new Map([[account, 1]]))
    expect(
      raw
        .prepare('SELECT instance FROM served_revision')
        .all()
        .map(({ instance }) => instance),
    ).toEqual(['one'])
    raw.close()
    await close()
  })

  it('does not count an announcement as live that the clock, set back, has yet to reach', async () => {
    const directory = newDirectory()
    const { presence, close } = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    const one = { instance: 'one', service: 'forwarder-api', startedAt: 'now' }
    await presence.announcer(one).announce(new Map())
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE presence SET announced_at = announced_at + 3600000')
    raw.close()
    expect(await presence.ofAccount(account)).toEqual([])
    await close()
  })
})
