import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { lockExclusively } from '../../src/embedded/exclusive-lock.ts'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { dataDirectories } from '../data-directory.ts'
import { ChildInstance } from './child-instance.ts'

const newDirectory = dataDirectories()
const notice = { account: parseAccountId('tenant-a'), revision: 1, revoked: [] }

describe('runtime.db', () => {
  it('and every file beside it can be read by its owner alone, even where another had wider rights', async () => {
    const directory = join(newDirectory(), 'made', 'on', 'demand')
    await openEmbeddedCoordination({ directory, instance: 'config-api' }).close()
    chmodSync(join(directory, 'runtime.db'), 0o644)
    const again = openEmbeddedCoordination({ directory, instance: 'config-api' })
    await again.changeFeed.append(notice)

    const modes = readdirSync(directory).map((name) => [
      name,
      (statSync(join(directory, name)).mode & 0o777).toString(8),
    ])
    expect(Object.fromEntries(modes)).toEqual({
      'runtime.db': '600',
      'runtime.db-wal': '600',
      'runtime.db-shm': '600',
      'runtime.db.lock': '600',
      'runtime-config-api.lock': '600',
    })
    expect((statSync(directory).mode & 0o777).toString(8)).toBe('700')
    await again.close()
  })

  it('drops notices after an hour', async () => {
    const directory = newDirectory()
    const instance = openEmbeddedCoordination({ directory, instance: 'config-api' })
    for (let revision = 1; revision <= 5; revision++) await instance.changeFeed.append({ ...notice, revision })
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE notice SET at = at - 3600000 WHERE revision <= 3')
    await instance.changeFeed.append({ ...notice, revision: 6 })
    const left = raw.prepare('SELECT revision FROM notice ORDER BY id').all()
    expect(left.map(({ revision }) => revision)).toEqual([4, 5, 6])
    raw.close()
    await instance.close()
  })

  it('can be opened for the first time by several processes at once, and closed again', async () => {
    const directory = newDirectory()
    const names = ['a', 'b', 'c', 'd']
    const opened = await Promise.all(names.map((name) => ChildInstance.open(directory, name)))
    expect(await Promise.all(opened.map((instance) => instance.stop()))).toEqual([0, 0, 0, 0])
    const mixed = await Promise.all(names.map((name) => ChildInstance.open(directory, name)))
    expect(await Promise.all(mixed.map((instance) => instance.stop()))).toEqual([0, 0, 0, 0])
  })

  it('that a later release has changed is neither opened nor written', async () => {
    const directory = newDirectory()
    const opened = openEmbeddedCoordination({ directory, instance: 'config-api' })
    await opened.changeFeed.append(notice)
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('PRAGMA user_version = 2')
    const newer = { code: 'STORE_NEWER', message: expect.stringContaining('runtime.db has format 2') }
    const unavailable = { code: 'COORDINATION_UNAVAILABLE', cause: newer }
    await expect(opened.changeFeed.append({ ...notice, revision: 2 })).rejects.toMatchObject(unavailable)
    await expect(opened.check()).rejects.toMatchObject(unavailable)
    expect(() => openEmbeddedCoordination({ directory, instance: 'forwarder-api' })).toThrow(
      expect.objectContaining(newer),
    )
    expect(raw.prepare('SELECT revision FROM notice').all()).toEqual([expect.objectContaining({ revision: 1 })])
    raw.exec('PRAGMA user_version = 0')
    raw.close()
    await opened.close()
  })

  it('takes columns that a later release has added', async () => {
    const directory = newDirectory()
    await openEmbeddedCoordination({ directory, instance: 'config-api' }).close()
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    const tables = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").all()
    for (const { name } of tables) raw.exec(`ALTER TABLE ${name} ADD COLUMN later TEXT`)
    raw.close()

    const instance = openEmbeddedCoordination({ directory, instance: 'config-api' })
    const { account } = notice
    const now = Math.floor(Date.now() / 1_000)
    await instance.changeFeed.append(notice)
    for (const timestamp of [now, now + 200]) {
      expect(await instance.nonces.claim({ appKey: 'k', nonce: 'n', timestamp })).toBe('fresh')
    }
    const identity = { instance: 'i', service: 'forwarder-api', startedAt: '2026' }
    const served = () => ({ revision: 1, since: 1 })
    const membership = instance.presence.join(identity, { epoch: () => undefined, served, onFailed: () => {} })
    expect(await instance.presence.ofAccount(account)).toMatchObject([{ revision: 1 }])
    await membership.leave()
    await instance.usage.record([{ account, subject: 's', calls: 1, at: Date.now() }])
    expect(await instance.leases.acquire('gc', 1_000)).toBeDefined()
    await instance.close()
  })

  it('that was replaced or is gone while a service runs fails its health checks, which say what to do', async () => {
    const directory = newDirectory()
    const file = join(directory, 'runtime.db')
    const instance = openEmbeddedCoordination({ directory, instance: 'config-api' })
    await instance.check()
    const failing = { code: 'COORDINATION_UNAVAILABLE', message: expect.stringContaining('The operator restarts both') }
    renameSync(file, `${file}-away`)
    await expect(instance.check()).rejects.toMatchObject(failing)
    new DatabaseSync(file).close()
    await expect(instance.check()).rejects.toMatchObject(failing)
    renameSync(`${file}-away`, file)
    await instance.check()
    await instance.close()
  })

  it('that was replaced is no longer used: followers are told of a gap, and nothing is written', async () => {
    const directory = newDirectory()
    const old = openEmbeddedCoordination({ directory, instance: 'forwarder-api', gapAfterMs: 300 })
    const listener = new RecordingListener()
    await old.changeFeed.follow(listener)
    for (const name of ['runtime.db', 'runtime.db-wal', 'runtime.db-shm']) rmSync(join(directory, name))
    const restarted = openEmbeddedCoordination({ directory, instance: 'config-api' })
    await restarted.changeFeed.append(notice)
    await listener.until(() => listener.gaps === 1)
    expect(listener.heard).toEqual(['gap'])
    const failing = { code: 'COORDINATION_UNAVAILABLE', message: expect.stringContaining('The operator restarts both') }
    await expect(old.changeFeed.append(notice)).rejects.toMatchObject(failing)
    await expect(old.close()).rejects.toMatchObject(failing)
    await restarted.close()
  })

  it('that is replaced while it is being opened fails the start', async () => {
    const directory = newDirectory()
    const file = join(directory, 'runtime.db')
    const lock = lockExclusively(`${file}.lock`, 0)
    const opening = ChildInstance.open(directory, 'forwarder-api')
    while (!existsSync(file)) await delay(5)
    renameSync(file, `${file}-away`)
    lock.release()
    await expect(opening).rejects.toBe('COORDINATION_UNAVAILABLE')
  })

  it('that can not be opened is COORDINATION_UNAVAILABLE', () => {
    const directory = newDirectory()
    mkdirSync(join(directory, 'runtime.db'))
    const open = (): unknown => openEmbeddedCoordination({ directory, instance: 'config-api' })
    expect(open).toThrow(expect.objectContaining({ code: 'COORDINATION_UNAVAILABLE' }))
  })
})

describe('an instance name', () => {
  it('is refused to a second running process, and free again when the first was killed', async () => {
    const directory = newDirectory()
    const child = await ChildInstance.open(directory, 'forwarder-api')
    const open = (): ReturnType<typeof openEmbeddedCoordination> =>
      openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(open).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    await child.kill()
    await open().close()
    await open().close()
  })

  it('is refused to a second opening in the same process', async () => {
    const directory = newDirectory()
    const first = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    await expect(ChildInstance.open(directory, 'forwarder-api')).rejects.toBe('CONFIGURATION_INVALID')
    expect(() => openEmbeddedCoordination({ directory, instance: 'forwarder-api' })).toThrow('running forwarder-api')
    // The refused openings have not taken the lock from the first one.
    await expect(ChildInstance.open(directory, 'forwarder-api')).rejects.toBe('CONFIGURATION_INVALID')
    await first.close()
  })

  it('may be any text', async () => {
    const directory = newDirectory()
    await openEmbeddedCoordination({ directory, instance: '../é /x' }).close()
    expect(readdirSync(directory)).toContain('runtime-..%2F%C3%A9%20%2Fx.lock')
  })
})
