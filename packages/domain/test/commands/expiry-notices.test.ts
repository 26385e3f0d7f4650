import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  changeSettings,
  claimExpiryNotices,
  createCertificates,
  emptyAccount,
  markExpiryNoticesSent,
  parseRecordId,
  replaceCertificates,
} from '../../src/index.ts'
import { accountId, certificateId, context, newCertificate, version } from '../account-fixtures.ts'

const end = '2026-06-01T00:00:00.000Z'
const daysBefore = (days: number) => new Date(Date.parse(end) - days * 86_400_000).toISOString()
const minutesAfter = (at: string, minutes: number) => new Date(Date.parse(at) + minutes * 60_000).toISOString()

let changes = 0
const at = (moment: string) => ({ ...context(`change-${++changes}`), at: moment })

/** One certificate that ends, one that does not, and a webhook. */
function account(): Account {
  const webhook = { url: 'https://hooks.example/', newSecretId: parseRecordId('s1'), rotateSecret: false }
  return [
    createCertificates(at(daysBefore(300)), [
      { ...newCertificate(1, 'ends'), version: version('v1', end) },
      newCertificate(2, 'stays'),
    ]),
    changeSettings(at(daysBefore(300)), { webhook }),
  ].reduce((before: Account, command) => command(before).account, emptyAccount(accountId))
}

function claim(before: Account, moment: string) {
  const { account: after, result } = claimExpiryNotices(at(moment), minutesAfter(moment, 5))(before)
  return { after, days: result.map(({ days }) => days), claimed: result }
}

describe('a notice of expiry', () => {
  it.each([
    [61, []],
    [60, [60]],
    [45, [60]],
    [30, [30]],
    [14, [14]],
    [7, [7]],
    [3, [3]],
    [1, [1]],
    [0.5, [1]],
    [0, [0]],
    [-100, [0]],
  ])('%d days before the end is that of %j', (days, expected) => {
    expect(claim(account(), daysBefore(days)).days).toEqual(expected)
  })

  it('is claimed by one at a time, and due again when nobody has sent it', () => {
    const moment = daysBefore(30)
    const { after } = claim(account(), moment)
    expect(claim(after, minutesAfter(moment, 4))).toMatchObject({ days: [], after })
    expect(claim(after, minutesAfter(moment, 5)).days).toEqual([30])
  })

  it('is not due again once it was sent, and the next one is', () => {
    const { after, claimed } = claim(account(), daysBefore(30))
    const sent = markExpiryNoticesSent(at(daysBefore(30)), claimed)(after).account
    expect(claim(sent, daysBefore(29)).days).toEqual([])
    expect(claim(sent, daysBefore(14)).days).toEqual([14])
  })

  it('begins anew for another version, and one that was sent for the version before changes nothing', () => {
    const { after, claimed } = claim(account(), daysBefore(30))
    const next = { ...version('v2', end), fingerprintSha256: 'cd'.repeat(32) }
    const replaced = replaceCertificates(at(daysBefore(30)), [{ id: certificateId(1), version: next }])(after).account
    const again = claim(replaced, daysBefore(30))
    expect(again.days).toEqual([30])
    expect(markExpiryNoticesSent(at(daysBefore(30)), claimed)(again.after).account).toBe(again.after)
  })

  it('is never due without a webhook', () => {
    const without = changeSettings(at(daysBefore(100)), { webhook: null })(account()).account
    expect(claim(without, daysBefore(1)).days).toEqual([])
  })

  it("leaves the certificate's own revision as it is: nothing that its owner set was changed", () => {
    const before = account()
    const { after } = claim(before, daysBefore(1))
    expect(after.revision).toBe(before.revision + 1)
    expect(after.certificates[0]?.revision).toBe(before.certificates[0]?.revision)
  })
})
