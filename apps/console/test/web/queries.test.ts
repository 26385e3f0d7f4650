import { beforeEach, describe, expect, it } from '@jest/globals'
import { onlineManager, type QueryClient } from '@tanstack/react-query'
import { createQueries } from '../../src/web/api/queries.ts'
import { type Session, sessionQuery } from '../../src/web/api/session.ts'

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

it('a page asks also where its browser takes itself for offline', async () => {
  onlineManager.setOnline(false)
  try {
    const answer = queries.fetchQuery({ queryKey: ['answer'], queryFn: async () => 'an answer' })
    await expect(answer).resolves.toBe('an answer')
  } finally {
    onlineManager.setOnline(true)
  }
})
