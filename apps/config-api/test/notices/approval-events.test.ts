import { describe, expect, it } from '@jest/globals'
import { type ApprovalRequest, emptyAccount, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { approvalEvents } from '../../src/approvals/approval-events.ts'

const accountId = parseAccountId('le123')
const now = Date.parse('2026-01-02T03:04:05.000Z')
const request: ApprovalRequest = {
  id: parseRecordId('request-1'),
  ...{ operation: 'mappings.create', actions: ['target-host'], subjects: ['7 bank\u202e'], subjectCount: 1 },
  ...{ requestedBy: 'alice', requestedAt: '2026-01-02T03:00:00.000Z', expiresAt: '2026-01-05T03:00:00.000Z' },
  contentSha256: 'x',
}
const eventsOf = (...approvals: readonly ApprovalRequest[]) =>
  approvalEvents({ ...emptyAccount(accountId), approvals }, now)

describe('what recipients are told of approvals', () => {
  it('is what waits, with who has asked and until when', () => {
    const { id, operation, actions, requestedBy, requestedAt, expiresAt } = request
    expect(eventsOf(request)).toEqual([
      {
        type: 'approval.requested',
        id: expect.stringMatching(/^[\w-]{22}$/),
        accountId,
        data: { accountId, approvalId: id, operation, actions, requestedBy, requestedAt, expiresAt },
        sentence:
          'A change, `mappings.create` of `7 bank\u{fffd}`, waits for approval until 2026-01-05 03:00 UTC. `alice` has asked for it.',
      },
    ])
    expect(approvalEvents(emptyAccount(accountId), now)).toEqual([])
  })

  it('is nothing of what was decided or has expired, but for emergencies', () => {
    const by = { by: 'operator', at: '2026-01-02T03:01:00.000Z', reason: 'All calls fail' }
    const decided = (state: 'approved' | 'refused' | 'overridden') => ({ ...request, decision: { ...by, state } })
    expect(eventsOf(decided('approved'), decided('refused'), { ...request, expiresAt: by.at })).toEqual([])
    const [event] = eventsOf(decided('overridden'))
    expect(event).toMatchObject({ type: 'approval.overridden', data: { by: 'operator', reason: by.reason } })
    expect(event?.sentence).toContain('was approved in an emergency by `operator`: `All calls fail`.')
  })

  it('is one event where very many wait', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ ...request, id: parseRecordId(`r${n}`) }))
    expect(eventsOf(...many)).toMatchObject([{ data: { count: 40 }, sentence: '40 changes wait for approval.' }])
  })
})
