import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'
import {
  type Account,
  createCertificates,
  emptyAccount,
  type NewCertificate,
  parseAccountId,
  parseCertificateId,
  revocationOf,
} from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AuthorityRequests, TargetGuard } from '@mtls-gateway/outbound'
import { AccountWriter, ownChange } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import {
  createCa,
  type IssuedCertificate,
  type RevocationAuthority,
  startRevocationAuthority,
  type TestCa,
  withTools,
} from '@mtls-gateway/test-kit'
import { VersionRecords } from '../../src/certificates/versions/version-records.ts'
import { VersionUploads } from '../../src/certificates/versions/version-uploads.ts'
import type { NoticeEvent } from '../../src/notices/notice-event.ts'
import { RevocationCheck } from '../../src/revocation/revocation-check.ts'
import { RevocationWatch } from '../../src/revocation/revocation-watch.ts'
import { deliveryLimits } from '../../src/webhooks/webhooks.module.ts'

const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
const signal = new AbortController().signal

withTools(describe, 'openssl')('the check whether certificates are revoked', () => {
  let directory: string
  let store: SecretStore
  let writer: AccountWriter
  let keyMaterial: KeyMaterialPool
  let uploads: VersionUploads
  let authorities: AuthorityRequests
  let check: RevocationCheck
  let ca: TestCa
  let authority: RevocationAuthority
  /** It has the list, and nothing else. */
  let lists: Server
  let url: string
  const asked: string[] = []

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'revocation-check-'))
    store = openEmbeddedStore({ directory })
    writer = new AccountWriter({ store, changeFeed })
    keyMaterial = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    uploads = new VersionUploads(keyMaterial, new VersionRecords(writer, store))
    authorities = new AuthorityRequests(new TargetGuard({ allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' }))
    check = new RevocationCheck({ writer, store, keyMaterial, authorities, count: () => {} })
    ca = await createCa()
    authority = await startRevocationAuthority(ca)
    lists = createServer(async ({ url: path = '' }, response) => {
      asked.push(path)
      if (path === '/ca.crl') response.end(await authority.crl())
      else if (path.startsWith('/page')) response.end('<html>')
      else if (path.startsWith('/long')) response.end(Buffer.alloc(4 * 1024 * 1024 + 1))
      else response.writeHead(path.startsWith('/busy') ? 503 : 404).end()
    }).listen(0, '127.0.0.1')
    await once(lists, 'listening')
    url = `http://127.0.0.1:${(lists.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    lists.close()
    await authority.close()
    await keyMaterial.close()
    await writer.close()
    await store.close()
    rmSync(directory, { recursive: true })
  })

  async function accountWith(name: string, identities: Readonly<Record<string, IssuedCertificate>>) {
    const accountId = parseAccountId(name)
    const context = ownChange(Date.now())
    const versions = await Promise.all(
      Object.values(identities).map(({ certificate, chain, privateKey }) =>
        uploads.take(accountId, context, { kind: 'pem', certificate: certificate + chain.join(''), privateKey }),
      ),
    )
    const added = versions.map((version, index): NewCertificate => {
      const id = parseCertificateId(index + 1)
      if (id === undefined) throw new TypeError('no id')
      return { id, name: Object.keys(identities)[index] ?? '', version }
    })
    const { account } = await writer.change(accountId, context.changeId, createCertificates(context, added))
    return { account, versions }
  }

  const revokedOf = ({ certificates }: Account) =>
    certificates.flatMap((certificate) => (revocationOf(certificate) ? [certificate.name] : []))

  it('goes on to a list of a host that has no other page', async () => {
    const gone = await ca.issue({ commonName: 'gone', ocspUrl: `${url}/gone` })
    const listed = await ca.issue({ commonName: 'listed', crlUrl: `${url}/ca.crl` })
    await authority.know(listed.certificate)
    await authority.revoke(listed.certificate)
    const { account } = await accountWith('lists', { gone, listed })
    const { account: checked, failure } = await check.run(account, signal)
    expect(revokedOf(checked)).toEqual(['listed'])
    expect(failure).toBeUndefined()
  })

  it.each([
    ['has no such page', 'gone', 12],
    ['answers what counts for nothing', 'page', 12],
    ['answers too much', 'long', 12],
    // Four certificates are asked about at once.
    ['has no time', 'busy', 4],
  ])('leaves a host alone that %s, however many certificates name it', async (_, path, most) => {
    const count = 20
    const many = await Promise.all(
      Array.from({ length: count }, async (_each, index) => {
        const [ocspUrl, crlUrl] = [`${url}/${path}/ocsp/${index}`, `${url}/${path}/crl/${index}`]
        return [`c${index}`, await ca.issue({ commonName: `c${index}`, ocspUrl, crlUrl })] as const
      }),
    )
    const { account } = await accountWith(`host-${path}`, Object.fromEntries(many))
    asked.length = 0
    await check.run(account, signal)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(most)
  })

  it('goes on with a host that answers, although it knows none of the certificates', async () => {
    const { ocspUrl } = authority
    const unknown = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, index) => [`u${index}`, await ca.issue({ commonName: 'u', ocspUrl })] as const,
      ),
    )
    const outcomes: string[] = []
    const counting = new RevocationCheck({
      ...{ writer, store, keyMaterial, authorities },
      count: (outcome) => void outcomes.push(outcome),
    })
    const { account } = await accountWith('unknown', Object.fromEntries(unknown))
    await counting.run(account, signal)
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => 'unknown'))
  })

  it.each([
    ['names of hosts', 404, 0, 120],
    ['bytes', 200, 4_000_000, 30],
  ])('asks about no more certificates of an account after too many %s', async (_, status, length, most) => {
    const body = Buffer.alloc(length)
    let requests = 0
    const server = createServer((_request, response) => {
      requests += 1
      response.writeHead(status).end(body)
    }).listen(0, '0.0.0.0')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const hosts = length > 0 ? 40 : 150
    const many: Record<string, IssuedCertificate> = {}
    for (let index = 1; index <= hosts; index++) {
      // Each is an address of its own of this machine.
      const at = `http://127.0.1.${index}:${port}/${index}`
      many[`c${index}`] = await ca.issue({ commonName: `c${index}`, crlUrl: at, ...(length === 0 && { ocspUrl: at }) })
    }
    const { account } = await accountWith(length > 0 ? 'bytes' : 'hosts', many)
    await check.run(account, signal)
    server.close()
    expect(requests).toBeGreaterThan(0)
    expect(requests).toBeLessThan(most)
  })

  it('says of all that one run finds that it was found at the same time', async () => {
    const { ocspUrl } = authority
    const many = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => [name, await ca.issue({ commonName: name, ocspUrl })] as const),
    )
    await authority.know(...many.map(([, { certificate }]) => certificate))
    for (const [, { certificate }] of many) await authority.revoke(certificate)
    const { account } = await accountWith('one-run', Object.fromEntries(many))
    const { account: checked } = await check.run(account, signal)
    expect(revokedOf(checked)).toEqual(['a', 'b', 'c'])
    expect(new Set(checked.certificates.map((each) => revocationOf(each)?.foundAt)).size).toBe(1)
  })

  it('keeps what it has found where a certificate can not be checked, and says so', async () => {
    const { ocspUrl } = authority
    const damaged = await ca.issue({ commonName: 'damaged', ocspUrl })
    const revoked = await ca.issue({ commonName: 'revoked', ocspUrl })
    await authority.know(revoked.certificate)
    await authority.revoke(revoked.certificate)
    const { account, versions } = await accountWith('damaged', { damaged, revoked })
    const [first] = versions
    if (!first) throw new Error('it was stored')
    await store.put(recordPath('chains', account.accountId, first.versionId), { leaf: 5 }, 1)
    const { account: checked, failure } = await check.run(account, signal)
    expect(revokedOf(checked)).toEqual(['revoked'])
    expect(failure).toMatchObject({ code: 'STORE_DAMAGED' })
  })
})

describe('accounts whose issuer has revoked many certificates', () => {
  const accountId = parseAccountId('many')
  const fingerprintSha256 = 'f'
  const [before, now] = ['2026-01-01T03:00:00.000Z', '2026-01-02T03:00:00.000Z']
  const revokedCertificates = (count: number, foundAt = before) =>
    Array.from({ length: count }, (_, index) => {
      const found = { fingerprintSha256, revokedAt: '2026-01-01T00:00:00.000Z', foundAt }
      const revocation = { ...found, reason: 'keyCompromise', source: 'crl' }
      return { id: index + 1, name: `c${index}`, current: { fingerprintSha256 }, revocation }
    }) as unknown as Account['certificates']

  /** What is told, and how many are counted. */
  async function lookAt(parts: Partial<Account>) {
    const told: NoticeEvent[] = []
    const shown: number[] = []
    const watch = new RevocationWatch({
      accounts: async () => [accountId],
      read: async () => ({ ...emptyAccount(accountId), ...parts }),
      acquireLease: async () => undefined,
      check: { run: () => Promise.reject(new TypeError('it is not its turn')) },
      notices: { isDue: () => true, notify: async (_, events) => void told.push(...events) },
      deliveries: new Bulkhead('webhook-deliveries', deliveryLimits),
      show: (revoked) => void shown.push(revoked),
      log: { info: () => {}, warn: () => {} },
    })
    await watch.look(new AbortController().signal)
    await watch.settled()
    return { told, shown }
  }

  it('are told of it at once, and all are counted', async () => {
    const { told, shown } = await lookAt({ certificates: revokedCertificates(3_000) })
    expect(shown).toEqual([3_000])
    expect(told).toMatchObject([{ type: 'certificate.revoked', data: { count: 3_000 } }])
  })

  it('are told of those that are found later', async () => {
    const known = revokedCertificates(33)
    const first = await lookAt({ certificates: known })
    const second = await lookAt({ certificates: [...known, ...revokedCertificates(1, now)] })
    expect(second.told).toMatchObject([{ data: { count: 34 } }])
    expect(second.told[0]?.id).not.toBe(first.told[0]?.id)
    expect((await lookAt({ certificates: known })).told).toEqual(first.told)
  })

  it('do not have all their mappings looked at for each of them', async () => {
    let reads = 0
    const mappings = Array.from({ length: 100 }, () => ({
      get certificateId() {
        reads += 1
        return 1
      },
    })) as unknown as Account['mappings']
    await lookAt({ certificates: revokedCertificates(3_000), mappings })
    expect(reads).toBeLessThanOrEqual(30 * mappings.length)
  })
})
