import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Account,
  applyDocument,
  type CommandContext,
  caRecordId,
  changedMappings,
  changeSettings,
  compareDocument,
  createCertificates,
  createMappings,
  type DeclaredDocument,
  type DeclaredMapping,
  type DocumentOptions,
  emptyAccount,
  type MadeKey,
  parseMappingUrl,
  parseRecordId,
  ServiceCatalogue,
  setPlan,
  setTrust,
} from '../../src/index.ts'
import {
  accountId,
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  request,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { actionsOf, askedAt, ruled, unasked } from '../approvals/asking.ts'
import { finished } from '../finished.ts'

const services = new ServiceCatalogue()
const options: DocumentOptions = { source: 'team', prune: false, mayAdminister: true, services }
const administrator: CommandContext = { ...context('apply'), isAdmin: true }
const plan = { profile: 'internal', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' } as const
const made: MadeKey = { request: request('made-key'), csrId: parseRecordId('made-csr') }
const recordOf = (certificates: string) =>
  caRecordId(createHash('sha256').update(certificates).digest('base64url'), 'random')
const listOf = (certificates: string) => ({
  caRecordId: recordOf(certificates),
  facts: [{ subject: `CN=${certificates}`, notAfter: '2030-01-01T00:00:00.000Z', fingerprintSha256: certificates }],
})

type Parts = { readonly [Part in keyof DeclaredDocument]?: Readonly<Record<string, unknown>> }

/** A document by objects; ids are made in their order. */
function documentOf({ certificates = {}, trusts = {}, mappings = {}, appKeys, settings }: Parts): DeclaredDocument {
  const withIds = (entries: object, id: (at: number) => unknown) =>
    new Map(Object.entries(entries).map(([name, entry], at) => [name, { newId: id(100 + at), ...entry }]))
  return {
    certificates: withIds(certificates, certificateId) as DeclaredDocument['certificates'],
    trusts: new Map(Object.entries(trusts)) as DeclaredDocument['trusts'],
    mappings: withIds(mappings, mappingId) as DeclaredDocument['mappings'],
    appKeys: appKeys && (new Map(Object.entries(appKeys)) as NonNullable<DeclaredDocument['appKeys']>),
    settings,
  }
}

const urlOf = (path: string) => parseMappingUrl(`https://t.example/${path}`)
const entry = (path: string, more: Partial<DeclaredMapping> = {}) => ({
  ...{ serviceId: '1', url: urlOf(path), certificate: 'c1' },
  ...more,
})

/** c1 and c2, and two mappings of c1, all by a person. */
function account(): Account {
  return after(
    createCertificates(context('1'), [newCertificate(1, 'c1'), newCertificate(2, 'c2')]),
    createMappings(context('2'), [newMapping(10, 'm1', 1), newMapping(11, 'm2', 1)]),
  )
}

function apply(before: Account, document: DeclaredDocument, more: Partial<DocumentOptions> = {}, own = administrator) {
  return finished(applyDocument(own, document, { ...options, ...more })(before))
}

const faultsOf = (
  before: Account,
  document: DeclaredDocument,
  more: Partial<DocumentOptions> = {},
  own = administrator,
) => {
  const { code, details } = errorOf(() => apply(before, document, more, own))
  expect(code).toBe('DOCUMENT_FAULTY')
  return (details.errors as readonly { field: string; code: string }[]).map(({ field, code: of }) => [field, of])
}

describe('applying a document', () => {
  it('makes what is not there in one change, with whose document it was', () => {
    const document = documentOf({
      certificates: { bank: { plan, made } },
      trusts: { 'bank-ca': { caCertificates: listOf('ca') } },
      mappings: { 'bank-token': entry('token', { certificate: 'bank', targetTrust: { trust: 'bank-ca' } }) },
      settings: { unmappedCalls: 'refuse' },
    })
    const { account: next, result, revoked } = apply(account(), document)
    expect(next.revision).toBe(3)
    expect(next.changes.at(-1)).toMatchObject({
      action: 'document.apply',
      subjects: ['settings', 'bank-ca', '100 bank', '100 bank-token'],
      fields: ['settings.unmappedCalls'],
    })
    expect(next.certificates.at(-1)).toMatchObject({
      name: 'bank',
      managedBy: 'team',
      staged: made.request,
      plan: { ...plan, order: { keyId: 'made-key', csrId: 'made-csr' } },
    })
    expect(next.mappings.at(-1)).toMatchObject({
      name: 'bank-token',
      certificateId: 100,
      managedBy: 'team',
      enable: true,
      targetTrust: { trust: 'bank-ca', caRecordId: recordOf('ca') },
    })
    expect(result.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'update settings settings',
      'create trust bank-ca',
      'create certificate bank',
      'create mapping bank-token',
    ])
    expect(result).toMatchObject({ kept: 4, made: ['bank'] })
    expect(revoked).toEqual([])
    expect(apply(next, document)).toEqual({ account: next, result: expect.anything(), revoked: [] })
    expect(apply(next, document).result.changes).toEqual([])
  })

  it('tells each field that is changed, as documents have it, and leaves the others as they are', () => {
    const document = documentOf({ mappings: { m1: { certificate: 'c2', enable: false, answerTimeoutSeconds: 5 } } })
    const { account: next, result, revoked } = apply(account(), document)
    expect(result.changes).toEqual([
      {
        action: 'update',
        kind: 'mapping',
        name: 'm1',
        fields: [
          { field: 'certificate', before: 'c1', after: 'c2' },
          { field: 'enable', before: true, after: false },
          { field: 'answerTimeoutSeconds', before: null, after: 5 },
        ],
      },
    ])
    expect(next.mappings[0]).toMatchObject({ url: 'https://t.example/10', certificateId: 2, revision: 3 })
    expect(next.mappings[0]).not.toHaveProperty('managedBy')
    expect(next.mappings[1]).toBe(account().mappings[1] && next.mappings[1])
    expect(revoked).toEqual([changedMappings])
  })

  it('lets mappings exchange urls, as uniqueness is that of the result', () => {
    const { account: next } = apply(
      account(),
      documentOf({ mappings: { m1: { url: urlOf('11') }, m2: { url: urlOf('10') } } }),
    )
    expect(next.mappings.map(({ url }) => url)).toEqual(['https://t.example/11', 'https://t.example/10'])
  })

  it('renames what was named otherwise, once', () => {
    const document = documentOf({
      certificates: { bank: { was: 'c1' } },
      mappings: { token: { was: 'm1', certificate: 'bank' } },
    })
    const { account: next, result } = apply(account(), document)
    expect(next.certificates[0]).toMatchObject({ id: 1, name: 'bank' })
    expect(next.mappings[0]).toMatchObject({ id: 10, name: 'token', certificateId: 1 })
    expect(result.changes).toEqual([
      { action: 'rename', kind: 'certificate', name: 'bank', fields: [{ field: 'name', before: 'c1', after: 'bank' }] },
      { action: 'rename', kind: 'mapping', name: 'token', fields: [{ field: 'name', before: 'm1', after: 'token' }] },
    ])
    expect(apply(next, document).result.changes).toEqual([])
    const twice = documentOf({ mappings: { a: { was: 'm1' }, b: { was: 'm1' }, m2: {}, c: { was: 'm2' } } })
    expect(faultsOf(account(), twice)).toEqual(
      expect.arrayContaining([
        ['mappings.b.was', 'DOCUMENT_FAULTY'],
        ['mappings.c.was', 'DOCUMENT_FAULTY'],
      ]),
    )
  })

  it('gives the certificates of a list to all mappings that use it, and tells of the list alone', () => {
    const before = after(
      createCertificates(context('1'), [newCertificate(1, 'c1')]),
      setTrust(context('2'), { name: 'ca', caRecordId: recordOf('old'), certificates: listOf('old').facts }),
      createMappings(context('3'), [{ ...newMapping(10, 'm1', 1), targetTrust: { trust: 'ca' } }]),
    )
    const document = documentOf({
      trusts: { ca: { caCertificates: listOf('new') } },
      mappings: { m1: { targetTrust: { trust: 'ca' } } },
    })
    const { account: next, result, revoked } = apply(before, document)
    expect(result.changes).toEqual([
      {
        action: 'update',
        kind: 'trust',
        name: 'ca',
        fields: [{ field: 'caCertificates', before: ['CN=old sha256=old'], after: ['CN=new sha256=new'] }],
      },
    ])
    expect(next.mappings[0]).toMatchObject({ targetTrust: { trust: 'ca', caRecordId: recordOf('new') }, revision: 3 })
    expect(result.before.trusts).toEqual(before.trusts)
    expect(revoked).toEqual([changedMappings])
  })

  it('has a certificate begin with what its source has', () => {
    const { profile: _, ...choices } = plan
    const [sourced, fetched] = [{ ...choices, source: 'kv' }, version('fetched')]
    const document = documentOf({ certificates: { sap: { plan: sourced, made: { version: fetched } } } })
    const { account: next, result } = apply(account(), document)
    const { keyId, fingerprintSha256 } = fetched
    expect(next.certificates.at(-1)).toMatchObject({
      ...{ name: 'sap', current: fetched, currentSince: 3 },
      plan: { ...sourced, fetched: { keyId, fingerprintSha256 } },
    })
    expect(result.made).toEqual(['sap'])
    expect(apply(next, document).account).toBe(next)
  })

  it('sets and removes the rule for a second person, and leaves other settings alone', () => {
    const rule = { actions: ['promote'], scope: 'mtls:admin', expiresAfterDays: 3 } as const
    const told = { actions: ['promote'], scope: 'mtls:admin', expiresAfter: '3d' }
    const publishing = changeSettings(context('3'), { publishKeys: true })(account()).account
    const { account: next, result } = apply(publishing, documentOf({ settings: { approvals: rule } }))
    expect(next.settings).toEqual({ unmappedCalls: 'plain', publishKeys: true, approvals: rule })
    expect(next.changes.at(-1)?.fields).toEqual(['settings.approvals'])
    expect(result.changes).toEqual([
      {
        ...{ action: 'update', kind: 'settings', name: 'settings' },
        fields: [{ field: 'approvals', before: null, after: told }],
      },
    ])
    for (const settings of [{ approvals: rule }, { publishKeys: true }, {}]) {
      expect(apply(next, documentOf({ settings })).account).toBe(next)
    }
    const own = { ...administrator, changeId: parseRecordId('second') }
    const removed = apply(next, documentOf({ settings: { approvals: null } }), {}, own)
    expect(removed.account.settings).toEqual({ unmappedCalls: 'plain', publishKeys: true })
    expect(removed.result.changes).toMatchObject([{ fields: [{ field: 'approvals', before: told, after: null }] }])
  })

  it('is compared with why it waits for a second person, which is why applying it does', () => {
    const ruledAccount = unasked(account(), ruled())
    const own = { ...administrator, at: askedAt }
    const reasonsOf = (before: Account, document: DeclaredDocument) => {
      const steps = compareDocument(before, own, document, options)
      let step = steps.next()
      while (!step.done) step = steps.next()
      return step.value.needsApproval
    }
    const declared = entry('m1', { certificate: 'bank' })
    const secret = { name: 'x-key', secretId: parseRecordId('record-1'), mac: 'mac' }
    const targetAuth = { type: 'headers', headers: [secret] }
    const begun = [made, { version: version('sourced') }]
    const cases: readonly (readonly [Parts, readonly string[]])[] = [
      ...begun.map((each) => {
        const certificates = { bank: { plan, made: each } }
        return [{ certificates, mappings: { m1: declared } }, ['promote', 'target-host']] as const
      }),
      [{ mappings: { m1: { targetAuth } } }, ['target-credentials']],
      [{ settings: { approvals: null } }, ['approvals']],
      [{ mappings: { m1: { enable: false } }, certificates: { c1: { plan } } }, []],
      [{ mappings: { m1: { enable: true } } }, []],
    ]
    for (const [parts, reasons] of cases) {
      const document = documentOf(parts)
      // Nothing is made for a comparison.
      const unmade = [...document.certificates].map(([name, { made: _, ...rest }]) => [name, rest] as const)
      expect(reasonsOf(ruledAccount, { ...document, certificates: new Map(unmade) })).toEqual(reasons)
      expect(actionsOf(ruledAccount, (before) => finished(applyDocument(own, document, options)(before)))).toEqual(
        reasons,
      )
      expect(reasonsOf(account(), document)).toEqual([])
    }
  })

  it('changes a plan only where it says something else', () => {
    const planned = after(
      createCertificates(context('1'), [newCertificate(1, 'c1')]),
      setPlan(context('2'), certificateId(1), plan),
    )
    expect(apply(planned, documentOf({ certificates: { c1: { plan } } })).account).toBe(planned)
    const other = { ...plan, promote: 'eachTarget' }
    const { account: next, result } = apply(planned, documentOf({ certificates: { c1: { plan: other } } }))
    expect(next.certificates[0]?.plan).toEqual({ ...other, setBy: 'tester' })
    expect(result.changes).toMatchObject([
      { action: 'update', fields: [{ field: 'plan', before: plan, after: other }] },
    ])
    const { account: without } = apply(next, documentOf({ certificates: { c1: { plan: null } } }))
    expect(without.certificates[0]).not.toHaveProperty('plan')
  })
})

describe('a secret of a document', () => {
  const withSecret = (mac: string) =>
    documentOf({
      mappings: {
        m: entry('m', {
          targetAuth: { type: 'headers', headers: [{ name: 'x-key', secretId: parseRecordId(`record-${mac}`), mac }] },
        }),
      },
    })

  it('is known when it comes again, and told as set anew when it is another', () => {
    const { account: first } = apply(account(), withSecret('one'))
    expect(apply(first, withSecret('one')).account).toBe(first)
    const later = { ...administrator, changeId: parseRecordId('later'), at: '2027-01-01T00:00:00.000Z' }
    const { account: next, result } = apply(first, withSecret('two'), {}, later)
    expect(next.mappings.at(-1)?.targetAuth).toMatchObject({ headers: [{ secret: { secretId: 'record-two' } }] })
    const told = (secretSetAt: string) => ({
      type: 'headers',
      headers: [{ name: 'x-key', hasSecret: true, secretSetAt }],
    })
    expect(result.changes).toMatchObject([
      { fields: [{ field: 'targetAuth', before: told(administrator.at), after: told(later.at) }] },
    ])
    expect(JSON.stringify(result.changes)).not.toMatch(/record-|mac|one|two/)
  })

  it('has to be sent again where the mapping is for another host', () => {
    const { account: first } = apply(account(), withSecret('one'))
    const moved = documentOf({ mappings: { m: { url: parseMappingUrl('https://other.example/') } } })
    expect(faultsOf(first, moved)).toEqual([['mappings.m.targetAuth', 'TARGET_SECRET_NEEDED']])
  })
})

describe('pruning', () => {
  const first = documentOf({
    certificates: { bank: { plan, made } },
    trusts: { ca: { caCertificates: listOf('ca') } },
    mappings: { own: entry('own', { certificate: 'bank' }) },
  })

  it('deletes what a document of the same source has made, and nothing else', () => {
    const { account: mine } = apply(account(), first)
    const theirs = documentOf({ mappings: { theirs: entry('theirs') } })
    const { account: both } = apply(
      mine,
      {
        ...theirs,
        mappings: new Map([...theirs.mappings].map(([name, each]) => [name, { ...each, newId: mappingId(200) }])),
      },
      { source: 'other' },
      { ...administrator, changeId: parseRecordId('second') },
    )
    const own = { ...administrator, changeId: parseRecordId('third') }
    expect(apply(both, documentOf({}), {}, own).account).toBe(both)
    const { account: next, result, revoked } = apply(both, documentOf({}), { prune: true }, own)
    expect(result.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'delete mapping own',
      'delete certificate bank',
      'delete trust ca',
    ])
    expect(result.dropped.map(({ keyId }) => keyId)).toEqual(['made-key'])
    expect(result.droppedOrders).toEqual(['made-csr'])
    expect(next.mappings.map(({ name }) => name)).toEqual(['m1', 'm2', 'theirs'])
    expect(next.certificates.map(({ name }) => name)).toEqual(['c1', 'c2'])
    expect(revoked).toEqual([changedMappings])
    expect(result.kept).toBe(5)
  })

  it('is refused of what is still used', () => {
    const { account: mine } = apply(account(), first)
    const users = documentOf({ mappings: { m1: { certificate: 'bank', targetTrust: { trust: 'ca' } } } })
    expect(faultsOf(mine, users, { prune: true }, { ...administrator, changeId: parseRecordId('second') })).toEqual([
      ['certificates.bank', 'CERTIFICATE_IN_USE'],
      ['trusts.ca', 'TRUST_IN_USE'],
    ])
  })
})

describe('a faulty document', () => {
  it('is refused as a whole, with every fault by its path', () => {
    const document = documentOf({
      certificates: { gone: {}, unplanned: { plan: null } },
      trusts: { empty: {} },
      mappings: {
        m1: { url: urlOf('11') },
        new: { url: urlOf('new') },
        dangling: entry('dangling', { certificate: 'none' }),
        untrusted: entry('untrusted', { targetTrust: { trust: 'none' } }),
        signed: entry('signed', { messageSignature: { signature: { scheme: 'jws' }, certificate: 'none' } }),
      },
      appKeys: { billing: {} },
    })
    expect(faultsOf(account(), document)).toEqual([
      ['appKeys.billing', 'APP_KEY_NOT_FOUND'],
      ['trusts.empty.caCertificates', 'DOCUMENT_FAULTY'],
      ['certificates.gone', 'CERTIFICATE_NOT_FOUND'],
      ['certificates.unplanned', 'CERTIFICATE_NOT_FOUND'],
      ['mappings.new.service', 'DOCUMENT_FAULTY'],
      ['mappings.new.certificate', 'DOCUMENT_FAULTY'],
      ['mappings.dangling.certificate', 'MAPPING_CERTIFICATE_UNKNOWN'],
      ['mappings.signed.messageSignature.certificate', 'MAPPING_CERTIFICATE_UNKNOWN'],
      ['mappings.m1.url', 'MAPPING_ALREADY_EXISTS'],
      ['mappings.untrusted.trust', 'MAPPING_TRUST_UNKNOWN'],
    ])
  })

  it('asks for an administrator wherever the single operations do', () => {
    const anyHost = documentOf({ mappings: { any: { ...entry('any'), url: parseMappingUrl('https://*/*') } } })
    const refusing = changeSettings(context('3'), { unmappedCalls: 'refuse' })(account()).account
    const writer = { ...administrator, isAdmin: false }
    expect(faultsOf(refusing, anyHost, {}, writer)).toEqual([['mappings.any.url', 'SCOPE_MISSING']])
    expect(faultsOf(account(), anyHost)).toEqual([['mappings.any.url', 'UNMAPPED_CALLS_NOT_REFUSED']])
    const both = { ...anyHost, settings: { unmappedCalls: 'refuse' as const } }
    const { account: mapped } = apply(account(), both)
    expect(mapped.settings).toEqual({ unmappedCalls: 'refuse' })
    const plain = documentOf({ settings: { unmappedCalls: 'plain' } })
    const own = { ...administrator, changeId: parseRecordId('second') }
    expect(faultsOf(mapped, plain, {}, own)).toEqual([['settings.unmappedCalls', 'UNMAPPED_CALLS_NOT_REFUSED']])
    const administrative = documentOf({ settings: {}, appKeys: {} })
    expect(faultsOf(account(), administrative, { mayAdminister: false })).toEqual([
      ['appKeys', 'SCOPE_MISSING'],
      ['settings', 'SCOPE_MISSING'],
    ])
  })

  it('is refused where a certificate has gone since its keys were made', () => {
    const { code } = errorOf(() => apply(account(), documentOf({ certificates: { bank: { plan } } })))
    expect(code).toBe('ACCOUNT_BUSY')
  })

  it('is compared with the revision of If-Match last', () => {
    const own = { ...administrator, precondition: { of: 'account', revisions: [1] } } as const
    expect(errorOf(() => apply(account(), documentOf({}), {}, own)).code).toBe('PRECONDITION_FAILED')
  })
})

const name = fc.constantFrom('a', 'b', 'c', 'd')
const mappings = fc.dictionary(
  name,
  fc.record(
    {
      serviceId: fc.constantFrom('1', '2'),
      url: fc.constantFrom('x', 'y', 'z').map(urlOf),
      certificate: fc.constantFrom('c1', 'c2', 'none'),
      enable: fc.boolean(),
      answerTimeoutSeconds: fc.constantFrom(null, 5),
      was: name,
    },
    { requiredKeys: [] },
  ),
)

describe('whatever documents are applied, one after the other', () => {
  it('what is applied is there, applying it again changes nothing, and what it does not name is as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(mappings, fc.boolean()), { maxLength: 8 }), (documents) => {
        let present = createCertificates(context('0'), [newCertificate(1, 'c1'), newCertificate(2, 'c2')])(
          emptyAccount(accountId),
        ).account
        documents.forEach(([entries, prune], index) => {
          const parts = documentOf({ mappings: entries })
          const ids = [...parts.mappings].map(
            ([key, each], at) => [key, { ...each, newId: mappingId(1 + index * 10 + at) }] as const,
          )
          const document = { ...parts, mappings: new Map(ids) }
          const own = { ...administrator, changeId: parseRecordId(`change-${index}`) }
          let next: Account
          try {
            next = apply(present, document, { prune }, own).account
          } catch (error) {
            expect(error).toMatchObject({ name: 'CodedError', code: 'DOCUMENT_FAULTY' })
            return
          }
          const again = { ...own, changeId: parseRecordId(`again-${index}`) }
          expect(apply(next, document, { prune }, again).account).toBe(next)
          const names = next.mappings.map((each) => each.name)
          expect(new Set(names).size).toBe(names.length)
          expect(new Set(next.mappings.map((each) => `${each.serviceId} ${each.url}`)).size).toBe(names.length)
          for (const key of document.mappings.keys()) expect(names).toContain(key)
          present = next
        })
      }),
      { numRuns: 300 },
    )
  })
})
