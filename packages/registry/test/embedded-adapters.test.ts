import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openEmbeddedCoordination } from '@mtls-gateway/coordination'
import {
  type CommandContext,
  createAppKey,
  createCertificates,
  createMappings,
  deleteAppKey,
  deleteCertificate,
  parseTargetUrl,
} from '@mtls-gateway/domain'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { AccountReader, AccountWriter, AppSecretReader, IdentityReader } from '../src/index.ts'
import { accountId, certificateId, mappingId, newId, sampleAppKey, sampleCertificate } from './sample-account.ts'

let directory: string
let closers: (() => Promise<void>)[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'))
  closers = []
})

afterEach(async () => {
  for (const close of closers.reverse()) await close()
  rmSync(directory, { recursive: true })
})

/** What one service has: connections of its own to the files that all share. */
function openBackends(instance: string) {
  const store = openEmbeddedStore({ directory })
  const coordination = openEmbeddedCoordination({ directory, instance })
  closers.push(
    () => store.close(),
    () => coordination.close(),
  )
  return { store, changeFeed: coordination.changeFeed }
}

function openWriter(instance = 'config-api'): AccountWriter {
  const writer = new AccountWriter(openBackends(instance))
  closers.push(() => writer.close())
  return writer
}

async function openForwarder() {
  const backends = openBackends('forwarder-api')
  const accounts = new AccountReader({ ...backends, maxBytes: 1e6 })
  await accounts.start()
  closers.push(() => accounts.stop())
  return {
    accounts,
    identities: new IdentityReader({ store: backends.store, maxBytes: 1e6 }),
    secrets: new AppSecretReader({ store: backends.store, maxBytes: 1e6 }),
  }
}

function context(): CommandContext {
  return { changeId: newId(), at: '2026-11-24T12:00:00.000Z', actor: 'tester', address: '127.0.0.1' }
}

async function addCertificate(writer: AccountWriter, id: number) {
  const version = sampleCertificate(`c${id}`).current
  await writer.records.put('keys', accountId, version.keyId, { privateKey: `key of c${id}` })
  await writer.records.put('chains', accountId, version.versionId, { leaf: `leaf of c${id}`, chain: [] })
  const by = context()
  await writer.change(
    accountId,
    by.changeId,
    createCertificates(by, [{ id: certificateId(id), name: `c${id}`, version }]),
  )
  return version
}

describe('the registry on the embedded adapters, two services apart', () => {
  it('serves what config-api has written, and stops what it revokes', async () => {
    const writer = openWriter()
    const { accounts, identities, secrets } = await openForwarder()
    expect(await accounts.get(accountId)).toBeUndefined()

    await addCertificate(writer, 1)
    const url = parseTargetUrl('https://api.example.com/a').normalised
    const mapping = { id: mappingId(1), name: 'm1', serviceId: '1', url, enable: true, certificateId: certificateId(1) }
    const mapped = context()
    await writer.change(accountId, mapped.changeId, createMappings(mapped, [mapping]))
    const [kept, revoked] = [sampleAppKey(), sampleAppKey()]
    for (const appKey of [kept, revoked]) {
      await writer.records.put('app-keys', accountId, appKey.id, { secret: `secret of ${appKey.id}` })
      const by = context()
      await writer.change(accountId, by.changeId, createAppKey(by, appKey))
    }

    const heard = new Promise<readonly string[]>((resolve) => accounts.onRevoked((_account, ids) => resolve(ids)))
    const deleted = context()
    await writer.change(accountId, deleted.changeId, deleteAppKey(deleted, revoked.id))
    expect(await heard).toEqual([revoked.id])
    const account = await accounts.get(accountId)
    expect(account?.revision).toBe(5)
    expect(account?.findAppKey(revoked.id)).toBeUndefined()
    expect(account?.findAppKey(kept.id)).toEqual({ ...kept, createdBy: 'tester' })
    expect(await secrets.get(accountId, kept.id)).toBe(`secret of ${kept.id}`)

    const found = account?.findMapping('1', url)
    const certificate = found && account?.findCertificate(found.certificateId)
    const identity = certificate?.current && (await identities.get(accountId, certificate.current))
    expect(identity).toMatchObject({ privateKey: 'key of c1', certificates: 'leaf of c1' })
  })

  it('revokes the version of a deleted certificate and takes its records away', async () => {
    const writer = openWriter()
    const { accounts, identities } = await openForwarder()
    const version = await addCertificate(writer, 1)
    const heard = new Promise<readonly string[]>((resolve) => accounts.onRevoked((_account, ids) => resolve(ids)))
    const by = context()
    await writer.change(accountId, by.changeId, deleteCertificate(by, certificateId(1)))
    await writer.records.purge([
      { kind: 'keys', accountId, id: version.keyId },
      { kind: 'chains', accountId, id: version.versionId },
    ])
    expect(await writer.records.exists('keys', accountId, version.keyId)).toBe(false)
    expect(await heard).toEqual([version.versionId])
    await expect(identities.get(accountId, version)).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
  })

  it('loses no change when two services write one account at the same time', async () => {
    const writers = [openWriter('config-api-1'), openWriter('config-api-2')]
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const writer = writers[n % 2]
        if (writer !== undefined) await addCertificate(writer, n + 1)
      }),
    )
    const account = await writers[0]?.read(accountId)
    expect(account?.revision).toBe(20)
    expect(new Set(account?.certificates.map(({ name }) => name)).size).toBe(20)
    expect(account?.changes.map(({ revision }) => revision)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })
})
