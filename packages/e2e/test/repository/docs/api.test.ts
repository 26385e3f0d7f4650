import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApi, forwarderApi, headerNames, limits, type Operation } from '@mtls-gateway/contract'
import { maxApprovalDays, maxOpenApprovals, maxOpenApprovalsOfOne, maxOpenApprovalsOfPlans } from '@mtls-gateway/domain'
import { root } from '../../support/entries.ts'

const text = readFileSync(`${root}docs/api.md`, 'utf8')

/** What a row says of its operation: `id`, method and path in one cell, credentials and scope in another. */
interface Row {
  readonly id: string
  readonly request: string
  readonly credentials: string
  readonly scope: string
  readonly status: number
}

const rows: readonly Row[] = text.split('\n').flatMap((line) => {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
  const [operation = '', credential = '', , answer = ''] = cells
  const [, id, request = ''] = /^`(\w+)`<br>(.+)$/.exec(operation) ?? []
  if (id === undefined) return []
  const [credentials = '', scope = ''] = credential.replaceAll('`', '').split('<br>')
  return [{ id, request, credentials, scope, status: Number.parseInt(answer, 10) }]
})

const operations = new Map(
  [configApi, forwarderApi].flatMap((service) =>
    Object.values<Operation>(service.operations).map((operation) => [operation.id, operation] as const),
  ),
)

function rowOf({ id, method, path, credentials, answers }: Operation): Row {
  const [kinds, scope] = credentials === 'none' ? ['none', ''] : [credentials.kinds.join(', '), credentials.scope]
  const request = `${method} \`${path.replace('/mtls/account/{accountId}', '…').replace(/\{(certificate|mapping|invitation|handover|approval)Id\}/g, '{id}')}\``
  return { id, request, credentials: kinds, scope, status: Math.min(...Object.keys(answers).map(Number)) }
}

describe('docs/api.md', () => {
  it('has a row for each operation, and no other', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual([...operations.keys()].sort())
  })

  it.each([...operations.values()])('says of $id what the contract says', (operation) => {
    expect(rows.find(({ id }) => id === operation.id)).toEqual(rowOf(operation))
  })

  it('names the header fields of the contract', () => {
    expect(Object.values(headerNames).filter((name) => !text.includes(`\`${name}`))).toEqual(['LP-change-notice'])
  })

  it('has the limits of the contract', () => {
    const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024 }
    const said = [...text.matchAll(/^\| ([^|]+) \| ([\d,]+)(?: (\w+))? \|$/gm)].map(
      ([, what = '', number = '', unit = '']) => [what, Number(number.replace(',', '')) * (units[unit] ?? 1)] as const,
    )
    expect(Object.fromEntries(said)).toEqual({
      'name, label': limits.name,
      url: limits.url,
      password: limits.password,
      'P12 file, PEM': limits.file,
      'P12 file as base64, with line breaks': limits.base64File,
      'a body that is signed': limits.signedBody,
      'names that a `messageSignature` signs': limits.signedHeaders,
      'members of a `protectedHeader`': limits.protectedHeaders,
      '`parameters` of a `targetAuth`': limits.tokenParameters,
      'JSON body of config-api': limits.configBody,
      'JSON body of forwarder-api': limits.forwarderBody,
      'certificates in a request': limits.certificates,
      'text of a search': limits.search,
      'mappings in a request': limits.mappings,
      'entries of a request to check mappings': limits.checkedMappings,
      'entries of a page': limits.page,
      'app keys of an account': limits.appKeys,
      'trust lists of an account': limits.trusts,
      'services of an app key': limits.appKeyServices,
      'invitations of an account that have not expired': limits.invitations,
      'days that an invitation lasts': limits.invitationDays,
      'signing keys of an account': limits.signingKeys,
      'requests for approval that wait': maxOpenApprovals,
      'requests for approval that wait, of a person with all credentials that they have made': maxOpenApprovalsOfOne,
      'requests for approval that wait, of renewal plans': maxOpenApprovalsOfPlans,
      'approvers that an account names': limits.approvers,
      'reason of a decision': limits.approvalReason,
      'days that a request waits': maxApprovalDays,
      'handovers of a certificate that have not expired': limits.certificateHandovers,
      'handovers of an account that have not expired': limits.handovers,
      'days that a handover lasts': limits.handoverDays,
      'mappings that a handover asks about': limits.handoverMappings,
      'note in the answer to a handover': limits.handoverNote,
      '`Idempotency-Key`': limits.idempotencyKey,
    })
  })
})
