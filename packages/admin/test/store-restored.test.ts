import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Coordination, openEmbeddedCoordination } from '@mtls-gateway/coordination'
import {
  type CertificateId,
  type CertificateVersion,
  createAppKey,
  createCertificates,
  createHandover,
  createInvitation,
  deleteAppKey,
  parseAccountId,
  parseCertificateId,
  parseRecordId,
  type RecordId,
  revokeHandover,
  revokeInvitation,
} from '@mtls-gateway/domain'
import { AccountWriter, EpochWatch, newRecordId, readEpoch, readOrBeginEpoch } from '@mtls-gateway/registry'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'

const account = parseAccountId('le123')
const [doomed, kept, invited] = ['doomed', 'kept', 'invited'].map(parseRecordId) as [RecordId, RecordId, RecordId]
const handedOver = parseRecordId('handed-over')
const certificateId = parseCertificateId(1) as CertificateId
const at = '2026-01-02T03:04:05.000Z'
let directory: string
let coordination: Coordination

/** A store put back to before the app key `doomed`, an invitation and a handover were revoked, and a key was made. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'store-restored-'))
  coordination = openEmbeddedCoordination({ directory, instance: 'test' })
  await withWriter(async (writer, map) => {
    await map(doomed)
    await map(kept)
    await invite(writer)
    await handOver(writer)
    await writer.close()
  })
  for (const file of ['secrets.db', 'secrets.head'])
    copyFileSync(join(directory, file), join(directory, `${file}.copy`))
  await withWriter(async (writer, map) => {
    const changeId = newRecordId()
    await writer.change(account, changeId, deleteAppKey({ changeId, at, actor: 'a', address: '::1' }, doomed))
    const then = newRecordId()
    const context = { changeId: then, at, actor: 'a', address: '::1' }
    await writer.change(account, then, revokeInvitation(context, invited))
    const last = newRecordId()
    await writer.change(account, last, revokeHandover({ ...context, changeId: last }, certificateId, handedOver))
    await map(parseRecordId('lost'))
    await writer.close()
  })
  for (const file of ['secrets.db', 'secrets.head'])
    copyFileSync(join(directory, `${file}.copy`), join(directory, file))
  rmSync(join(directory, 'secrets.db-wal'), { force: true })
})

afterEach(async () => {
  await coordination.close()
  rmSync(directory, { recursive: true })
})

async function withWriter(
  work: (writer: AccountWriter, add: (id: typeof doomed) => Promise<unknown>) => Promise<void>,
) {
  const store = openEmbeddedStore({ directory })
  const epochs = new EpochWatch({ read: () => readOrBeginEpoch(store), everyMs: 60_000 })
  await epochs.look()
  const writer = new AccountWriter({ store, changeFeed: coordination.changeFeed, epochs })
  const add = async (id: typeof doomed) => {
    const changeId = newRecordId()
    await writer.records.put('app-keys', account, id, { secret: 's' })
    const appKey = { id, label: 'k', scopes: ['forward' as const], createdAt: at, expiresAt: null }
    return writer.change(account, changeId, createAppKey({ changeId, at, actor: 'a', address: '::1' }, appKey))
  }
  await work(writer, add)
  await store.close()
}

async function invite(writer: AccountWriter): Promise<void> {
  const [changeId, now] = [newRecordId(), Date.now()]
  const context = { changeId, at: new Date(now).toISOString(), actor: 'a', address: '::1' }
  const [expiresAt, scope] = [new Date(now + 86_400_000).toISOString(), 'mtls:read' as const]
  const invitation = { id: invited, label: 'i', scopes: [scope], expiresAt, codeSha256: 'digest' }
  await writer.change(account, changeId, createInvitation(context, invitation, new Set([scope])))
}

async function handOver(writer: AccountWriter): Promise<void> {
  const [first, second, now] = [newRecordId(), newRecordId(), Date.now()]
  const context = { at: new Date(now).toISOString(), actor: 'a', address: '::1' }
  const version: CertificateVersion = {
    ...{ versionId: newRecordId(), keyId: newRecordId(), createdAt: at, warnings: [], fingerprintSha256: 'f' },
    ...{ spkiSha256: 's', subject: 'CN=c', issuer: 'CN=ca', serialNumber: '01', keyType: 'EC-P256' },
    ...{ notBefore: at, notAfter: '2100-01-01T00:00:00.000Z', clientAuth: 'present' },
  }
  const entry = { id: certificateId, name: 'c', version }
  await writer.change(account, first, createCertificates({ ...context, changeId: first }, [entry]))
  const expiresAt = new Date(now + 86_400_000).toISOString()
  const handover = { id: handedOver, certificateId, label: 'h', mappings: [], expiresAt, codeSha256: 'digest' }
  await writer.change(account, second, createHandover({ ...context, changeId: second }, handover))
}

function run(...args: string[]) {
  return mtlsAdmin(['store', 'restored', ...args], { DATA_DIR: directory })
}

const currentEpoch = async () => {
  const store = openEmbeddedStore({ directory })
  const epoch = await readEpoch(store)
  await store.close()
  return epoch
}

const appKeys = async () => {
  const store = openEmbeddedStore({ directory })
  const writer = new AccountWriter({ store, changeFeed: coordination.changeFeed })
  const ids = (await writer.read(account)).appKeys.map(({ id }) => id)
  await store.close()
  return ids
}

describe('mtls-admin store restored', () => {
  it('begins a new epoch, and says what the restore has undone and brought back', async () => {
    const { stdout, exitCode } = await run()
    expect(exitCode).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^epoch \d{13}-[0-9a-f]{8} has begun, after \d{13}-[0-9a-f]{8}$/),
      '0 of 0 forwarders are on it',
      '1 accounts are older:',
      expect.stringMatching(/^account +revision +was$/),
      expect.stringMatching(/^le123 +5 +9$/),
      'Revoked before, and valid again:',
      'le123.doomed',
      'invitation invited of le123',
      'handover handed-over of le123',
    ])
    expect(await appKeys()).toEqual([doomed, kept])
  })

  it('tells those who follow the feed, and each run begins another epoch', async () => {
    const heard: (string | undefined)[] = []
    await coordination.changeFeed.follow({ onNotice: ({ epoch }) => void heard.push(epoch), onGap: () => {} })
    const [first, second] = [await run('--json'), await run('--json')].map(({ stdout }) => JSON.parse(stdout))
    expect(second.previous).toBe(first.epoch)
    expect(await currentEpoch()).toEqual({ id: second.epoch, previous: first.epoch })
    while (heard.length < 2) await new Promise(setImmediate)
    expect(heard).toEqual([first.epoch, second.epoch])
  })

  it('deletes again what was deleted if it is told to', async () => {
    const { stdout, exitCode } = await run('--revoke')
    expect([exitCode, ...stdout.trimEnd().split('\n').slice(-3)]).toEqual([
      0,
      'le123.doomed: deleted again',
      'invitation invited of le123: deleted again',
      'handover handed-over of le123: deleted again',
    ])
    expect(await appKeys()).toEqual([kept])
    expect((await coordination.changeFeed.recent()).slice(-3)).toMatchObject([
      { account, revision: 6, revoked: [doomed] },
      { account, revision: 7, revoked: [invited] },
      { account, revision: 8, revoked: [handedOver] },
    ])
  })

  it('waits for the forwarders, and names those that are not on the new epoch', async () => {
    const identity = { instance: 'slow', service: 'forwarder-api', startedAt: at }
    const state = { epoch: () => 'before', served: () => undefined, onFailed: () => {} }
    await coordination.presence.join(identity, state).leave()
    const { stdout, exitCode } = await run('--wait', '0s')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('0 of 1 forwarders are on it\nslow is not on it yet')
  })

  it.each([
    [['--wait', 'soon'], /--wait.*It is a number with ms, s, m, h or d/],
    [['--wat'], /--wat.*--help/s],
  ])('refuses %j, and begins nothing', async (args, message) => {
    const before = await currentEpoch()
    expect(await run(...args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) })
    expect(await currentEpoch()).toEqual(before)
  })
})
