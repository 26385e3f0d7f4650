import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import {
  type Account,
  CodedError,
  type ErrorCode,
  parseMappingId,
  parseMappingUrl,
  parseRecordId,
  watchedPromotions,
} from '@mtls-gateway/domain'
import { Registry } from 'prom-client'
import { PromotionWatch } from '../../src/promotion-watch/promotion-watch.ts'
import { accountWith, plannedCertificate } from '../plans/planned-accounts.ts'

const minuteMs = 60_000

/** Whose target has refused the current version since its promotion a minute ago. */
function promotedAccount(): Account {
  const certificate = plannedCertificate(1)
  const { current } = certificate
  const id = parseMappingId(1)
  if (current === undefined || id === undefined) throw new TypeError('no version, or no id')
  const versionId = parseRecordId('v0')
  const replacedAt = new Date(Date.now() - minuteMs).toISOString()
  const account = accountWith('one', [{ ...certificate, previous: { ...current, versionId, replacedAt } }])
  const at = { createdAt: replacedAt, updatedAt: replacedAt }
  const mapping = {
    ...{ id, name: 'm1', serviceId: '1', url: parseMappingUrl('https://target.test/'), certificateId: certificate.id },
    ...{ enable: true, revision: 1, ...at },
  }
  return { ...account, mappings: [mapping] }
}

describe('the watch over promotions', () => {
  let watch: PromotionWatch | undefined

  afterEach(() => watch?.stop())

  /** What it does where the probe of the version before fails with this code. */
  async function doneWhereProbeFails(code: ErrorCode): Promise<readonly string[]> {
    const account = promotedAccount()
    const now = Date.now()
    const done: string[] = []
    watch = new PromotionWatch({
      watched: { next: () => new Map([[account.accountId, watchedPromotions(account, now)]]) },
      writer: {
        readInTurn: async () => account,
        change: () => Promise.reject(new TypeError('noted as refused')),
      },
      outcomes: {
        of: async () => {
          const failure = { at: now, code: 'TARGET_REQUIRES_CLIENT_CERTIFICATE' }
          const calls = { succeededAt: now - 2 * minuteMs, failingSince: now - 50_000, failuresInARow: 5, failure }
          return new Map(account.mappings.map(({ id }) => [id, calls]))
        },
      },
      leases: { acquire: async () => ({ extend: async () => true, release: async () => undefined }) },
      probes: { run: () => Promise.reject(new CodedError(code, 'Not tried.')) },
      versions: {
        rollBack: () => {
          done.push('rolled back')
          return Promise.reject(new CodedError('CERTIFICATE_EXPIRED', 'It goes on no further here.'))
        },
      },
      pool: new Bulkhead('plan-steps', { total: 1, share: 1, reserve: 0 }),
      metrics: { registry: new Registry() },
      log: { warn: (fields: object) => void done.push('event' in fields ? String(fields.event) : '') },
    })
    watch.start()
    while (done.length === 0) await setTimeout(50)
    return done
  }

  it('takes back without a try where there is no prober', async () => {
    expect(await doneWhereProbeFails('PROBER_NOT_CONFIGURED')).toContain('rolled back')
  })

  it('takes nothing back because the prober is busy: it tries again', async () => {
    expect(await doneWhereProbeFails('TOO_MANY_CALLS')).toEqual(['roll-back-failed'])
  })
})
