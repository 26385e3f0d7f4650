import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  changeSettings,
  checkMailAddress,
  claimExpiryNotices,
  claimFacts,
  createCertificates,
  createMappings,
  emptyAccount,
  endOf,
  isShownUrl,
  markExpiryNoticesSent,
  markFactsSent,
  type NoticeUpdate,
  parseRecordId,
  promoteMappings,
  replaceCertificates,
  rollBackMappings,
  settingsOf,
  shownUrl,
} from '../../src/index.ts'
import {
  accountId,
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  version,
} from '../account-fixtures.ts'

let changes = 0
const at = (moment: string) => ({ ...context(`change-${++changes}`), at: moment })
const minutesAfter = (moment: string, minutes: number) => new Date(Date.parse(moment) + minutes * 60_000).toISOString()

/** A certificate of a hundred days. */
const begin = '2026-01-01T00:00:00.000Z'
const end = '2026-04-11T00:00:00.000Z'
const daysBefore = (days: number) => new Date(Date.parse(end) - days * 86_400_000).toISOString()

const mail = (id: string, update: Partial<NoticeUpdate> = {}): NoticeUpdate => ({
  channel: 'mail',
  address: { to: `${id}@bank.example` },
  rotateSecret: false,
  newId: parseRecordId(id),
  ...update,
})

function account(...notices: readonly NoticeUpdate[]): Account {
  return [
    createCertificates(at(begin), [
      { ...newCertificate(1, 'ends'), version: { ...version('v1', end), notBefore: begin } },
      { ...newCertificate(2, 'stays'), version: version('v2', '2090-01-01T00:00:00.000Z') },
    ]),
    changeSettings(at(begin), { notices }),
  ].reduce((before: Account, command) => command(before).account, emptyAccount(accountId))
}

function claim(before: Account, moment: string) {
  const { account: after, result } = claimExpiryNotices(at(moment), minutesAfter(moment, 5))(before)
  return { after, claimed: result, told: result.map((each) => (each.recipient ? [each.recipient.id, each.share] : [])) }
}

function tell(before: Account, moment: string) {
  const { after, claimed, told } = claim(before, moment)
  return { told, after: markExpiryNoticesSent(at(moment), claimed)(after).account }
}

describe('a notice by the share of the lifetime that is left', () => {
  it.each([
    [40, []],
    [33, [['ops', 0.33]]],
    [12, [['ops', 0.33]]],
    [10, [['ops', 0.1]]],
    [1, [['ops', 0.02]]],
    [0, [['ops', 0]]],
    [-400, [['ops', 0]]],
  ])('%d of 100 days before the end is %j', (days, expected) => {
    expect(claim(account(mail('ops')), daysBefore(days)).told).toEqual(expected)
  })

  it('comes as often in a life of minutes as in one of years', () => {
    const short = { ...version('v1', minutesAfter(begin, 2)), notBefore: begin }
    let now = [
      createCertificates(at(begin), [{ ...newCertificate(1, 'short'), version: short }]),
      changeSettings(at(begin), { notices: [mail('ops')] }),
    ].reduce((before: Account, command) => command(before).account, emptyAccount(accountId))
    const told: unknown[] = []
    for (let second = 0; second < 180; second++) {
      const next = tell(now, minutesAfter(begin, second / 60))
      now = next.after
      told.push(...next.told)
    }
    expect(told).toEqual([0.33, 0.1, 0.02, 0].map((share) => ['ops', share]))
  })

  it('is claimed by one at a time, due again where nobody has sent it, and told once', () => {
    const moment = daysBefore(20)
    const { after, claimed } = claim(account(mail('ops')), moment)
    expect(claim(after, minutesAfter(moment, 4))).toMatchObject({ told: [], after })
    expect(claim(after, minutesAfter(moment, 5)).told).toEqual([['ops', 0.33]])
    const sent = markExpiryNoticesSent(at(moment), claimed)(after).account
    expect(claim(sent, daysBefore(11)).told).toEqual([])
    expect(claim(sent, daysBefore(10)).told).toEqual([['ops', 0.1]])
  })

  it('is sent to each recipient by itself', () => {
    const moment = daysBefore(20)
    const { after, claimed } = claim(account(mail('ops'), mail('team')), moment)
    const sent = markExpiryNoticesSent(
      at(moment),
      claimed.filter(({ recipient }) => recipient?.id === 'ops'),
    )(after).account
    expect(claim(sent, minutesAfter(moment, 6)).told).toEqual([['team', 0.33]])
  })

  it('goes only to those who want it', () => {
    const only = account(mail('ops', { events: ['certificate.expired'] }), mail('team', { shares: [0.5] }))
    expect(claim(only, daysBefore(45)).told).toEqual([['team', 0.5]])
    expect(tell(only, daysBefore(0)).told).toEqual([
      ['ops', 0],
      ['team', 0],
    ])
  })

  it('is about the version that a mapping was taken back to, where that ends first', () => {
    const later = { ...version('v3', '2090-01-01T00:00:00.000Z'), notBefore: begin }
    const replaced = replaceCertificates(at(begin), [{ id: certificateId(1), version: later }])(account(mail('ops')))
    const mapped = createMappings(at(begin), [newMapping(10, 'bank', 1)])(replaced.account).account
    expect(claim(mapped, daysBefore(20)).told).toEqual([])
    const previous = { ...version('v1', end), notBefore: begin }
    const back = rollBackMappings(at(begin), certificateId(1), [mappingId(10)], previous)(mapped).account
    const { told, after } = tell(back, daysBefore(20))
    expect(told).toEqual([['ops', 0.33]])
    expect(after.certificates[0]).toMatchObject({ told: { fingerprintSha256: previous.fingerprintSha256 } })
    expect(claim(after, daysBefore(20)).told).toEqual([])
    expect(after.certificates.map(endOf)[0]).toBe(Date.parse(end))
    // Nobody presents it any more.
    const forward = promoteMappings(at(begin), certificateId(1), [mappingId(10)], undefined)(after).account
    expect(claim(forward, daysBefore(1)).told).toEqual([])
  })

  it('of a larger share, delivered late, takes nothing back of what was told since', () => {
    const first = claim(account(mail('ops')), daysBefore(20))
    const second = tell(first.after, daysBefore(10))
    expect(second.told).toEqual([['ops', 0.1]])
    const late = markExpiryNoticesSent(at(daysBefore(10)), first.claimed)(second.after).account
    expect(claim(late, daysBefore(9)).told).toEqual([])
  })

  it('begins anew for another version, and forgets recipients that are gone', () => {
    const told = tell(account(mail('ops'), mail('team')), daysBefore(20)).after
    const next = { ...version('v3', end), notBefore: begin }
    const replaced = replaceCertificates(at(daysBefore(20)), [{ id: certificateId(1), version: next }])(told).account
    expect(claim(replaced, daysBefore(20)).told).toHaveLength(2)
    const without = changeSettings(at(daysBefore(20)), { notices: [mail('x', { id: 'ops' })] })(told).account
    const { after, told: later } = tell(without, daysBefore(5))
    expect(later).toEqual([['ops', 0.1]])
    expect(after.certificates[0]?.told?.by).toEqual([{ recipient: 'ops', share: 0.1 }])
  })

  it('takes less than 200 bytes of the account for a certificate and a recipient', () => {
    const before = account(mail('x'.repeat(22)))
    const { after } = tell(before, daysBefore(1))
    expect(JSON.stringify(after.certificates[0]).length - JSON.stringify(before.certificates[0]).length).toBeLessThan(
      200,
    )
  })
})

describe('a notice of any other fact', () => {
  const fact = { type: 'plan.failed', id: 'f1' } as const
  const until = minutesAfter(begin, 5)

  it('is claimed by one at a time, told once, and due again where nobody has sent it', () => {
    const { account: claimed, result } = claimFacts(at(begin), [fact], until)(account(mail('ops')))
    expect(result.map(({ recipient }) => recipient.id)).toEqual(['ops'])
    expect(claimFacts(at(begin), [fact], until)(claimed)).toMatchObject({ result: [], account: claimed })
    expect(claimFacts(at(until), [fact], minutesAfter(until, 5))(claimed).result).toHaveLength(1)
    const sent = markFactsSent(at(begin), result)(claimed).account
    expect(claimFacts(at(daysBefore(0)), [fact], end)(sent)).toMatchObject({ result: [], account: sent })
    expect(claimFacts(at(begin), [{ ...fact, id: 'f2' }], until)(sent).result).toHaveLength(1)
  })

  it('goes only to those who want it, of which a hundred are remembered', () => {
    const silent = account(mail('ops', { events: ['certificate.expired'] }))
    expect(claimFacts(at(begin), [fact], until)(silent)).toMatchObject({ result: [], account: silent })
    const facts = Array.from({ length: 150 }, (_, index) => ({ ...fact, id: `f${index}` }))
    const { account: many } = claimFacts(at(begin), facts, until)(account(mail('ops')))
    expect(settingsOf(many).notices?.[0]?.facts).toHaveLength(150)
    // They hold no longer.
    const { account: later } = claimFacts(at(end), [fact], until)(many)
    expect(
      settingsOf(later)
        .notices?.[0]?.facts?.map(({ id }) => id)
        .slice(-2),
    ).toEqual(['f149', fact.id])
    expect(settingsOf(later).notices?.[0]?.facts).toHaveLength(101)
  })

  it('stays told while the settings change', () => {
    const { account: told } = claimFacts(at(begin), [fact], until)(account(mail('ops')))
    const changed = changeSettings(at(begin), { notices: [mail('x', { id: 'ops', shares: [0.5] })] })(told).account
    expect(settingsOf(changed).notices).toMatchObject([{ id: 'ops', shares: [0.5], facts: [{ id: 'f1' }] }])
  })
})

describe('the recipients of notices', () => {
  const record = parseRecordId
  const hook = (update: Partial<NoticeUpdate> = {}): NoticeUpdate => ({
    channel: 'webhook',
    address: { to: 'https://hooks.example/...', urlId: record('u1') },
    rotateSecret: false,
    newId: record('n1'),
    newSecretId: record('s1'),
    ...update,
  })
  const after = (...updates: readonly (readonly NoticeUpdate[])[]) =>
    updates.reduce((before, notices) => changeSettings(at(begin), { notices })(before).account, emptyAccount(accountId))

  it('want every event, and have the usual shares, unless they say otherwise', () => {
    expect(settingsOf(after([mail('ops', { shares: [0.1, 0.5, 0.1] })])).notices).toMatchObject([
      { id: 'ops', shares: [0.5, 0.1], events: expect.arrayContaining(['plan.waiting', 'certificate.expired']) },
    ])
    expect(settingsOf(after([mail('ops')])).notices).toMatchObject([{ shares: [0.33, 0.1, 0.02] }])
  })

  it('keep what a change leaves out, and the secret until a new one is asked for', () => {
    const same = hook({ id: 'n1', address: undefined, newId: record('n2'), newSecretId: record('s2') })
    expect(after([hook()], [same]).revision).toBe(1)
    const rotated = settingsOf(after([hook()], [{ ...same, rotateSecret: true }])).notices
    expect(rotated).toMatchObject([{ id: 'n1', urlId: 'u1', secretId: 's2' }])
    expect(settingsOf(after([hook()], [])).notices).toBeUndefined()
  })

  it.each([
    ['an id that there is not', [hook({ id: 'n9' })], 'NOTICE_NOT_FOUND'],
    ['the id of another channel', [mail('x', { id: 'n1' })], 'NOTICE_NOT_FOUND'],
    ['a new one without an address', [hook({ address: undefined })], 'NOTICE_ADDRESS_NEEDED'],
  ])('are refused for %s', (_, notices, code) => {
    expect(() => after([hook()], notices)).toThrow(expect.objectContaining({ code }))
  })
})

describe('a mail address', () => {
  it.each(['ops@bank.example', 'first.last+mtls@mail.bank.example', "o'neil@localhost"])('may be %s', (text) => {
    expect(checkMailAddress(text)).toBe(text)
  })

  it.each([
    '',
    'ops',
    '@bank.example',
    'ops@',
    'ops@bank.example\r\nBcc: all@bank.example',
    'ops@bank.example\n',
    'a@bank.example, b@bank.example',
    'a@bank.example;b@bank.example',
    'Ops <ops@bank.example>',
    '"a b"@bank.example',
    'a(b)@bank.example',
    'a@b@bank.example',
    '.a@bank.example',
    'a.@bank.example',
    'a..b@bank.example',
    '-a@bank.example',
    'a@-bank.example',
    'a@bank.example.',
    'a@[127.0.0.1]',
    'ä@bank.example',
    'a%b@bank.example',
    `${'a'.repeat(65)}@bank.example`,
  ])('is not %j', (text) => {
    expect(() => checkMailAddress(text)).toThrow(expect.objectContaining({ code: 'MAIL_ADDRESS_INVALID' }))
  })
})

it('shows of a url where it is, and nothing of its path', () => {
  expect(shownUrl('https://hooks.example:8443/T000/B000/secret?x=y')).toBe('https://hooks.example:8443/...')
  expect(isShownUrl(shownUrl('https://hooks.example/T000'))).toBe(true)
  expect(() => shownUrl('http://hooks.example/')).toThrow(expect.objectContaining({ code: 'TARGET_URL_NOT_HTTPS' }))
})

it('keep the url that is sent back as it was shown, and do not take that of another place for it', () => {
  const address = { to: shownUrl('https://hooks.example/T000'), urlId: parseRecordId('url') }
  const before = account(mail('chat', { channel: 'slack', address }))
  const sendBack = (shown: string) => {
    const update = mail('x', { id: 'chat', channel: 'slack', address: undefined, shown })
    return changeSettings(at(begin), { notices: [update] })(before).account
  }
  expect(sendBack('https://hooks.example/...')).toBe(before)
  const refused = { code: 'NOTICE_ADDRESS_NEEDED', details: { field: 'to' } }
  expect(() => sendBack('https://elsewhere.example/...')).toThrow(expect.objectContaining(refused))
})

it.each([
  [150, 150],
  [1_500, 1_000],
])('are sent once of %d facts that hold at once, and of %d at most', (count, told) => {
  const facts = Array.from({ length: count }, (_, index) => ({ type: 'plan.waiting' as const, id: `fact-${index}` }))
  const tick = (before: Account) => {
    const { account: claimed, result } = claimFacts(at(begin), facts, minutesAfter(begin, 5))(before)
    return { told: result.length, after: markFactsSent(at(begin), result)(claimed).account }
  }
  const first = tick(account(mail('ops')))
  expect(first.told).toBe(told)
  expect(tick(first.after)).toEqual({ told: 0, after: first.after })
  facts.reverse()
  expect(tick(first.after)).toEqual({ told: 0, after: first.after })
})
