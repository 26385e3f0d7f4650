import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  activateMapping,
  activateSigningKey,
  type Command,
  caRecordId,
  changeSettings,
  completeRequest,
  createAppKey,
  createCertificates,
  createInvitation,
  createMappings,
  createSigningKey,
  deleteAppKey,
  deleteMapping,
  dropPrevious,
  dropStaged,
  parseRecordId,
  parseTargetUrl,
  promoteMappings,
  promoteStaged,
  replaceCertificates,
  requestCertificate,
  rollBack,
  rollBackMappings,
  setPlan,
  stageVersion,
  updateMappings,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  request,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { actionsOf, asked, askedAt, by, everything, mustAsk, ruled, unasked } from './asking.ts'

const id = certificateId(1)
const url = (text: string) => parseTargetUrl(text).normalised
/** Certificates 1 and 2; mappings 10 and 11 of the first to one host, 12 (disabled) of the second to another. */
const plain = after(
  createCertificates(context('c'), [newCertificate(1, 'c1'), newCertificate(2, 'c2')]),
  createMappings(context('m'), [
    newMapping(10, 'm1', 1),
    newMapping(11, 'm2', 1),
    { ...newMapping(12, 'm3', 2, 'https://other.example/'), enable: false },
  ]),
  createSigningKey(context('k1'), signingKey('k1')),
  createSigningKey(context('k2'), signingKey('k2')),
  stageVersion(context('s'), id, uploaded('next')),
)
const account = unasked(plain, ruled())

function signingKey(kid: string) {
  return { kid: parseRecordId(kid), use: 'message-signature', algorithm: 'RS256', jwk: { kty: 'RSA' } } as const
}

function appKey(scopes: readonly ('forward' | 'mtls:read')[]) {
  return createAppKey(context('key'), {
    ...{ id: parseRecordId('key-1'), label: 'billing', scopes, createdAt: context().at, expiresAt: null },
  })
}

function invitation(scopes: readonly ('mtls:read' | 'mtls:admin')[]) {
  const invited = {
    id: parseRecordId('i1'),
    label: 'Anna',
    scopes,
    expiresAt: '2026-01-09T00:00:00.000Z',
    codeSha256: 'x',
  }
  return createInvitation(context('invite'), invited, new Set(['mtls:read', 'mtls:admin']))
}

const update = (part: Omit<Parameters<typeof updateMappings>[1][number], 'id'>, mapping = 10) =>
  updateMappings(context('update'), [{ id: mappingId(mapping), ...part }])
const promote = promoteStaged(context('promote'), id, { version: version('next'), force: false })
const promoteOne = promoteMappings(context('promote-one'), id, [mappingId(10)], {
  version: version('next'),
  force: false,
})
const headers = { type: 'headers', headers: [{ name: 'x-key', secretId: parseRecordId('secret') }] } as const
const signature = { scheme: 'rfc9421', signingKey: true } as const

describe('what needs a second person', () => {
  it.each<readonly [string, Command<unknown>, readonly string[]]>([
    ['a promotion', promote, ['promote']],
    ['the promotion of one mapping', promoteOne, ['promote']],
    ['a replacement in place', replaceCertificates(context('r'), [{ id, version: version('new') }]), ['promote']],
    [
      'a mapping of another host',
      createMappings(context('n'), [newMapping(20, 'n', 1, 'https://new.example/')]),
      ['target-host'],
    ],
    [
      'another port',
      createMappings(context('n'), [newMapping(20, 'n', 1, 'https://t.example:8443/')]),
      ['target-host'],
    ],
    ['a url at another host', update({ url: url('https://new.example/') }), ['target-host']],
    ['another certificate at a host', update({ certificateId: certificateId(2) }), ['promote', 'target-host']],
    ['a mapping that is enabled', update({ enable: true }, 12), ['promote', 'target-host']],
    [
      'an activation',
      activateMapping(context('a'), mappingId(30), {
        certificateId: id,
        serviceId: '2',
        url: url('https://new.example/'),
      }),
      ['target-host'],
    ],
    ['a secret for a target', update({ targetAuth: headers }), ['target-credentials']],
    ['a signature', update({ messageSignature: signature }), ['target-credentials']],
    [
      'another certificate that signs',
      update({ messageSignature: { scheme: 'jws', certificateId: certificateId(2) } }),
      ['promote', 'target-credentials'],
    ],
    ['an app key that calls', appKey(['forward']), ['app-key-forward']],
    ['an invitation of an administrator', invitation(['mtls:admin']), ['invite-admin']],
    [
      'another rule',
      changeSettings(context('x'), { approvals: { ...everything, actions: ['promote'] } }),
      ['approvals'],
    ],
    ['no rule any more', changeSettings(context('x'), { approvals: null }), ['approvals']],
  ])('%s', (_, command, actions) => expect(actionsOf(account, command)).toEqual(actions))

  it.each<readonly [string, Command<unknown>]>([
    ['what was there already', createMappings(context('n'), [newMapping(20, 'n', 1, 'https://t.example/another')])],
    [
      'a disabled mapping of another host',
      createMappings(context('n'), [{ ...newMapping(20, 'n', 1, 'https://new.example/'), enable: false }]),
    ],
    ['secrets of a disabled one', update({ targetAuth: headers }, 12)],
    ['a name', update({ name: 'renamed' })],
    ['disabling', update({ enable: false })],
    ['deleting', deleteMapping(context('d'), mappingId(10))],
    ['staging', stageVersion(context('s2'), id, uploaded('other'))],
    ['dropping what is staged', dropStaged(context('d'), id)],
    [
      'a certificate that nothing presents',
      replaceCertificates(context('r'), [{ id: certificateId(2), version: version('new') }]),
    ],
    ['an app key that reads', appKey(['mtls:read'])],
    ['an invitation that reads', invitation(['mtls:read'])],
    [
      'a plan',
      setPlan(context('p'), id, { profile: 'x', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' }),
    ],
    ['another key that nothing signs with', activateSigningKey(context('k'), 'k2')],
    ['other settings', changeSettings(context('x'), { publishKeys: true })],
  ])('not: %s', (_, command) => expect(actionsOf(account, command)).toEqual([]))

  it('nothing without a rule, and only what the rule names', () => {
    for (const command of [promote, update({ targetAuth: headers }), appKey(['forward'])]) {
      expect(asked(plain, command)).toBeUndefined()
    }
    const hosts = unasked(plain, ruled({ actions: ['target-host'] }))
    expect(actionsOf(hosts, promote)).toEqual([])
    expect(actionsOf(hosts, update({ certificateId: certificateId(2) }))).toEqual(['target-host'])
  })

  it('an app key that may do more, and another signing key of a mapping', () => {
    const signing = unasked(plain, update({ messageSignature: signature }), appKey(['forward']), ruled())
    expect(actionsOf(signing, activateSigningKey(context('k'), 'k2'))).toEqual(['target-credentials'])
    expect(actionsOf(signing, deleteAppKey(context('d'), 'key-1'))).toEqual([])
  })

  it('a token endpoint, which is shown the certificate as a target is', () => {
    const tokenOf = (host: string) =>
      update({
        targetAuth: {
          ...{ type: 'oauth2', clientId: 'c', method: 'tls_client_auth' },
          tokenUrl: url(`https://${host}/token`),
        },
      })
    const hosts = unasked(plain, ruled({ actions: ['target-host'] }))
    expect(actionsOf(hosts, tokenOf('new.example'))).toEqual(['target-host'])
    expect(actionsOf(hosts, tokenOf('t.example'))).toEqual([])
    expect(actionsOf(unasked(hosts, tokenOf('new.example')), tokenOf('new.example'))).toEqual([])
  })

  it('a mapping that presents what others only sign with, and one that signs with what they only present', () => {
    const promotes = unasked(
      plain,
      update({ messageSignature: { scheme: 'jws', certificateId: certificateId(2) } }),
      ruled({ actions: ['promote'] }),
    )
    const made = (part: object) => createMappings(context('n'), [{ ...newMapping(20, 'n', 1), ...part }])
    expect(actionsOf(promotes, made({}))).toEqual([])
    expect(actionsOf(promotes, made({ certificateId: certificateId(2) }))).toEqual(['promote'])
    const signer = (number: number) => ({ messageSignature: { scheme: 'jws', certificateId: certificateId(number) } })
    expect(actionsOf(promotes, made(signer(2)))).toEqual([])
    expect(actionsOf(promotes, made(signer(1)))).toEqual(['promote'])
  })

  it('a mapping that was deleted and is made again', () => {
    const gone = unasked(
      account,
      deleteMapping(context('d'), mappingId(10)),
      deleteMapping(context('d2'), mappingId(11)),
    )
    expect(actionsOf(gone, createMappings(context('n'), [newMapping(10, 'm1', 1)]))).toEqual(['promote', 'target-host'])
  })
})

describe('a certificate that waits for its signature', () => {
  const pending = unasked(
    account,
    requestCertificate(context('csr'), { id: certificateId(3), name: 'c3', request: request('key-3') }),
  )
  const mapped = createMappings(context('n'), [newMapping(20, 'n', 3)])
  const complete = completeRequest(context('done'), certificateId(3), {
    place: 'certificate',
    version: { ...version('first'), keyId: request('key-3').keyId },
  })

  it('needs somebody when it is mapped, and nobody when it comes', () => {
    expect(actionsOf(pending, mapped)).toEqual(['promote', 'target-host'])
    expect(actionsOf(unasked(pending, mapped), complete)).toEqual([])
    expect(actionsOf(unasked(pending, complete), mapped)).toEqual(['promote', 'target-host'])
    // The key of this one was not made here.
    const other = replaceCertificates(context('r'), [{ id: certificateId(3), version: version('other') }])
    expect(actionsOf(unasked(pending, mapped), other)).toEqual(['promote'])
  })
})

describe('going back', () => {
  const back = (previous: string) => rollBack(context('back'), id, version(previous))
  const promoted = unasked(account, promote)
  const partly = unasked(account, promoteOne)

  it('needs nobody', () => {
    expect(actionsOf(promoted, back('v1'))).toEqual([])
    expect(actionsOf(promoted, rollBackMappings(context('b'), id, [mappingId(10)], version('v1')))).toEqual([])
    expect(actionsOf(partly, rollBackMappings(context('b'), id, [mappingId(10)], undefined))).toEqual([])
  })

  it('and forward again needs somebody', () => {
    expect(actionsOf(unasked(promoted, back('v1')), back('next'))).toEqual(['promote'])
  })

  it('needs somebody where the mapping has not presented that version', () => {
    // Something else was put in the place of the previous version while nothing presented the certificate.
    const planted = unasked(
      account,
      replaceCertificates(context('r1'), [{ id: certificateId(2), version: version('evil') }]),
      replaceCertificates(context('r2'), [{ id: certificateId(2), version: version('good') }]),
      update({ certificateId: certificateId(2) }),
    )
    const evil: Command<unknown> = rollBack(context('back'), certificateId(2), version('evil'))
    expect(actionsOf(planted, evil)).toEqual(['promote'])
    expect(actionsOf(unasked(planted, dropPrevious(context('d'), certificateId(2))), promote)).toEqual(['promote'])
  })

  describe('needs somebody where the mapping was disabled when it was given the version that it presents', () => {
    const [second, evil, good] = [certificateId(2), version('evil'), version('good')]
    const back: Command<unknown> = rollBack(context('back'), second, evil)
    const enable = update({ enable: true }, 12)
    const move = (of: Account) => actionsOf(of, promoteMappings(context('on'), second, [mappingId(12)], undefined))
    const take = (of: Account) => actionsOf(of, rollBackMappings(context('off'), second, [mappingId(12)], undefined))
    /** Something else is in use while nothing presents the certificate. */
    const replaced = unasked(
      account,
      createMappings(context('n'), [{ ...newMapping(13, 'm4', 2, 'https://other.example/4'), enable: false }]),
      replaceCertificates(context('r1'), [{ id: second, version: evil }]),
    )

    it('from what was staged', () => {
      const staged = unasked(
        replaced,
        stageVersion(context('s2'), second, uploaded('good')),
        promoteMappings(context('p2'), second, [mappingId(12)], { version: good, force: false }),
      )
      expect(actionsOf(staged, enable)).toEqual(['promote', 'target-host'])
      const enabled = unasked(staged, enable)
      expect(take(enabled)).toEqual(['promote'])
      const own = { ...context('own'), actor: 'plan' }
      const refusal = { version: good.versionId, code: 'X' }
      expect(actionsOf(enabled, rollBackMappings(own, second, [mappingId(12)], undefined, refusal))).toEqual([
        'promote',
      ])
      const again = promoteMappings(context('p3'), second, [mappingId(12)], { version: good, force: false })
      expect(take(unasked(enabled, again))).toEqual(['promote'])
      const whole = unasked(enabled, deleteMapping(context('d'), mappingId(13)))
      expect(whole.certificates[1]).toMatchObject({ current: { versionId: 'good' }, previous: { versionId: 'evil' } })
      expect(actionsOf(whole, back)).toEqual(['promote'])
    })

    it('from the previous one', () => {
      const v1 = account.certificates[1]?.current
      const enabled = unasked(replaced, rollBackMappings(context('b2'), second, [mappingId(12)], v1), enable)
      expect(move(enabled)).toEqual(['promote'])
      const promoted = unasked(
        enabled,
        stageVersion(context('s2'), second, uploaded('good')),
        promoteStaged(context('p2'), second, { version: good, force: false }),
      )
      expect(actionsOf(promoted, back)).toEqual(['promote'])
      // By then it has presented what is in use.
      const next = unasked(
        promoted,
        stageVersion(context('s3'), second, uploaded('better')),
        promoteStaged(context('p3'), second, { version: version('better'), force: false }),
      )
      expect(actionsOf(next, rollBack(context('back'), second, good) as Command<unknown>)).toEqual([])
    })

    it('and so does enabling it with what is presented elsewhere', () => {
      const rest = unasked(
        partly,
        createMappings(context('n'), [newMapping(14, 'm5', 1, 'https://t.example/5')]),
        update({ enable: false }, 11),
        promoteMappings(context('p2'), id, [mappingId(11)], { version: version('next'), force: false }),
      )
      expect(actionsOf(rest, update({ enable: true }, 11))).toEqual(['promote'])
    })
  })

  it('is what the gateway does by itself', () => {
    const edited = unasked(promoted, update({ name: 'edited' }))
    const command = (actor: string): Command<unknown> => {
      const own = { ...context('b'), actor }
      return rollBackMappings(own, id, [mappingId(10)], version('v1'), {
        version: version('next').versionId,
        code: 'X',
      })
    }
    expect(actionsOf(edited, command('plan'))).toEqual([])
    expect(actionsOf(edited, command('alice'))).toEqual(['promote'])
  })
})

describe('a request', () => {
  it('says what it is about, and changes nothing else', () => {
    const { account: next, request } = mustAsk(account, promote)
    const { approvals, revision, changes, ...rest } = next
    const { revision: _, changes: __, ...before } = account
    expect(rest).toEqual(before)
    expect(approvals).toEqual([request])
    expect(revision).toBe(account.revision + 1)
    expect(changes.at(-1)).toMatchObject({
      ...{ action: 'approvals.request', actor: 'tester', changeId: 'promote' },
      subjects: ['request-1 certificates.promote', '1 c1'],
    })
    expect(request).toMatchObject({ operation: 'certificates.promote', requestedBy: 'tester', subjects: ['1 c1'] })
    expect(request.expiresAt).toBe('2026-01-05T03:04:05.000Z')
  })

  it('keeps the names of all records that it would have the account name', () => {
    const long = (name: string) => parseRecordId(name.padEnd(22, '0'))
    const auth = { type: 'headers', headers: [{ name: 'x-key', secretId: long('secret') }] } as const
    expect(mustAsk(account, update({ targetAuth: auth })).request.open?.keeps).toEqual([long('secret')])
    const next = { ...version('new'), versionId: long('version'), keyId: long('key') }
    const { keeps = [] } =
      mustAsk(account, replaceCertificates(context('r'), [{ id, version: next }])).request.open ?? {}
    expect(keeps).toEqual(expect.arrayContaining([long('version'), long('key')]))
    expect(keeps).not.toContain(next.fingerprintSha256)
  })

  it('is the same where the same person asks for the same again', () => {
    const promoteAt = (actor: string, at: string) =>
      promoteStaged(by(actor, 'again', at), id, { version: version('next'), force: false })
    const { account: waiting, request } = mustAsk(account, promoteAt('tester', askedAt))
    const again = (actor: string, at = '2026-01-02T06:00:00.000Z') =>
      asked(waiting, promoteAt(actor, at), parseRecordId('r2'))
    expect(again('tester')).toMatchObject({ account: waiting, request })
    expect(again('tester')?.text).toBeUndefined()
    expect(again('somebody')?.request.id).toBe('r2')
    // It has expired.
    expect(again('tester', '2026-01-09T00:00:00.000Z')?.request.id).toBe('r2')
    const made = (change: string, name: number) =>
      createMappings(by('tester', change), [newMapping(name, 'n', 1, 'https://new.example/')])
    const first = mustAsk(account, made('n1', 20))
    expect(asked(first.account, made('n2', 21), parseRecordId('r2'))?.request.id).toBe(first.request.id)
  })

  /** The same, asked for twice: whether it is one request. */
  const isOne = (ask: (time: string) => Command<unknown>) => {
    const first = mustAsk(account, ask('time-1'))
    return asked(first.account, ask('time-2'), parseRecordId('r2'))?.request.id === first.request.id
  }

  it('is the same with a new notice by mail, and another one with a new url', () => {
    const settings = (channel: 'mail' | 'slack', to: string) => (time: string) => {
      const address = { to, ...(channel === 'slack' && { urlId: parseRecordId(`url-${time}`) }) }
      const notice = { channel, address, rotateSecret: false, newId: parseRecordId(`notice-${time}`) }
      return changeSettings(by('tester', time), { approvals: null, notices: [notice] })
    }
    expect(isOne(settings('mail', 'ops@bank.example'))).toBe(true)
    expect(isOne((time) => settings('mail', `${time}@bank.example`)(time))).toBe(false)
    expect(isOne(settings('slack', 'https://slack.example/...'))).toBe(false)
  })

  it('is the same with the same secret or CA certificates, although their records are new', () => {
    const secret = (macOf: (time: string) => string | undefined) => (time: string) => {
      const header = { name: 'x-key', secretId: parseRecordId(`secret-${time}`), mac: macOf(time) }
      return updateMappings(by('tester', time), [
        { id: mappingId(10), targetAuth: { type: 'headers', headers: [header] } },
      ])
    }
    expect(isOne(secret(() => 'mac'))).toBe(true)
    expect(isOne(secret((time) => `mac-${time}`))).toBe(false)
    expect(isOne(secret(() => undefined))).toBe(false)
    const trust = (hashOf: (time: string) => string) => (time: string) => {
      const targetTrust = { caRecordId: caRecordId(hashOf(time).padEnd(43, '0'), time) }
      return updateMappings(by('tester', time), [{ id: mappingId(10), url: url('https://new.example/'), targetTrust }])
    }
    expect(isOne(trust(() => 'hash'))).toBe(true)
    expect(isOne(trust((time) => time))).toBe(false)
  })

  const ask = (of: Account, actor: string, n: number) => {
    const name = `${actor.replace('.', '-')}${n}`
    const command = createMappings(by(actor, name), [newMapping(100 + n, name, 1, `https://${name}.example/`)])
    return mustAsk(of, command, parseRecordId(name)).account
  }
  /** Asks that often, each time for something else. */
  const crowd = (of: Account, actor: string, times: number) =>
    Array.from({ length: times }).reduce<Account>((before, _, n) => ask(before, actor, n), of)

  it('is one of 50 that wait at most, and of 10 of one person', () => {
    const full = crowd(account, 'a', 10)
    expect(errorOf(() => ask(full, 'a', 10))).toMatchObject({
      code: 'TOO_MANY_APPROVALS',
      message: expect.stringMatching(
        /^A person, with all app keys and invitations that they have made, may have at most 10/,
      ),
      details: { limit: 10 },
    })
    const crowded = ['b', 'c', 'd', 'e'].reduce((of, actor) => crowd(of, actor, 10), full)
    expect(errorOf(() => ask(crowded, 'f', 0))).toMatchObject({
      code: 'TOO_MANY_APPROVALS',
      message: expect.stringMatching(/^An account may have at most 50 requests/),
      details: { limit: 50 },
    })
  })

  it('is one of 10 of a person, whichever credentials of theirs ask', () => {
    const makeKey = (actor: string, name: string) =>
      createAppKey(
        { ...context(name), actor },
        { id: parseRecordId(name), label: name, scopes: ['mtls:admin'], createdAt: context().at, expiresAt: null },
      )
    const withKeys = unasked(account, makeKey('a', 'key-1'), makeKey('a', 'key-2'), makeKey('le123.key-2', 'key-3'))
    const actors = ['a', 'le123.key-1', 'le123.key-2', 'le123.key-3']
    const full = actors.reduce((of, actor, at) => crowd(of, actor, at + 1), withKeys)
    expect(full.approvals).toHaveLength(10)
    for (const actor of actors) {
      expect(errorOf(() => ask(full, actor, 10))).toMatchObject({ code: 'TOO_MANY_APPROVALS', details: { limit: 10 } })
    }
    expect(crowd(full, 'b', 10).approvals).toHaveLength(20)
  })

  it('is one of 30 of plans, which leave room for the others', () => {
    const full = crowd(account, 'plan', 30)
    expect(errorOf(() => ask(full, 'plan', 30))).toMatchObject({
      code: 'TOO_MANY_APPROVALS',
      message: expect.stringMatching(/^The renewal plans of an account may have at most 30 requests/),
      details: { limit: 30 },
    })
    expect(['a', 'b'].reduce((of, actor) => crowd(of, actor, 10), full).approvals).toHaveLength(50)
  })

  it('is not one of credentials whose maker nobody knows', () => {
    const withKey = unasked(plain, appKey(['mtls:read']), ruled())
    const byKey = (of: Account) =>
      asked(
        of,
        promoteStaged({ ...context('p'), actor: 'le123.key-1' }, id, { version: version('next'), force: false }),
      )
    expect(byKey(withKey)?.request.open).toMatchObject({ askers: ['le123.key-1', 'tester'], credential: 'key-1' })
    const older = { ...withKey, appKeys: withKey.appKeys.map(({ createdBy: _, ...rest }) => rest) }
    expect(() => byKey(older)).toThrow(expect.objectContaining({ code: 'APPROVAL_NOT_ALLOWED' }))
    // Whoever has made a key that makes the next one can delete the first.
    const second = createAppKey(
      { ...context('key-2'), actor: 'le123.key-1' },
      { id: parseRecordId('key-2'), label: 'robot', scopes: ['mtls:read'], createdAt: context().at, expiresAt: null },
    )
    const withBoth = unasked(withKey, second)
    const bySecond = (of: Account) =>
      asked(
        of,
        promoteStaged({ ...context('p'), actor: 'le123.key-2' }, id, { version: version('next'), force: false }),
      )
    expect(bySecond(withBoth)?.request.open?.askers).toEqual(['le123.key-2', 'le123.key-1', 'tester'])
    const alone = unasked(withBoth, deleteAppKey(context('d'), 'key-1'))
    expect(() => bySecond(alone)).toThrow(expect.objectContaining({ code: 'APPROVAL_NOT_ALLOWED' }))
    const gone = `invitation ${'i'.repeat(22)} "Anna"`
    const byGone = promoteStaged({ ...context('p'), actor: gone }, id, { version: version('next'), force: false })
    expect(() => asked(account, byGone)).toThrow(expect.objectContaining({ code: 'APPROVAL_NOT_ALLOWED' }))
  })
})
