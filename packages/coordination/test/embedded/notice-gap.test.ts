import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import type { ChangeNotice, Coordination } from '../../src/port.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { dataDirectories } from '../data-directory.ts'

const newDirectory = dataDirectories()
const notice = (revision: number): ChangeNotice => ({ account: parseAccountId('tenant-a'), revision, revoked: ['v'] })

describe('a gap in the notices', () => {
  let directory: string
  let reader: Coordination
  let listener: RecordingListener

  beforeEach(async () => {
    directory = join(newDirectory(), 'data')
    await open()
  })
  afterEach(() => reader.close())

  async function open(options: { gapAfterMs?: number } = {}): Promise<void> {
    reader = openEmbeddedCoordination({ directory, instance: 'forwarder-api', ...options })
    listener = new RecordingListener()
    await reader.changeFeed.follow(listener)
    await reader.changeFeed.append(notice(1))
    await listener.until(() => listener.heard.length === 1)
    expect(listener.heard).toEqual([notice(1)])
  }

  /** Notices that another process commits at once, before the reader looks again. */
  function commit(sql: string): void {
    const other = new DatabaseSync(join(directory, 'runtime.db'), { timeout: 5_000 })
    other.exec(`BEGIN IMMEDIATE; ${sql}; COMMIT`)
    other.close()
  }
  const insert = (revision: number, at = Date.now()): string =>
    `INSERT INTO notice (at, account, revision, revoked) VALUES (${at}, 'tenant-a', ${revision}, '["v"]')`

  it('is told when notices were pruned unread, and what is left follows', async () => {
    commit(`${insert(2)}; ${insert(3)}; ${insert(4)}; DELETE FROM notice WHERE revision <= 2`)
    await listener.until(() => listener.heard.length >= 4)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(3), notice(4)])
  })

  it('is told when all of them were pruned unread', async () => {
    commit(`${insert(2)}; DELETE FROM notice`)
    await listener.until(() => listener.heard.length >= 2)
    await reader.changeFeed.append(notice(3))
    await listener.until(() => listener.heard.length >= 3)
    expect(listener.heard).toEqual([notice(1), 'gap', notice(3)])
  })

  it('is none when only notices are pruned that were read', async () => {
    commit(`${insert(2)}; DELETE FROM notice WHERE revision = 1`)
    await listener.until(() => listener.heard.length >= 2)
    expect(listener.heard).toEqual([notice(1), notice(2)])
  })

  it('is told when the log begins anew', async () => {
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.heard.length === 2)
    commit(`DELETE FROM notice; DELETE FROM sqlite_sequence; ${insert(7)}`)
    await listener.until(() => listener.heard.length >= 4)
    expect(listener.heard).toEqual([notice(1), notice(2), 'gap', notice(7)])
  })

  it('is told once when reading has failed for long, and once when it succeeds again', async () => {
    await reader.close()
    await open({ gapAfterMs: 300 })
    const other = new DatabaseSync(join(directory, 'runtime.db'), { timeout: 5_000 })
    // A format that this release does not know can't be read.
    other.exec('PRAGMA user_version = 2')
    await expect(reader.check()).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    await expect(reader.changeFeed.append(notice(2))).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    await listener.until(() => listener.gaps === 1)
    // Several more polls fail.
    const witness = new RecordingListener()
    const second = setInterval(() => witness.onGap(), 100)
    await witness.until(() => witness.gaps === 5)
    clearInterval(second)
    expect(listener.gaps).toBe(1)

    other.exec('PRAGMA user_version = 0')
    other.close()
    await listener.until(() => listener.gaps === 2)
    await reader.changeFeed.append(notice(2))
    await listener.until(() => listener.heard.length >= 4)
    expect(listener.heard).toEqual([notice(1), 'gap', 'gap', notice(2)])
  })
})
