import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  approvalActions,
  approveRequest,
  type Command,
  type CommandContext,
  contentOf,
  createMappings,
  type Decider,
  deleteMapping,
  findRequest,
  refuseRequest,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import { accountPath, recordPath } from '@mtls-gateway/secret-store'
import { collectGarbage } from '../../src/maintenance/garbage-collection.ts'
import { readApproval } from '../../src/write/approval-records.ts'
import { ApprovalRequested } from '../../src/write/approval-requested.ts'
import { ManualClock } from '../manual-clock.ts'
import { accountId, mappingId, newId, sampleAccount, sampleCertificate, sampleMapping } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const rule = { actions: approvalActions, scope: 'mtls:admin', expiresAfterDays: 3 } as const
const certificate = sampleCertificate('c1', 1)
const guarded = sampleAccount({
  certificates: [certificate],
  mappings: [sampleMapping({ id: 1 })],
  settings: { unmappedCalls: 'plain', approvals: rule },
})
const bob: Decider = { subject: 'bob', scopes: new Set(['mtls:admin']), isPerson: true, isOperator: false }

function contextOf(actor = 'alice'): CommandContext {
  return { changeId: newId(), at: new Date().toISOString(), actor, address: '192.0.2.1' }
}

/** A mapping to a host that the account does not call yet, with a secret of its own. */
function newHost(context: CommandContext, secretId = newId(), id = 7): Command<unknown> {
  const { revision: _, ...mapping } = sampleMapping({ id, url: `https://new${id}.example/` })
  return createMappings(context, [
    { ...mapping, targetAuth: { type: 'headers', headers: [{ name: 'x-key', secretId }] } },
  ])
}

async function fixture(account: Account = guarded, options = {}) {
  const { store, writer, changeFeed } = writerFixture(options)
  await putAccount(store, account)
  const ask = async (context = contextOf(), command = newHost(context), written = {}): Promise<ApprovalRequested> => {
    const error: unknown = await writer
      .change(accountId, context.changeId, command, written)
      .catch((thrown: unknown) => thrown)
    if (!(error instanceof ApprovalRequested)) throw error
    return error
  }
  const approve = async (id: string, context = contextOf('bob')) => {
    const text = await readApproval(store, accountId, id as never)
    const request = findRequest(await writer.read(accountId), id)
    const content = text === undefined ? undefined : await stepsInTurns(contentOf(request, text))
    return writer.change(accountId, context.changeId, approveRequest(context, id, { decider: bob, content }))
  }
  return { store, writer, changeFeed, ask, approve }
}

describe('a change that needs a second person', () => {
  it('is not made: a request for it is, with its content beside the account', async () => {
    const { store, writer, ask, approve } = await fixture()
    const secret = { kind: 'target-secrets', accountId, id: newId() } as const
    await writer.records.put(secret.kind, accountId, secret.id, { secret: 's' })
    const context = contextOf()
    const written = { written: [secret], answer: () => 'shown once' }
    const { requested } = await ask(context, newHost(context, secret.id), written)
    expect(requested).toMatchObject({ isNew: true, answer: 'shown once' })
    const { mappings, approvals = [] } = await writer.read(accountId)
    expect(mappings).toEqual(guarded.mappings)
    expect(approvals).toEqual([requested.request])
    // The secret stays, and so does the content, whatever is collected.
    const collected = await collectGarbage({ store, now: () => Date.now() + 86_400_000 * 2 })
    expect(collected.kinds).toMatchObject({
      approvals: { named: 1, purged: 0 },
      'target-secrets': { named: 1, purged: 0 },
    })
    const { account } = await approve(requested.request.id)
    expect(account.mappings).toHaveLength(2)
    expect(await store.exists(recordPath('target-secrets', accountId, secret.id))).toBe(true)
    await writer.close()
  })

  it('leaves nothing that is collected too late, once it was refused', async () => {
    const { store, writer, ask } = await fixture()
    const secret = newId()
    await writer.records.put('target-secrets', accountId, secret, { secret: 's' })
    const context = contextOf()
    const { requested } = await ask(context, newHost(context, secret))
    const refusing = contextOf('bob')
    await writer.change(accountId, refusing.changeId, refuseRequest(refusing, requested.request.id, { decider: bob }))
    const { kinds } = await collectGarbage({ store, now: () => Date.now() + 86_400_000 * 2 })
    // What it would have changed can still be looked at.
    expect(kinds).toMatchObject({ approvals: { named: 1, purged: 0 }, 'target-secrets': { named: 0, purged: 1 } })
    await writer.close()
  })

  it('does not purge what another one that waits may need', async () => {
    const { store, writer, ask } = await fixture()
    const shared = newId()
    await writer.records.put('target-secrets', accountId, shared, { secret: 's' })
    const first = contextOf()
    await ask(first, newHost(first, shared))
    const deleting = contextOf()
    await writer.change(accountId, deleting.changeId, deleteMapping(deleting, mappingId(1)), {
      dropped: () => [{ kind: 'target-secrets', accountId, id: shared }],
    })
    expect(await store.exists(recordPath('target-secrets', accountId, shared))).toBe(true)
    await writer.close()
  })

  it('is asked for once, whoever comes again', async () => {
    const { store, writer, ask } = await fixture()
    const secret = newId()
    const [first, second] = [contextOf(), contextOf()]
    const one = await ask(first, newHost(first, secret))
    const puts = store.count('put')
    const again = await ask(second, newHost(second, secret), { answer: () => 'of what is never made' })
    expect(again.requested).not.toHaveProperty('answer')
    expect(again.requested).toMatchObject({ isNew: false, request: { id: one.requested.request.id } })
    expect(store.count('put')).toBe(puts)
    await writer.close()
  })

  it('has one outcome where two approve it at once', async () => {
    const { writer, ask, approve } = await fixture()
    const { requested } = await ask()
    const { id } = requested.request
    const outcomes = await Promise.allSettled([approve(id), approve(id, contextOf('erin'))])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'APPROVAL_CLOSED' } })
    expect((await writer.read(accountId)).mappings).toHaveLength(2)
    await writer.close()
  })

  it('is not approved where its record was changed in the store, or is gone', async () => {
    const { store, writer, ask, approve } = await fixture()
    const { requested } = await ask()
    const path = recordPath('approvals', accountId, requested.request.id)
    const context = contextOf()
    const other = await ask(context, newHost(context, newId(), 8))
    const forged = await store.get(recordPath('approvals', accountId, other.requested.request.id))
    await store.purge(path)
    await expect(approve(requested.request.id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    await store.put(path, forged?.value ?? {}, 0)
    await expect(approve(requested.request.id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    await store.purge(path)
    await store.put(path, { brotli: 'nonsense' }, 0)
    await expect(approve(requested.request.id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect((await writer.read(accountId)).mappings).toHaveLength(1)
    await writer.close()
  })

  it('is asked for once where an answer of the store is lost', async () => {
    const clock = new ManualClock()
    const { store, writer, ask } = await fixture(guarded, { clock })
    let puts = 0
    store.intercept((operation, path) => {
      if (operation !== 'put' || !path.startsWith('accounts/')) return undefined
      puts += 1
      return puts === 1 ? 'answer-lost' : undefined
    })
    let isAsked = false
    const asking = ask().finally(() => {
      isAsked = true
    })
    // The content is compressed by other threads, whose time no clock of a test moves.
    while (!isAsked) {
      await delay(5)
      await clock.advance(10)
    }
    const { requested } = await asking
    store.comeBack()
    expect((await writer.read(accountId)).approvals).toEqual([requested.request])
    await writer.close()
  })

  it('is as large as the store takes at once', async () => {
    const { store, writer } = await fixture()
    store.intercept((operation, path) =>
      operation === 'put' && path.startsWith('approvals/') ? 'too-large' : undefined,
    )
    const context = contextOf()
    await expect(writer.change(accountId, context.changeId, newHost(context))).rejects.toMatchObject({
      code: 'ACCOUNT_FULL',
    })
    await writer.close()
  })
})

describe('an account that wants a second person', () => {
  it('has a format that older releases refuse, and no other has', async () => {
    const { store } = await fixture()
    expect((await store.get(accountPath(accountId)))?.value).toMatchObject({ format: 2, readBy: '0.3.0' })
    await putAccount(store, sampleAccount({ settings: { unmappedCalls: 'plain' }, revision: 2 }))
    const { value } = (await store.get(accountPath(accountId))) ?? {}
    expect(value).toMatchObject({ format: 1 })
    expect(value).not.toHaveProperty('readBy')
  })
})
