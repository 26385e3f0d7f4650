import { beforeEach, describe, expect, it } from '@jest/globals'
import { ApprovalRequested, GatewayProblem } from '@mtls-gateway/client/page'
import { onlineManager, type QueryClient } from '@tanstack/react-query'
import { createQueries } from '../../src/web/api/queries.ts'
import { endBy, type Session, sessionEndQuery, sessionQuery } from '../../src/web/api/session.ts'

const ann: Session = {
  subject: 'ann',
  accounts: ['le1'],
  scopes: ['mtls:read'],
  expiresAt: '2026-02-01T12:00:00.000Z',
  via: 'link',
}
const certificates = ['le1', 'certificates']
let queries: QueryClient
let notices: boolean[] = []

const signIn = (session: Session | null) => queries.setQueryData(sessionQuery.queryKey, session)

const problem = (code: string, more: object = {}) =>
  new GatewayProblem(
    { ...more, code, status: 401, detail: 'No.', instance: 'r1' },
    { text: '', headers: new Headers() },
  )
/** A question that the gateway answers so. */
const fail = (error: Error) =>
  queries.fetchQuery({ queryKey: ['le1', 'question'], queryFn: () => Promise.reject(error) }).catch(() => {})

beforeEach(() => {
  notices = []
  queries = createQueries({ onChanged: (isDelayed) => notices.push(isDelayed) })
  signIn(ann)
  queries.setQueryData(certificates, ['of ann'])
  queries.setQueryData(['config'], { oidc: true })
})

describe('what a page keeps of the gateway', () => {
  it('stays while the same person is signed in', () => {
    signIn({ ...ann, expiresAt: '2026-02-01T13:00:00.000Z' })
    expect(queries.getQueryData(certificates)).toEqual(['of ann'])
  })

  it('is gone once nobody is signed in', () => {
    signIn(null)
    expect(queries.getQueryData(certificates)).toBeUndefined()
    expect(queries.getQueryData(sessionQuery.queryKey)).toBeNull()
    expect(queries.getQueryData(['config'])).toEqual({ oidc: true })
  })

  it.each([
    ['another person', { subject: 'bob' }],
    ['one with other accounts', { accounts: ['le2'] }],
    ['one with fewer scopes', { scopes: [] }],
  ])('is never shown to %s, who has come in by another tab', (_who, other) => {
    signIn({ ...ann, ...other })
    expect(queries.getQueryData(certificates)).toBeUndefined()
    expect(queries.getQueryData(sessionQuery.queryKey)).toMatchObject(other)
  })

  it('stays where the session has ended, until the same person is back, by whatever way', async () => {
    await fail(problem('SESSION_REVOKED'))
    expect(queries.getQueryData(sessionEndQuery.queryKey)).toEqual({ how: 'revoked', session: ann })
    // The console has forgotten it by now.
    await fail(problem('SESSION_REQUIRED'))
    expect(queries.getQueryData(sessionEndQuery.queryKey)).toMatchObject({ how: 'revoked' })
    expect(queries.getQueryData(sessionQuery.queryKey)).toEqual(ann)
    queries.setQueryData(sessionEndQuery.queryKey, null)
    signIn({ ...ann, via: 'oidc' })
    expect(queries.getQueryData(certificates)).toEqual(['of ann'])
    expect(queries.getQueryState(certificates)?.isInvalidated).toBe(true)
  })

  it('is gone where somebody else has signed in after the session had ended', async () => {
    await fail(problem('SESSION_EXPIRED'))
    signIn({ ...ann, subject: 'bob' })
    expect(queries.getQueryData(certificates)).toBeUndefined()
  })

  it('stays for whom an invitation takes the place of another', () => {
    const guest: Session = { ...ann, subject: 'invitation 1', via: 'invitation', label: 'Our bank' }
    signIn(guest)
    queries.setQueryData(certificates, ['of the guest'])
    signIn({ ...guest, subject: 'invitation 2' })
    expect(queries.getQueryData(certificates)).toEqual(['of the guest'])
  })

  it('is gone with what was made, such as the secret of an app key', async () => {
    const create = queries.getMutationCache().build(queries, { mutationFn: async () => 'secret' })
    await create.execute(undefined)
    signIn(null)
    expect(queries.getMutationCache().getAll()).toEqual([])
  })
})

it('a change says whether forwarders could be told of it at once', async () => {
  for (const answer of [{ isDelayed: true }, { isDelayed: false }, 'a question']) {
    await queries
      .getMutationCache()
      .build(queries, { mutationFn: async () => answer })
      .execute(undefined)
  }
  expect(notices).toEqual([true, false])
})

it('a change that waits has the requests asked for again, and nothing else', async () => {
  const approvals = ['le1', 'approvals', 'open']
  queries.setQueryData(approvals, [])
  const approval = {
    ...{ id: 'r1', state: 'open', actions: ['promote'], operation: 'certificates.promote', subjects: [] },
    ...{ subjectCount: 0, requestedBy: 'ann', requestedAt: '2026-02-01T12:00:00.000Z', mine: true },
    ...{ expiresAt: '2026-02-04T12:00:00.000Z', approvers: null, scope: 'mtls:admin' },
  } as const
  const waits = new ApprovalRequested({ approval }, { text: '', headers: new Headers() })
  const change = queries.getMutationCache().build(queries, { mutationFn: () => Promise.reject(waits) })
  await expect(change.execute(undefined)).rejects.toBe(waits)
  expect(queries.getQueryState(approvals)?.isInvalidated).toBe(true)
  expect(queries.getQueryState(certificates)?.isInvalidated).toBe(false)
})

it('a page asks also where its browser takes itself for offline', async () => {
  onlineManager.setOnline(false)
  try {
    const answer = queries.fetchQuery({ queryKey: ['answer'], queryFn: async () => 'an answer' })
    await expect(answer).resolves.toBe('an answer')
  } finally {
    onlineManager.setOnline(true)
  }
})

describe('how a session has ended', () => {
  const now = Date.parse('2026-02-01T12:00:00.000Z')
  const told = { via: 'invitation', label: 'Our bank', expiresAt: '2026-02-01T11:00:00.000Z' } as const

  it.each([
    ['the console says that it has expired', 'SESSION_EXPIRED', ann, { how: 'expired', session: ann }],
    ['config-api says that its token has', 'TOKEN_EXPIRED', ann, { how: 'expired', session: ann }],
    ['config-api refuses its token', 'TOKEN_INVALID', ann, { how: 'revoked', session: ann }],
    ['the console has got another key', 'SESSION_UNREADABLE', ann, { how: 'unreadable', session: ann }],
    ['the browser has none any more, at its time', 'SESSION_REQUIRED', ann, { how: 'expired', session: ann }],
    [
      'the browser has none any more, before its time',
      'SESSION_REQUIRED',
      { ...ann, expiresAt: '2026-02-01T12:00:01.000Z' },
      { how: 'gone', session: { ...ann, expiresAt: '2026-02-01T12:00:01.000Z' } },
    ],
    ['there was none', 'SESSION_REQUIRED', null, null],
    ['a page comes later, and the console tells', 'SESSION_EXPIRED', null, { how: 'expired', session: told }],
  ] as const)('is told by what is answered: %s', (_what, code, session, end) => {
    expect(endBy(problem(code, session === null ? told : {}), session, now)).toEqual(end)
  })

  it('is told of no session where an answer has no form of ours', () => {
    const end = endBy(problem('SESSION_EXPIRED', { via: 'other', expiresAt: 'never' }), null, now)
    expect(end).toEqual({ how: 'expired', session: undefined })
  })
})
