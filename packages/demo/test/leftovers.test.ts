import { describe, expect, it } from '@jest/globals'
import { ApiClient } from '@mtls-gateway/test-kit'
import { removeLeftovers } from '../src/leftovers.ts'
import { type ApiAnswer, startApi } from './api-server.ts'

const base = '/mtls/account/le123'
const lists: Record<string, readonly object[]> = {
  [`${base}/mappings`]: [
    { id: 1, name: 'demo-mapping', certificationId: '11' },
    { id: 2, name: 'of-the-user', certificationId: '12' },
    { id: 3, name: 'of-the-user-for-the-demo-certificate', certificationId: '11' },
  ],
  [`${base}/certificates`]: [
    { id: 11, name: 'demo-client' },
    { id: 12, name: 'of-the-user' },
  ],
  [`${base}/app-keys`]: [
    { appKey: 'le123.a', label: 'demo' },
    { appKey: 'le123.b', label: 'demo of the user' },
    { appKey: 'le123.c', label: 'demo' },
  ],
  [`${base}/invitations`]: [
    { id: 'unused', label: 'npm start', redeemedAt: null },
    { id: 'of-a-colleague', label: 'Anna', redeemedAt: null },
    ...Array.from({ length: 11 }, (_, at) => ({ id: `used-${at}`, label: 'npm start', redeemedAt: '2026-01-01' })),
  ],
}

async function removing(onDelete: (path: string) => ApiAnswer, listed: (path: string) => readonly object[]) {
  const api = await startApi(({ method, path }) =>
    method === 'GET' ? { status: 200, body: listed(path) } : onDelete(path),
  )
  const admin = new ApiClient({ baseUrl: api.url, bearer: 'token' })
  const outcome = removeLeftovers(admin, 'le123', 'le123.c').finally(() => admin.close())
  return { outcome, deleted: () => api.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path) }
}

describe('what an earlier run left', () => {
  it('is deleted in an order in which nothing is in use, but for what the user made and the app key that is kept', async () => {
    const { outcome, deleted } = await removing(
      () => ({ status: 200, body: {} }),
      (path) => lists[path] ?? [],
    )
    expect((await outcome).result).toBe('6 deleted')
    expect(deleted()).toEqual([
      `${base}/mappings/1`,
      `${base}/mappings/3`,
      `${base}/certificates/11`,
      `${base}/app-keys/le123.a`,
      `${base}/invitations/unused`,
      // The sessions of the last ten links go on.
      `${base}/invitations/used-0`,
    ])
  })

  it('is nothing to tell of where there is nothing', async () => {
    const { outcome, deleted } = await removing(
      () => ({ status: 200, body: {} }),
      () => [],
    )
    expect((await outcome).result).toBeNull()
    expect(deleted()).toEqual([])
  })

  it('ends at the first that can not be deleted, with what the service says and none of its secrets', async () => {
    const body = { code: 'ACCOUNT_BUSY', detail: 'Try again.', appSecret: 'canary' }
    const { outcome, deleted } = await removing(
      () => ({ status: 503, body, type: 'application/problem+json' }),
      (path) => lists[path] ?? [],
    )
    await expect(outcome).rejects.toMatchObject({
      message: '503 ACCOUNT_BUSY: Try again.',
      problem: { status: 503, code: 'ACCOUNT_BUSY', detail: 'Try again.' },
    })
    expect(deleted()).toHaveLength(1)
  })
})
